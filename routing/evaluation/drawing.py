"""The plots of evaluation: stated confidence beside what came true, and shares over time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from routing.evaluation.estimates import Estimate, WeightedShare
from usage.dashboard.charts import (
    BASELINE,
    INNER_HEIGHT,
    INNER_WIDTH,
    LEFT,
    Chart,
    Dot,
    Key,
    Label,
    Line,
)

TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
IDEAL, MEASURED = 3, 0  # colors
UNDER, OVER = 4, 2


def calibration_chart(bins: Sequence[Sequence[float]]) -> Chart:
    """Return the plot of (stated, came true, count) triples; the line is perfect honesty."""
    return Chart(
        title="Calibration",
        ticks=tuple(Label(_y(t), f"{t:.0%}") for t in TICKS),
        marks=tuple(Label(_x(t), f"{t:.0%}") for t in TICKS),
        legend=(
            Key("stated confidence (across), high enough (up)", MEASURED),
            Key("what an honest one would show", IDEAL),
        ),
        lines=(Line(f"{_x(0)},{_y(0)} {_x(1)},{_y(1)}", IDEAL, "p95"),),
        dots=tuple(
            Dot(_x(stated), _y(right), MEASURED, "p50", _title(stated, right, int(count)))
            for stated, right, count in bins
        ),
    )


def trend_chart(trend: Mapping[datetime, Estimate]) -> Chart:
    """Return under- and over-routing by week or month, each with its 95 % interval as a stroke."""
    colors = {"under-routed": UNDER, "over-routed": OVER}
    drawn = list(_drawn(trend))
    return Chart(
        title="Under- and over-routing",
        ticks=tuple(Label(_y(t), f"{t:.0%}") for t in TICKS),
        marks=tuple(
            Label(_slot(index, len(trend)), f"{begin:%b} {begin.day}")
            for index, begin in enumerate(trend)
            if index % max(1, len(trend) // 8) == 0
        ),
        legend=tuple(Key(f"{name}, with 95 %", color) for name, color in colors.items()),
        lines=tuple(line for line, _ in drawn),
        dots=tuple(dot for _, dot in drawn),
    )


def _drawn(trend: Mapping[datetime, Estimate]) -> Iterator[tuple[Line, Dot]]:
    for index, (begin, each) in enumerate(trend.items()):
        at = _slot(index, len(trend))
        for color, shift, share in ((UNDER, -4, each.under), (OVER, 4, each.over)):
            x, (low, high) = at + shift, share.interval
            title = f"{begin:%b} {begin.day}: {_said(share)}"
            yield (
                Line(f"{x},{_y(low)} {x},{_y(high)}", color, "p50"),
                Dot(x, _y(share.value), color, "p50", title),
            )


def _said(share: WeightedShare) -> str:
    low, high = share.interval
    return f"{share.value:.1%} ({low:.1%} to {high:.1%}), {share.read:,} read"


def _slot(index: int, count: int) -> float:
    return round(LEFT + (index + 0.5) * INNER_WIDTH / count, 1)


def _title(stated: float, right: float, count: int) -> str:
    return f"stated {stated:.0%}, came true {right:.0%}, {count:,} decisions"


def _x(value: float) -> float:
    return round(LEFT + value * INNER_WIDTH, 1)


def _y(value: float) -> float:
    return round(BASELINE - value * INNER_HEIGHT, 1)
