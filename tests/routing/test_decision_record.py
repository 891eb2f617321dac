"""What the ledger keeps of a decision, so that it can be replayed without its text."""

from dataclasses import replace
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import record
from routing.errors import TaskTypeDisabled, UnknownModel
from routing.select.decide import decide
from routing.select.facts import Recorded, facts_of, open_keywords, restored
from routing.types import Decision
from tests.routing.select.cast import EASY, HARD, RANK, rule, situate
from tests.routing.select.test_properties import requests, verdicts
from tests.routing.tables import NOW, OPUS, routing_table
from usage.ledger import RequestRow

TABLE = routing_table()
ROW = RequestRow(
    id=UUID(int=1),
    tenant_id=1,
    client_id=1,
    key_prefix="k",
    created_at=NOW,
    deadline_at=NOW,
    boot_id=UUID(int=2),
)


def recorded(situation) -> Recorded:
    """Return the situation as the database gives it back."""
    request = situation.request
    return Recorded(
        id=request.id,
        tenant=request.tenant,
        client=request.client,
        task_type=request.task_type,
        urgency=request.urgency,
        accuracy=request.accuracy,
        patient_facing=request.patient_facing,
        facts=orjson.loads(orjson.dumps(facts_of(situation))),
    )


def without_texts(decision: Decision) -> Decision:
    """Return the decision without the classifier's sentences, which no record holds."""
    reasons = tuple(replace(reason, text="") for reason in decision.reasons)
    return replace(decision, reasons=reasons)


def outcome(situation):
    try:
        return without_texts(decide(situation))
    except (UnknownModel, TaskTypeDisabled) as error:
        return type(error), str(error)


@given(verdicts(), requests, st.booleans(), st.sampled_from(["tokenize", "local_only"]))
def test_a_replay_of_the_record_gives_the_same_decision(seen, fields, has_identifiers, mode):
    """With every rule of the starter data, whatever was asked."""
    situation = situate(
        seen,
        TABLE,
        contains_identifiers=has_identifiers,
        mode=mode,
        **{**fields, "health": {}},
    )
    assert outcome(restored(recorded(situation), TABLE)) == outcome(situation)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "claude-opus-4-6", "may_override": True},
        {"model": "sonnet", "model_use": "ceiling"},
        {"allowed_models": frozenset({OPUS})},
        {"thinking": {"type": "enabled", "budget_tokens": 2_000}, "max_tokens": 9_000},
        {"effort": "high", "temperature": 0.5},
        {"session_floor": "opus"},
        {"task_type": "drug_interaction", "text": "Warfarin with renal failure?"},
        {"task_type": "drug_interaction", "text": "Warfarin with leeks?"},
    ],
)
def test_what_few_requests_have_is_replayed_too(fields):
    """Overrides, bounds, parameters, keywords."""
    situation = situate(EASY, TABLE, **fields)
    assert outcome(restored(recorded(situation), TABLE)) == outcome(situation)


def test_a_record_holds_no_word_of_the_request():
    """Neither the text nor what the caller wrote in place of a model's name."""
    situation = situate(EASY, TABLE, text="Ask Quillfeather about it.", model="Quillfeather")
    assert b"uillfeather" not in orjson.dumps(facts_of(situation))


def test_a_refused_request_leaves_what_its_refusal_looked_at():
    """So that a change of the rule that denied it can be judged."""
    table = routing_table(rules=(rule(deny=True),))
    situation = situate(HARD, table)
    kept = record.weighed(ROW, situation).decision
    with pytest.raises(TaskTypeDisabled):
        decide(situation)
    again = replace(recorded(situation), facts=kept)
    assert decide(restored(again, TABLE)).tier == "opus"


def test_the_probabilities_are_kept_with_the_model_that_gave_them():
    """A later replay compares what two models said."""
    situation = situate(replace(HARD, model_version="7"))
    kept = record.decided(record.weighed(ROW, situation), decide(situation)).decision
    assert kept["probabilities"] == dict(HARD.probabilities)
    assert kept["classifier"] == "7"


def test_keywords_that_no_rule_asked_for_are_known_to_be_open():
    """A new rule about words is judged only where its other conditions fail."""
    asks = rule(conditions={"keywords": ["sepsis"]}, floor="opus")
    asks_elsewhere = rule(conditions={"keywords": ["sepsis"], "tenant": "other"}, floor="opus")
    kept = recorded(situate(EASY, TABLE, text="Sepsis?"))
    assert len(open_keywords(restored(kept, routing_table(rules=(asks,))))) == 1
    assert open_keywords(restored(kept, routing_table(rules=(asks_elsewhere,)))) == set()


def test_the_same_keywords_in_another_rule_are_known():
    """Whatever their order, and however they are written."""
    first = routing_table(rules=(rule(conditions={"keywords": ["Sepsis", "shock"]}, floor="opus"),))
    other = routing_table(rules=(rule(conditions={"keywords": ["shock", "sepsis"]}, tier="opus"),))
    kept = recorded(situate(EASY, first, text="Sepsis?"))
    situation = restored(kept, other)
    assert open_keywords(situation) == set()
    assert RANK[decide(situation).tier] == RANK["opus"]
