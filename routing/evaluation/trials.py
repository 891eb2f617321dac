"""The arms of an experiment beside its first one: quality, cost and latency, with their errors."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from routing.evaluation.arms_compared import (
    FEWEST,
    Difference,
    Moments,
    difference,
    moments_of,
    needed_units,
    smoothed,
)
from routing.evaluation.settled import reviewed_of
from routing.models import Experiment, JudgedAnswer, Review, ReviewState, StickyBy
from usage import arms
from usage.arms import PERIOD

MOST_JUDGED: Final = 20_000  # the newest of the period
LEAST_P: Final = 0.001  # below it, a smaller figure says nothing more
SHARES: Final = ("answered", "poor", "right")
NAMES: Final[Mapping[str, str]] = {
    "answered": "Answered (%)",
    "poor": "Poor first answers (%)",
    "right": "Right tier, by readers (%)",
    "score": "Mark of the judge (0 to 1)",
    "cost": "Cost per request (USD)",
    "latency": "Latency, geometric mean (ms)",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of an arm beside the first arm."""

    arm: str
    measure: str
    first: Moments
    other: Moments
    difference: Difference

    @property
    def name(self) -> str:
        return NAMES[self.measure]

    def written(self, mean: float) -> str:
        """Return a mean as people read it."""
        if self.measure in SHARES:
            return f"{100 * mean:.1f}"
        if self.measure == "cost":
            return f"{mean / 1e9:.6f}"
        return f"{math.exp(mean):,.0f}" if self.measure == "latency" else f"{mean:.2f}"

    @property
    def apart(self) -> str:
        """Return the difference with its 95 % interval; of latency, the ratio in percent."""
        found = self.difference
        if math.isinf(found.low):
            return "unknown"
        low, mean, high = (self._step(each) for each in (found.low, found.value, found.high))
        return f"{mean} ({low} to {high})"

    @property
    def p(self) -> str:
        if not self.difference.is_enough:
            return "too few"
        p = self.difference.p
        return f"{p:.3f}" if p >= LEAST_P else f"below {LEAST_P}"

    def _step(self, value: float) -> str:
        if self.measure in SHARES:
            return f"{100 * value:+.1f}"
        if self.measure == "cost":
            return f"{value / 1e9:+.6f}"
        return f"{100 * math.expm1(value):+.1f} %" if self.measure == "latency" else f"{value:+.2f}"


@dataclass(frozen=True, slots=True)
class Trial:
    """All arms beside the first one."""

    lines: tuple[Line, ...]
    units_needed: int  # of either arm, to see 5 points of poor answers


def trial(experiment: Experiment, now: datetime) -> Trial:
    """Return how the arms lie to the first, of the newest requests of 30 days."""
    found = _measured(experiment, now)
    names = [str(arm["name"]) for arm in experiment.variants]
    lines = tuple(_lines(found, names))
    poor = found.get((names[0], "poor"), Moments()) if names else Moments()
    return Trial(lines, needed_units(poor.mean))


def _lines(found: Mapping[tuple[str, str], Moments], names: list[str]) -> Iterator[Line]:
    for other in names[1:]:
        for measure in NAMES:
            one, two = found.get((names[0], measure)), found.get((other, measure))
            if one and two:
                yield Line(other, measure, one, two, _apart(measure, one, two))


def _apart(measure: str, one: Moments, two: Moments) -> Difference:
    """Return the difference; of shares, smoothed ones, so that none is certain."""
    if measure not in SHARES:
        return difference(one, two)
    is_enough = min(one.units, two.units) >= FEWEST
    return replace(difference(smoothed(one), smoothed(two)), is_enough=is_enough)


def _measured(experiment: Experiment, now: datetime) -> dict[tuple[str, str], Moments]:
    by_client = experiment.sticky_by == StickyBy.CLIENT
    sums = arms.measured(experiment.slug, now, by_client=by_client)
    found = {key: Moments(*values) for key, values in sums.items()}
    return found | dict(_read(experiment, now)) | dict(_judged(experiment, now))


def _read(experiment: Experiment, now: datetime) -> Iterator[tuple[tuple[str, str], Moments]]:
    """Yield the share of right tiers as readers found it, weighted by how they were drawn."""
    prefix = f"{experiment.slug}:"
    rows = Review.objects.filter(
        state=ReviewState.SETTLED, variant__startswith=prefix, decided_at__gte=now - PERIOD
    )
    by_arm: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in reviewed_of(rows):
        by_arm[row.variant.removeprefix(prefix)].append((row.weight, float(row.gap == 0)))
    for arm, values in by_arm.items():
        yield (arm, "right"), moments_of(values)


def _judged(experiment: Experiment, now: datetime) -> Iterator[tuple[tuple[str, str], Moments]]:
    rows = JudgedAnswer.objects.filter(at__gte=now - PERIOD).order_by("-id")
    scores = dict(rows.values_list("request_id", "score")[:MOST_JUDGED])
    by_arm: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for request_id, arm in arms.arms_of(experiment.slug, scores).items():
        by_arm[arm].append((1.0, scores[request_id]))
    for arm, values in by_arm.items():
        yield (arm, "score"), moments_of(values)
