"""The tables of the room that protects."""

from phi.models.case_keys import CaseKey
from phi.models.denials import Denial, DenialOutcome
from phi.models.policies import Policy
from phi.models.publications import PolicyProposal, PolicyVersion
from phi.models.review_texts import ReviewText
from phi.models.words import AllowedPhrase, CustomRecognizer

__all__ = [
    "AllowedPhrase",
    "CaseKey",
    "CustomRecognizer",
    "Denial",
    "DenialOutcome",
    "Policy",
    "PolicyProposal",
    "PolicyVersion",
    "ReviewText",
]
