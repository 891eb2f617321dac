"""The calibration plot of a run: stated confidence beside what came true."""

from collections.abc import Sequence
from typing import Final

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


def _title(stated: float, right: float, count: int) -> str:
    return f"stated {stated:.0%}, came true {right:.0%}, {count:,} decisions"


def _x(value: float) -> float:
    return round(LEFT + value * INNER_WIDTH, 1)


def _y(value: float) -> float:
    return round(BASELINE - value * INNER_HEIGHT, 1)
