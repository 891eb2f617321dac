"""Shares, intervals, calibration and paired comparisons, on a handful of judged requests."""

import pytest

from routing.evaluation.comparison import compare
from routing.evaluation.drawing import calibration_chart
from routing.evaluation.figures import Share, figures_of
from routing.evaluation.judging import Judged


def judged(needed, chosen, confidence=0.9, **fields):
    acceptable = fields.pop("acceptable", (needed,))
    return Judged(needed, acceptable, chosen, confidence, **fields)


def test_a_share_has_the_interval_of_wilson():
    """Textbook: 15 of 100."""
    low, high = Share(15, 100).interval
    assert (round(low, 4), round(high, 4)) == (0.0931, 0.2328)


def test_nothing_counted_is_everything_possible():
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(0, 0).value == 0.0


def test_higher_than_needed_is_no_waste_when_it_is_acceptable():
    """The reader of the request says what is."""
    found = figures_of(
        [
            judged("sonnet", "opus", acceptable=("sonnet", "opus")),
            judged("sonnet", "opus"),
            judged("opus", "sonnet", is_critical=True),
            judged("haiku", "haiku"),
        ]
    )
    assert found.acceptable.hits == 2
    assert found.exact.hits == 1
    assert found.over.hits == 1
    assert found.under.hits == 1
    assert (found.critical_low.hits, found.critical_low.total) == (1, 1)
    assert found.confusion["sonnet"] == {"haiku": 0, "sonnet": 0, "opus": 2}


def test_an_honest_confidence_has_no_calibration_error():
    """Nine of ten right at a stated 0.9."""
    honest = [judged("haiku", "haiku")] * 9 + [judged("opus", "haiku")]
    assert figures_of(honest).calibration_error == pytest.approx(0.0)
    assert figures_of([judged("opus", "haiku")] * 4).calibration_error == pytest.approx(0.9)


def test_a_model_as_good_as_the_other_may_take_over():
    same = [judged("sonnet", "sonnet")] * 150 + [judged("opus", "sonnet")] * 5
    assert compare(same, same).findings == []


def test_one_new_critical_miss_closes_the_gate():
    """However many others it gets right."""
    before = [judged("opus", "opus", is_critical=True)] + [judged("opus", "sonnet")] * 200
    after = [judged("opus", "sonnet", is_critical=True)] + [judged("opus", "opus")] * 200
    (finding,) = compare(before, after).findings
    assert "critical" in finding


def test_more_under_routing_closes_the_gate():
    before = [judged("sonnet", "sonnet")] * 200
    after = [judged("sonnet", "haiku")] * 8 + before[8:]
    comparison = compare(before, after)
    assert comparison.p_worse == pytest.approx(1 / 256)
    assert "Under-routing gets worse" in comparison.findings[0]


def test_too_few_requests_say_nothing():
    few = [judged("haiku", "haiku")] * 20
    assert "too few" in compare(few, few).findings[0]


def test_the_plot_draws_every_bin():
    chart = calibration_chart([(0.5, 0.4, 10), (0.9, 0.95, 30)])
    assert len(chart.dots) == 2
    assert "30 decisions" in chart.dots[1].title


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([("haiku", "haiku")] * 20 + [("sonnet", "sonnet")] * 15
         + [("haiku", "sonnet")] * 5 + [("sonnet", "haiku")] * 10, 0.4),
        ([("haiku", "haiku"), ("opus", "opus")], 1.0),
        ([("haiku", "haiku")] * 3, 0.0),
        ([], 0.0),
    ],
    ids=["textbook", "always", "one tier only", "nothing"],
)  # fmt: skip
def test_agreement_counts_beyond_what_chance_would_give(pairs, kappa):
    """Textbook: 20 and 15 of 50 agreed, 5 and 10 not."""
    found = figures_of([judged(needed, chosen) for needed, chosen in pairs])
    assert round(found.kappa, 4) == kappa
    assert found.as_json()["kappa"] == kappa
