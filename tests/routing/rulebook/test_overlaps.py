"""Rules that are sound, but hardly what somebody meant."""

import pytest

from routing.rulebook.overlaps import warnings_about
from tests.routing.select.cast import rule
from tests.routing.tables import rules

NIGHT = {"urgency": "background"}


def test_the_starter_rules_leave_each_other_work():
    assert warnings_about(rules()) == []


def test_a_rule_without_conditions_applies_to_everything():
    assert warnings_about([rule("all", floor="sonnet")]) == [
        "The rule all has no condition, so it applies to every request."
    ]


def test_the_same_conditions_with_another_tier_conflict():
    """At the same priority only the name decides which one wins."""
    pair = [rule("a", 5, NIGHT, tier="haiku"), rule("b", 5, NIGHT, model="claude-opus-4-6")]
    assert warnings_about(pair) == [
        "The rule b conflicts with a, which comes first (tier or model)."
    ]


@pytest.mark.parametrize(
    ("first", "second", "is_shadowed"),
    [
        ({"urgency": ["background", "interactive"]}, NIGHT, True),
        (NIGHT, {"urgency": ["background", "interactive"]}, False),
        (NIGHT, {**NIGHT, "min_characters": 9}, True),
        ({"min_characters": 5}, {"min_characters": 9}, True),
        ({"min_characters": 9}, {"min_characters": 5}, False),
        ({"max_characters": 9}, {"max_characters": 5}, True),
        ({"keywords": ["sepsis", "shock"]}, {"keywords": "shock"}, True),
        ({"patient_facing": True}, {"patient_facing": False}, False),
        ({"tenant": "north"}, NIGHT, False),
    ],
)
def test_a_rule_behind_a_wider_one_never_wins(first, second, is_shadowed):
    """As long as both choose a tier."""
    found = warnings_about([rule("a", 1, first, tier="haiku"), rule("b", 2, second, tier="opus")])
    assert bool(found) is is_shadowed
    others = [rule("a", 1, first, tier="haiku"), rule("b", 2, second, floor="sonnet")]
    assert warnings_about(others) == []
