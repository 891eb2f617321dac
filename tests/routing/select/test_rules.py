"""Admin rules: conditions, priorities, validation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from routing.errors import TaskTypeDisabled
from routing.kinds_of_work import CRITICAL_FROM, LOOKS_CRITICAL
from routing.rule_shapes import validate_rule
from tests.routing.select.cast import EASY, HARD, TABLE, USUAL, codes, decide, rule
from tests.routing.tables import HAIKU, OPUS


def with_rules(*rules):
    return replace(TABLE, rules=rules)


IMAGE = ({"role": "user", "content": [{"type": "image", "source": {"data": "x"}}]},)


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        ({"task_type": "formatting"}, {"task_type": "formatting"}),
        ({"task_type": ["formatting", "extraction"]}, {"task_type": "extraction"}),
        ({"tenant": "demo", "client": "pms"}, {}),
        ({"urgency": "background"}, {"urgency": "background"}),
        ({"urgency": "real_time"}, {"task_type": "real_time_alert"}),
        ({"accuracy": ["high", "critical"]}, {"accuracy": "high"}),
        ({"min_characters": 10}, {"text": "x" * 10}),
        ({"max_characters": 10}, {"text": "x" * 10}),
        ({"patient_facing": True}, {"patient_facing": True}),
        ({"has_tools": True}, {"tools": ({"name": "find"},)}),
        ({"has_images": True}, {"messages": IMAGE}),
        ({"keywords": ["chart review"]}, {"text": "A Chart-Review, please."}),
        ({"time_window": {"from": "09:00", "to": "17:00"}}, {}),
    ],
)
def test_each_condition_holds_where_it_should(conditions, fields):
    """And fails for a plain request of another kind."""
    table = with_rules(rule(conditions=conditions, tier="opus"))
    assert decide(EASY, table, **fields).tier == "opus"


@pytest.mark.parametrize(
    "conditions",
    [
        {"task_type": "extraction"},
        {"tenant": "other"},
        {"urgency": "background"},
        {"min_characters": 1000},
        {"patient_facing": True},
        {"has_tools": True},
        {"keywords": ["art"]},
        {"time_window": {"from": "17:00", "to": "09:00"}},
        {"phase_of_moon": "full"},
    ],
)
def test_each_condition_fails_where_it_should(conditions):
    """One that nobody knows never holds."""
    table = with_rules(rule(conditions=conditions, tier="opus"))
    assert decide(EASY, table, text="A chart, please.").tier == "haiku"


@pytest.mark.parametrize(
    ("moment", "is_inside"),
    [
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), True),  # Friday night
        (datetime(2026, 11, 21, 5, 0, tzinfo=UTC), True),  # its small hours, a Saturday
        (datetime(2026, 11, 21, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 20, 5, 0, tzinfo=UTC), False),  # belongs to Thursday night
    ],
)
def test_a_window_past_midnight_belongs_to_its_first_day(moment, is_inside):
    """Friday night ends on Saturday morning."""
    window = {"from": "22:00", "to": "06:00", "days": ["fri"]}
    table = with_rules(rule(conditions={"time_window": window}, tier="opus"))
    assert (decide(EASY, table, now=moment).tier == "opus") == is_inside


def test_the_lower_priority_number_wins_for_each_kind_of_action():
    """A floor of one rule and a tier of another both apply."""
    table = with_rules(
        rule("late", 20, tier="opus"),
        rule("early", 10, tier="haiku"),
        rule("b", 30, floor="sonnet"),
    )
    decision = decide(EASY, table)
    assert (decision.tier, decision.floor) == ("sonnet", "sonnet")


def test_a_rule_may_name_a_model_or_deny():
    """Deny comes before everything, also before an override."""
    assert decide(EASY, with_rules(rule(model=OPUS))).chosen.model.model_id == OPUS
    with pytest.raises(TaskTypeDisabled):
        decide(USUAL, with_rules(rule(deny=True)), model="opus", may_override=True)


def test_a_ceiling_by_rule_holds():
    """Bulk work may be capped."""
    table = with_rules(rule(conditions={"urgency": "background"}, ceiling="haiku"))
    assert decide(HARD, table, urgency="background").tier == "haiku"
    assert decide(HARD, table).tier == "opus"


def test_no_rule_sends_critical_work_to_a_small_model():
    """With a declared type or without: its tier gives way to the top, its model to Sonnet."""
    grave = replace(HARD, features={LOOKS_CRITICAL: CRITICAL_FROM})
    by_tier, by_model = with_rules(rule(tier="haiku")), with_rules(rule(model=HAIKU))
    for fields in ({}, {"task_type": "formatting"}):
        assert decide(grave, by_tier, **fields).tier == "opus"
        low = decide(grave, by_model, **fields)
        assert (low.tier, low.floor) == ("sonnet", "sonnet")
        assert "critical_over_rule" in codes(low)
    assert decide(USUAL, by_tier).tier == "haiku"
    assert decide(USUAL, by_model).tier == "haiku"


@pytest.mark.parametrize(
    ("conditions", "actions", "says"),
    [
        ({"taks_type": "x"}, {"tier": "opus"}, "no condition taks_type"),
        ({}, {"teir": "opus"}, "no action teir"),
        ({}, {}, "at least one action"),
        ({"min_characters": -1}, {"tier": "opus"}, "not negative"),
        ({"min_characters": True}, {"tier": "opus"}, "not negative"),
        ({"keywords": []}, {"tier": "opus"}, "list of names"),
        ({"patient_facing": "yes"}, {"tier": "opus"}, "true or false"),
        ({"time_window": {"from": "25:00"}}, {"tier": "opus"}, "HH:MM"),
        ({"time_window": {"from": "22:00Z"}}, {"tier": "opus"}, "HH:MM"),
        ({"time_window": {"to": "06:00+02:00"}}, {"tier": "opus"}, "HH:MM"),
        ({"time_window": {"timezone": "Mars/Base"}}, {"tier": "opus"}, "HH:MM"),
        ({}, {"tier": "opus", "model": "x"}, "not both"),
        ({}, {"deny": "no"}, "wants true"),
        ({}, {"deny": True, "tier": "opus"}, "no other action"),
        ({}, {"floor": ""}, "wants a name"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(conditions, actions, says):
    """In a sentence, before it is published."""
    assert any(says in problem for problem in validate_rule(conditions, actions))


def test_a_sound_rule_has_no_problems():
    """All conditions at once."""
    conditions = {
        "task_type": ["a"],
        "keywords": "statin",
        "min_characters": 0,
        "has_images": False,
        "time_window": {"from": "18:00", "to": "06:00", "days": ["sat"], "timezone": "UTC"},
    }
    assert validate_rule(conditions, {"tier": "opus", "floor": "sonnet"}) == []
