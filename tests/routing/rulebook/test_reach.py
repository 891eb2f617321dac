"""Rules that match everything, or nothing at all."""

import pytest

from routing.rulebook.overlaps import warnings_about
from routing.rulebook.reach import Known
from tests.routing.select.cast import rule

KNOWN = Known({"letter": True, "summary": False}, frozenset({("north", "pms"), ("south", "lab")}))


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({}, "has no condition"),
        ({"min_characters": 0}, "always hold"),
        ({"accuracy": ["standard", "high", "critical"], "min_characters": 0}, "always hold"),
        ({"accuracy": ["standard", "high"]}, ""),
        ({"min_characters": 9, "max_characters": 8}, "no text has at least 9 and at most 8"),
        ({"min_characters": 8, "max_characters": 8}, ""),
        ({"urgency": "soon"}, "there is no such urgency"),
        ({"urgency": ["soon", "background"]}, ""),
        ({"keywords": ["?", "..."]}, "has a letter or a number"),
        ({"keywords": ["?", "qt"]}, ""),
        ({"task_type": "letter", "patient_facing": False}, "patients read the answers"),
        ({"task_type": ["letter", "summary"], "patient_facing": False}, ""),
        ({"patient_facing": False}, ""),
        ({"tenant": "north", "client": "lab"}, "no client is meant"),
        ({"tenant": "north", "client": ["lab", "pms"]}, ""),
        ({"client": ["pms", "gone"]}, "names the client gone"),
        ({"tenant": "west"}, "no client is meant"),
    ],
)
def test_a_rule_for_everything_or_nothing_is_warned_of(conditions, says):
    found = " ".join(warnings_about([rule("mine", 1, conditions, tier="haiku")], KNOWN))
    assert says in found
    assert bool(found) is bool(says)


def test_nobody_is_missed_where_callers_were_not_looked_up():
    assert warnings_about([rule("mine", 1, {"tenant": "west"}, tier="haiku")]) == []


@pytest.mark.parametrize(
    ("first", "second", "may_both_apply"),
    [
        ({"urgency": "background"}, {"accuracy": "high"}, True),
        ({"urgency": "background"}, {"urgency": ["interactive", "real_time"]}, False),
        ({"task_type": ["letter", "summary"]}, {"task_type": ["summary", "note"]}, True),
        ({"has_tools": True}, {"has_tools": False}, False),
        ({"min_characters": 100}, {"max_characters": 99}, False),
        ({"max_characters": 100}, {"min_characters": 100}, True),
        ({"keywords": "qt"}, {"keywords": "ckd"}, True),
    ],
)
def test_rules_of_one_priority_that_disagree_are_warned_of(first, second, may_both_apply):
    """Only the name decides between them; agreeing rules need no order."""

    def found(one: int, other: int, tier: str) -> list[str]:
        pair = [rule("a", one, first, tier="haiku"), rule("b", other, second, tier=tier)]
        return [each for each in warnings_about(pair) if "same priority" in each]

    assert bool(found(5, 5, "opus")) is may_both_apply
    assert found(5, 6, "opus") == []
    assert found(5, 5, "haiku") == []
