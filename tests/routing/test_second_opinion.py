"""A small model's word never stands in the way of the answer that the text alone leads to."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from routing import second_opinion
from routing.answering import Asked
from routing.classify import llm
from routing.classify.llm import Label
from routing.deciding import redecided
from routing.errors import RateLimited
from routing.kinds_of_work import ASKS_FOR_CHORE
from routing.second_opinion import Doubt
from routing.select.decide import decide
from routing.snapshot import Snapshot
from routing.types import ClassifierPolicy
from tests.routing.select.cast import TABLE, request, situate, verdict
from tests.routing.tables import HAIKU, NOW, SONNET
from usage.ledger import Page, RequestRow

NOTHING: Any = None  # nobody is called, and nothing is written
POLICY = ClassifierPolicy(is_enabled=True)
ROW = RequestRow(
    id=UUID(int=1),
    tenant_id=1,
    client_id=1,
    key_prefix="k",
    created_at=NOW,
    deadline_at=NOW,
    boot_id=UUID(int=2),
)
CHORE = verdict(0.35, 0.61, 0.04, features={ASKS_FOR_CHORE: 1.0})
ONE_WORD = verdict(0.72, 0.20, 0.08, features={"clinical": 0.25})


def doubt_about(seen, **fields) -> Doubt:
    situation = situate(seen, **fields)
    config = Snapshot(1, NOTHING, TABLE, NOTHING, NOW, classifier=POLICY)
    asked = Asked(request(**fields), NOTHING, config, NOTHING, 0.0)
    page = Page(ROW, key_id=1, writer=NOTHING)
    return Doubt(asked, NOTHING, situation, decide(situation), page, NOTHING)


@pytest.mark.parametrize(
    ("seen", "fields"),
    [
        (CHORE, {"accuracy": "critical", "allowed_models": frozenset({HAIKU, SONNET})}),
        (ONE_WORD, {"patient_facing": True, "allowed_models": frozenset({HAIKU})}),
    ],
    ids=["critical", "patient-facing"],
)
def test_a_label_that_no_model_of_the_client_can_follow_is_not_asked_for(seen, fields):
    """Nobody is asked: there is no process to ask by."""
    doubt = doubt_about(seen, **fields)
    assert asyncio.run(second_opinion.heard(doubt)) is doubt.situation


def test_where_no_model_can_follow_a_label_the_text_alone_decides():
    fields = {"accuracy": "critical", "allowed_models": frozenset({HAIKU, SONNET})}
    doubt = doubt_about(CHORE, **fields)
    told = llm.with_label(
        doubt.verdict,
        Label("complex", 0.9, "ambiguous"),
        tiers=doubt.situation.tiers,
        chosen="sonnet",
        policy=POLICY,
        may_lower=False,
        is_cached=False,
    )
    decision = redecided(doubt, replace(doubt.situation, verdict=told))
    assert (decision.tier, decision.source) == ("sonnet", "heuristics")
    assert [r.code for r in decision.reasons][-2:] == ["llm_label", "llm_not_followed"]
    assert doubt.page.row.tier == "sonnet"


def test_limits_of_the_caller_without_room_for_the_question_leave_the_local_verdict():
    unheard = second_opinion._unheard(CHORE, RateLimited())
    assert unheard.reasons[-1].code == "llm_over_limit"
    assert RateLimited in [kind for kind, _, _ in second_opinion.FAILURES]
