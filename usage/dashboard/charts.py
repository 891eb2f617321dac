"""Charts as geometry: numbers in, positioned shapes out. `templates/usage/chart.html` draws them.

Colors are classes, by the rank of a tier, since the strict policy allows no inline style.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from usage.dashboard.queries import Column, Series
from usage.templatetags.usage_format import exact_usd, milliseconds, usd

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 28
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
BASELINE = HEIGHT - BOTTOM
LABELS, TICKS, COLORS = 8, 4, 6
NO_TIER = "no tier"


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    color: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """Measurements that follow each other without a gap."""

    points: str
    color: int
    kind: str  # p50 | p95


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    color: int
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend."""

    text: str
    color: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws, in the coordinates of the view box."""

    title: str
    ticks: tuple[Label, ...]
    marks: tuple[Label, ...]
    legend: tuple[Key, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    baseline: int = BASELINE


@dataclass(frozen=True, slots=True)
class Axes:
    """Where a moment and a value lie."""

    moments: tuple[datetime, ...]
    top: float

    @property
    def slot(self) -> float:
        return INNER_WIDTH / max(1, len(self.moments))

    def x(self, index: int) -> float:
        """Return the middle of a moment's slot."""
        return LEFT + (index + 0.5) * self.slot

    def y(self, value: float) -> float:
        return BASELINE - value / self.top * INNER_HEIGHT

    def ticks(self, text: Callable[[float], str]) -> tuple[Label, ...]:
        values = (self.top * n / TICKS for n in range(TICKS + 1))
        return tuple(Label(round(self.y(v), 1), text(v)) for v in values)

    def marks(self) -> tuple[Label, ...]:
        every = math.ceil(len(self.moments) / LABELS)
        return tuple(
            Label(round(self.x(index), 1), _when(at, self.moments))
            for index, at in enumerate(self.moments)
            if index % every == 0
        )


def cost_chart(series: Series, colors: Mapping[str, int]) -> Chart:
    """Return the cost per hour or day, stacked by tier."""
    totals = (
        sum(c.cost_nano_usd for c in _columns_at(series, moment)) for moment in series.moments
    )
    axes = Axes(series.moments, _round_up(max(totals, default=0)))
    return Chart(
        title="Cost per tier",
        ticks=axes.ticks(lambda value: exact_usd(int(value))),
        marks=axes.marks(),
        legend=tuple(Key(tier or NO_TIER, _color(tier, colors)) for tier in series.tiers),
        bars=tuple(_bars(series, axes, colors)),
    )


def latency_chart(series: Series, colors: Mapping[str, int]) -> Chart:
    """Return p50 and p95 of each tier per hour or day."""
    highest = max((c.latency.p95 or 0.0 for c in series.columns.values()), default=0.0)
    axes = Axes(series.moments, _round_up(highest))
    tiers = [tier for tier in series.tiers if _measured(series, tier)]
    lines, dots = [], []
    for tier in tiers:
        for kind in ("p95", "p50"):
            run = list(_runs(series, axes, tier, kind))
            color = _color(tier, colors)
            lines += [Line(" ".join(f"{d.x},{d.y}" for d in part), color, kind) for part in run]
            dots += [dot for part in run for dot in _colored(part, color)]
    return Chart(
        title="Latency per tier",
        ticks=axes.ticks(milliseconds),
        marks=axes.marks(),
        legend=tuple(
            Key(f"{tier or NO_TIER} {kind}", _color(tier, colors), kind)
            for tier in tiers
            for kind in ("p50", "p95")
        ),
        lines=tuple(lines),
        dots=tuple(dots),
    )


def _bars(series: Series, axes: Axes, colors: Mapping[str, int]) -> Iterator[Bar]:
    width = min(40.0, axes.slot * 0.7)
    for index, moment in enumerate(series.moments):
        below = 0
        for column in _columns_at(series, moment):
            top = below + column.cost_nano_usd
            yield Bar(
                round(axes.x(index) - width / 2, 1),
                round(axes.y(top), 1),
                round(width, 1),
                round(axes.y(below) - axes.y(top), 1),
                _color(column.tier, colors),
                f"{_when(moment, series.moments)}, {column.tier or NO_TIER}: "
                f"{usd(column.cost_nano_usd)}, {column.requests:,} requests",
            )
            below = top


def _runs(series: Series, axes: Axes, tier: str, kind: str) -> Iterator[list[Dot]]:
    """Return the measurements of a tier, parted where nothing was measured."""
    run: list[Dot] = []
    for index, moment in enumerate(series.moments):
        column = series.at(moment, tier)
        value = getattr(column.latency, kind) if column else None
        if value is None:
            if run:
                yield run
            run = []
            continue
        title = f"{_when(moment, series.moments)}, {tier} {kind}: {milliseconds(value)}"
        run.append(Dot(round(axes.x(index), 1), round(axes.y(value), 1), 0, kind, title))
    if run:
        yield run


def _colored(dots: list[Dot], color: int) -> list[Dot]:
    return [Dot(d.x, d.y, color, d.kind, d.title) for d in dots]


def _columns_at(series: Series, moment: datetime) -> list[Column]:
    found = (series.at(moment, tier) for tier in series.tiers)
    return [column for column in found if column]


def _measured(series: Series, tier: str) -> bool:
    return any(c.latency.p50 is not None for c in series.columns.values() if c.tier == tier)


def _color(tier: str, colors: Mapping[str, int]) -> int:
    return colors.get(tier, 0) % COLORS


def _when(at: datetime, moments: tuple[datetime, ...]) -> str:
    is_hourly = len(moments) > 1 and (moments[1] - moments[0]).total_seconds() < 7200
    return f"{at:%H:%M}" if is_hourly and len(moments) <= 25 else f"{at:%b} {at.day}"


def _round_up(value: float) -> float:
    """Return the next number that reads well as the top of an axis: 1, 2, 4, 5 or 8 and zeros."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)
