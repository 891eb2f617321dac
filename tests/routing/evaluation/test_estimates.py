"""What a weighted sample says of all decisions, and whether requests have drifted. Pure."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from routing.evaluation.drawing import trend_chart
from routing.evaluation.drift import FEWEST, Seen, drift, psi
from routing.evaluation.estimates import (
    Reviewed,
    by_period,
    calibration_error,
    confusion,
    estimate,
    reliability,
)
from routing.evaluation.figures import Share
from routing.evaluation.settled import begin_of_month, begin_of_week

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def reviewed(tier="sonnet", needed="sonnet", propensity=0.5, **fields) -> Reviewed:
    return Reviewed(tier, needed, **{"harm": "none", "confidence": 0.8, "at": AT, **fields},
                    propensity=propensity)  # fmt: skip


def test_with_equal_weights_it_is_the_plain_share_with_wilsons_interval():
    rows = [reviewed("haiku", "sonnet")] * 3 + [reviewed()] * 17
    under, plain = estimate(rows).under, Share(3, 20)
    assert under.read == 20
    assert under.value == pytest.approx(plain.value)
    assert under.interval == pytest.approx(plain.interval)


def test_what_was_favored_in_the_draw_counts_for_less():
    rows = [reviewed("haiku", "sonnet", propensity=0.5)] * 10 + [reviewed(propensity=0.05)] * 10
    found = estimate(rows)
    assert found.under.value == pytest.approx(1 / 11)
    assert found.under.effective == pytest.approx(220**2 / (10 * 4 + 10 * 400))
    assert found.correct.value + found.under.value + found.over.value == pytest.approx(1)


def test_without_any_reading_nothing_is_claimed():
    assert estimate([]).under.interval == (0.0, 1.0)
    assert calibration_error(reliability([])) == 0.0


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Under a design that reads doubtful decisions, where the errors are, four times as often."""
    chance, held, trials = Random(5), 0, 400
    for _ in range(trials):
        rows = []
        for _ in range(1_500):
            doubtful = chance.random() < 0.2
            wrong = chance.random() < (0.3 if doubtful else 0.05)
            propensity = 0.4 if doubtful else 0.1
            if chance.random() < propensity:
                rows.append(reviewed("haiku" if wrong else "sonnet", propensity=propensity))
        low, high = estimate(rows).under.interval
        held += low <= 0.2 * 0.3 + 0.8 * 0.05 <= high
    assert held / trials > 0.92


def test_only_too_low_with_a_risk_counts_as_unsafe():
    rows = [reviewed("haiku", "opus", harm="safety"), reviewed("opus", "haiku"), reviewed()]
    found = estimate(rows)
    assert found.safety.value == pytest.approx(1 / 3)
    assert found.over.value == pytest.approx(1 / 3)


def test_confusion_and_calibration_carry_the_weights():
    rows = [reviewed("haiku", "sonnet", 0.5, confidence=0.9), reviewed(propensity=0.25)]
    cells = confusion(rows)
    assert cells["sonnet"]["haiku"].read == 1
    assert cells["sonnet"]["haiku"].share == pytest.approx(1 / 3)
    assert sum(cell.share for row in cells.values() for cell in row.values()) == pytest.approx(1)
    low, high = reliability(rows)
    assert (low.stated, low.right.value, high.right.value) == (0.8, 1.0, 0.0)
    assert calibration_error([low, high]) == pytest.approx((0.2 * 4 + 0.9 * 2) / 6)


def test_periods_begin_on_mondays_and_on_the_first():
    assert begin_of_week(AT).isoformat() == "2026-11-16T00:00:00+00:00"
    assert begin_of_month(AT).isoformat() == "2026-11-01T00:00:00+00:00"
    rows = [reviewed(), reviewed(at=AT - timedelta(days=7))]
    trend = by_period(rows, begin_of_week)
    assert [each.read for each in trend.values()] == [1, 1]
    assert list(trend) == sorted(trend)
    assert len(trend_chart(trend).dots) == 4


def seen(task_type="", number=400, **fields) -> list[Seen]:
    values = {"tier": "sonnet", "confidence": 0.8, "characters": 500, "features": {"drug": 1.0}}
    return [Seen(task_type, **{**values, **fields})] * number


def test_equal_requests_have_not_drifted():
    found = drift(seen("intake"), seen("intake", 350))
    assert found.findings == []
    assert all(shift.psi == 0 for shift in found.shifts)


def test_requests_of_another_kind_are_told():
    then = seen("intake", 400)
    now = seen("intake", 200) + seen("", 200, features={"code": 1.0})
    found = drift(then, now).findings
    assert any(finding.startswith("task type has moved") for finding in found)
    assert any(finding.startswith("feature code has moved") for finding in found)
    assert "50% of the requests name no task type; it was 0%." in found


def test_a_few_requests_conclude_nothing():
    few = FEWEST - 1
    assert drift(seen("intake", few), seen("", few)).findings == []
    assert drift([], []).findings == []


def test_chance_alone_raises_no_alarm():
    chance = Random(3)
    for _ in range(20):
        then, now = (
            [seen(chance.choice(["a", "b", "c", "d"]), 1)[0] for _ in range(FEWEST)]
            for _ in range(2)
        )
        assert drift(then, now).findings == []


def test_the_index_is_the_usual_one():
    assert psi("aabb", "aaab") == pytest.approx(0.25 * 0.405465 + -0.25 * -0.693147, abs=1e-5)
    assert psi("", "a") == 0.0
