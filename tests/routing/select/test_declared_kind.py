"""A declared task type and the kind of work that its text looks like."""

import pytest

from routing.kinds_of_work import (
    ASKS_FOR_CHORE,
    ASKS_FOR_TEXT,
    CHANNELS,
    LOOKS_CRITICAL,
    PREFIX,
    kind_of,
)
from tests.routing.select.cast import codes, decide, verdict

FITS, CONTRADICTS = {f"{PREFIX}shape": 0.9}, {f"{PREFIX}care": 0.9}
FITS_LAW = {f"{PREFIX}law": 0.9}


@pytest.mark.parametrize(("features", "tier"), [(FITS, "haiku"), (CONTRADICTS, "sonnet")])
def test_a_type_is_believed_where_the_text_looks_like_it(features, tier):
    """A doubt of the text alone overrules only what does not fit it."""
    doubtful = verdict(0.42, 0.56, 0.02, features=features)
    assert decide(doubtful, task_type="formatting").tier == tier


def test_a_fitting_type_never_keeps_work_for_the_top_down():
    """Above P(opus) 0.66 no declaration counts."""
    hard = verdict(0.2, 0.1, 0.70, features=FITS)
    assert decide(hard, task_type="formatting").tier == "opus"


@pytest.mark.parametrize(
    ("slug", "features", "tier"),
    [
        ("formatting", {**FITS, LOOKS_CRITICAL: 0.3}, "haiku"),
        ("formatting", {**FITS, LOOKS_CRITICAL: 0.6}, "opus"),
        ("formatting", {**CONTRADICTS, LOOKS_CRITICAL: 0.3}, "opus"),
        ("medication_check", {f"{PREFIX}drug": 0.9, LOOKS_CRITICAL: 0.3}, "opus"),
    ],
)
def test_an_alarm_alone_moves_no_work_that_is_visibly_not_clinical(slug, features, tier):
    """A grave chart is formatted like any other, but a grave question about a drug is grave."""
    alarmed = verdict(0.25, 0.10, 0.65, features=features)
    assert decide(alarmed, task_type=slug).tier == tier


@pytest.mark.parametrize(("features", "tier"), [(FITS_LAW, "opus"), (CONTRADICTS, "sonnet")])
def test_a_tier_falls_only_where_the_text_contradicts_the_type(features, tier):
    """Short and plain words may ask for hard work of just that type."""
    easy = verdict(0.90, 0.08, 0.02, features=features)
    assert decide(easy, task_type="contract_analysis").tier == tier


@pytest.mark.parametrize("slug", sorted(CHANNELS))
def test_a_channel_says_nothing_of_what_comes_through_it(slug):
    """A message of a patient looks like one, whatever it asks."""
    usual = verdict(0.02, 0.96, 0.02, features={f"{PREFIX}{kind_of(slug)}": 0.9})
    assert decide(usual, task_type=slug).tier == "sonnet"


CHORE = {ASKS_FOR_CHORE: 1.0}


@pytest.mark.parametrize(
    ("shares", "features", "tier"),
    [
        ((0.90, 0.08, 0.02), {}, "sonnet"),
        ((0.90, 0.08, 0.02), {LOOKS_CRITICAL: 0.004}, "opus"),
        ((0.86, 0.08, 0.06), {}, "opus"),
        ((0.86, 0.08, 0.06), CHORE, "sonnet"),
        ((0.86, 0.08, 0.06), {**CHORE, LOOKS_CRITICAL: 0.004}, "sonnet"),
        ((0.86, 0.08, 0.06), {**CHORE, LOOKS_CRITICAL: 0.03}, "opus"),
        ((0.80, 0.05, 0.15), {ASKS_FOR_TEXT: 1.0}, "opus"),
    ],
)
def test_what_is_said_to_be_critical_goes_to_the_top_at_the_faintest_sign(shares, features, tier):
    """Unless it visibly asks for a chore or a text: then it takes a clearer one."""
    seen = verdict(*shares, features=features)
    assert decide(seen, accuracy="critical").tier == tier
    assert ("critical_complex" in codes(decide(seen, accuracy="critical"))) == (tier == "opus")
