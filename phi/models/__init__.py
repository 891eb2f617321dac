"""The tables of the room that protects."""

from phi.models.case_keys import CaseKey
from phi.models.policies import Policy
from phi.models.publications import PolicyProposal, PolicyVersion
from phi.models.words import AllowedPhrase, CustomRecognizer

__all__ = [
    "AllowedPhrase",
    "CaseKey",
    "CustomRecognizer",
    "Policy",
    "PolicyProposal",
    "PolicyVersion",
]
