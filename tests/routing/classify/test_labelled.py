"""How well tiers are chosen for labelled requests that no cue or weight was made for."""

import pytest

from tests.routing.classify.scoring import (
    calibration_error,
    flips,
    labelled,
    share,
    with_critical_accuracy,
    with_type,
    with_wrong_type,
    without_type,
)


@pytest.fixture(scope="module")
def held_apart():
    return labelled("held_apart")


@pytest.fixture(scope="module")
def by_text(held_apart):
    return without_type(held_apart)


def test_the_text_alone_finds_an_acceptable_tier(by_text):
    """Half of all callers name no task type."""
    assert share(by_text, "exact") >= 0.88
    assert share(by_text, "under") <= 0.04
    assert share(by_text, "over") <= 0.08


def test_spanish_requests_are_understood_as_well(by_text):
    """The lexicons are parallel."""
    assert share([o for o in by_text if o.request.language == "es"], "exact") >= 0.88


def test_the_declared_type_helps(held_apart):
    """A right type is kept unless the text says clearly otherwise."""
    outcomes = with_type(held_apart)
    assert share(outcomes, "exact") >= 0.93
    assert share(outcomes, "under") <= 0.02


def test_a_wrong_type_is_corrected_upward(held_apart):
    """Too low is the worse error; downward the order of the decision allows one tier only."""
    outcomes = with_wrong_type(held_apart)
    assert share(outcomes, "exact") >= 0.70
    assert share(outcomes, "under") <= 0.05


@pytest.mark.parametrize("half", ["train", "held_apart"])
def test_critical_work_is_never_sent_too_low(half):
    """A caller who says that it is critical gets the tier it needs."""
    assert share(with_critical_accuracy(labelled(half)), "under") == 0.0


def test_the_stated_confidence_is_the_real_one(by_text):
    """Expected calibration error of 'this tier is high enough'."""
    assert calibration_error(by_text) <= 0.05


def test_typos_case_and_courtesies_do_not_flip_the_tier(held_apart):
    """How a request is typed says nothing about what it needs."""
    assert flips(held_apart) <= 0.01
