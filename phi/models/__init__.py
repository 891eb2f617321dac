"""The tables of the room that protects."""

from phi.models.case_keys import CaseKey
from phi.models.policies import Policy

__all__ = ["CaseKey", "Policy"]
