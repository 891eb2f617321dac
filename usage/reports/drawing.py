"""The waterfall as geometry; `templates/usage/waterfall.html` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from usage.reports.facts import Step

WIDTH, ROW, BAR = 960, 30, 18
LEFT, RIGHT = 220, 120  # room for the titles and for the amounts
COLORS = {"sum": 2, "saving": 1, "expense": 5}


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: its bar, and where its words stand."""

    step: Step
    x: float
    y: float
    width: float
    text_y: float
    amount_x: float
    color: int
    height: int = BAR


@dataclass(frozen=True, slots=True)
class Waterfall:
    bars: tuple[Bar, ...]
    height: int
    width: int = WIDTH
    left: int = LEFT - 12


def waterfall_chart(steps: Sequence[Step]) -> Waterfall:
    """Return the steps from top to bottom, each bar beginning where the one before ended."""
    highest = max((max(step.before, step.after) for step in steps), default=0) or 1
    room = WIDTH - LEFT - RIGHT

    def bar(index: int, step: Step) -> Bar:
        low, high = sorted((step.before, step.after))
        x, width = LEFT + room * low / highest, room * (high - low) / highest
        top = index * ROW + (ROW - BAR) / 2
        return Bar(
            step=step,
            x=round(x, 1),
            y=top,
            width=round(max(width, 1.0), 1),
            text_y=index * ROW + ROW / 2,
            amount_x=round(x + width + 8, 1),
            color=COLORS[step.kind],
        )

    return Waterfall(tuple(bar(index, step) for index, step in enumerate(steps)), len(steps) * ROW)
