"""A declared task type and the kind of work that its text looks like."""

import pytest

from routing.kinds_of_work import LOOKS_CRITICAL, PREFIX
from tests.routing.select.cast import codes, decide, verdict

FITS, CONTRADICTS = {f"{PREFIX}shape": 0.9}, {f"{PREFIX}care": 0.9}


@pytest.mark.parametrize(("features", "tier"), [(FITS, "haiku"), (CONTRADICTS, "sonnet")])
def test_a_type_is_believed_where_the_text_looks_like_it(features, tier):
    """A doubt of the text alone overrules only what does not fit it."""
    doubtful = verdict(0.42, 0.56, 0.02, features=features)
    assert decide(doubtful, task_type="formatting").tier == tier


def test_a_fitting_type_never_keeps_work_for_the_top_down():
    """Above P(opus) 0.60 no declaration counts."""
    hard = verdict(0.2, 0.15, 0.65, features=FITS)
    assert decide(hard, task_type="formatting").tier == "opus"


def test_what_may_be_critical_goes_to_the_top_when_the_caller_says_that_it_is():
    """The tiers' probabilities may not show it; either sign is enough."""
    unseen = verdict(0.9, 0.08, 0.02, features={LOOKS_CRITICAL: 0.06})
    assert decide(unseen, accuracy="critical").tier == "opus"
    assert "critical_complex" in codes(decide(unseen, accuracy="critical"))
    assert decide(verdict(0.9, 0.08, 0.02), accuracy="critical").tier == "sonnet"
