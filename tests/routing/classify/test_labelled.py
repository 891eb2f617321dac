"""How well tiers are chosen for labelled requests of habits that no weight was fitted to."""

from dataclasses import replace
from functools import cache

import pytest

from routing.classify.shipped import SHIPPED
from routing.classify.training.labelled import share
from routing.classify.training.variations import records
from routing.evaluation.figures import figures_of
from routing.evaluation.judging import ABSENT, GIVEN, WRONG, decide, judged
from routing.evaluation.slips import flips
from tests.routing.tables import NOW, routing_table

TABLE = routing_table()
UNSEEN = tuple(share("calibration") + share("test"))


@cache
def figures(how, model=SHIPPED):
    return figures_of(judged(UNSEEN, TABLE, model=model, now=NOW, how=how))


def test_the_text_alone_finds_an_acceptable_tier():
    """Half of all callers name no task type."""
    found = figures(ABSENT)
    assert found.acceptable.value >= 0.80
    assert found.under.value <= 0.06
    assert found.over.value <= 0.15


def test_what_was_learned_is_better_than_the_rules_alone():
    """The model pays for its place."""
    assert figures(ABSENT).acceptable.value >= figures(ABSENT, None).acceptable.value + 0.05


def test_spanish_requests_are_understood_too():
    """The lexicons are parallel, and the model learned both."""
    spanish = [r for r in UNSEEN if r.language == "es"]
    found = figures_of(judged(spanish, TABLE, model=SHIPPED, now=NOW))
    assert found.acceptable.value >= 0.75


def test_the_declared_type_helps():
    """A right type is kept unless the text says clearly otherwise."""
    assert figures(GIVEN).acceptable.value >= 0.93
    assert figures(GIVEN).under.value <= 0.03


def test_a_wrong_type_is_corrected_upward():
    """Too low is the worse error; downward the order of the decision allows one tier only."""
    assert figures(WRONG).acceptable.value >= 0.60
    assert figures(WRONG).under.value <= 0.08


@pytest.mark.parametrize("name", ["train", "calibration", "test"])
def test_critical_work_is_not_sent_too_low_when_it_is_said_to_be_critical(name):
    """A caller who says so gets the tier it needs."""
    critical = [r for r in share(name) if r.is_critical]
    found = figures_of(judged(critical, TABLE, model=SHIPPED, now=NOW, accuracy="critical"))
    assert found.critical_low.hits == 0


ALL_RECORDS = records()


def test_no_record_sends_critical_work_too_low():
    """Whatever is pasted above or below a request, and in whatever layout."""
    critical = [r for r in UNSEEN if r.is_critical and not (r.system or r.tool_result)]
    pasted = [
        replace(r, text=around.replace("{}", r.text)) for r in critical for _, around in ALL_RECORDS
    ]
    found = figures_of(judged(pasted, TABLE, model=SHIPPED, now=NOW))
    assert found.critical_low.value <= 0.01


def test_a_record_hardly_changes_the_tier_of_a_chore():
    """The phone number in a grave chart is still a phone number."""
    chores = [r for r in UNSEEN if r.needed == "haiku" and not (r.system or r.tool_result)]
    pasted = [
        replace(r, text=ALL_RECORDS[n % len(ALL_RECORDS)][1].replace("{}", r.text))
        for n, r in enumerate(chores)
    ]
    found = figures_of(judged(pasted, TABLE, model=SHIPPED, now=NOW))
    assert found.over.value <= 0.30


def test_the_stated_confidence_is_the_real_one():
    """Expected calibration error of 'this tier is high enough'."""
    assert figures(ABSENT).calibration_error <= 0.05


def test_typos_case_and_courtesies_hardly_flip_a_tier():
    """How a request is typed says nothing about what it needs."""
    some = UNSEEN[::3]

    def tier_of(text, number):
        changed = replace(some[number], text=text)
        return decide(changed, TABLE, model=SHIPPED, now=NOW).tier

    changed, total = flips([r.text for r in some], tier_of)
    assert changed / total <= 0.05
