"""Who marks an answer: a stronger model than the one that gave it, or nobody."""

from typing import Any

import pytest

from routing import judging
from routing.answering import Answering
from routing.errors import UnknownModel
from routing.types import Candidate
from tests.routing.select.cast import USUAL, decide, request, situate

NOTHING: Any = None  # nobody is called, and nothing is written


def judge_of(tier: str) -> Candidate:
    decision = decide(USUAL, model=tier, may_override=True)
    answering = Answering(NOTHING, NOTHING, decision, NOTHING, NOTHING, situation=situate())
    return judging._judge(answering, request(), decision.chosen)


def test_one_tier_above_marks():
    assert [judge_of(tier).tier for tier in ("haiku", "sonnet")] == ["sonnet", "opus"]


def test_no_model_marks_itself():
    """Above the highest there is nobody, so its answers have no marks."""
    with pytest.raises(UnknownModel):
        judge_of("opus")
