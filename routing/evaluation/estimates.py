"""What settled reviews say of all decisions: shares weighted by inverse propensity. Pure.

A share is Hajek's estimate (1971), the sum of the weights of what hit over the sum of all weights.
Its interval is Wilson's (1927) with Kish's effective number (1965), the square of the sum of the
weights over the sum of their squares, in the place of the number that was read: unequal weights
leave fewer to rely on. It tells of chance in the draw, not of errors of the readers.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.classify.training.labelled import TIERS
from routing.evaluation.figures import BINS, Z

UNDER, OVER, CORRECT = "under", "over", "correct"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One settled decision."""

    tier: str
    needed: str
    harm: str
    confidence: float | None
    propensity: float
    at: datetime
    source: str = ""
    variant: str = ""

    @property
    def weight(self) -> float:
        return 1 / self.propensity

    @property
    def gap(self) -> int:
        """Return how many tiers the choice lies above (positive) or below the needed one."""
        return TIERS.index(self.tier) - TIERS.index(self.needed)


@dataclass(frozen=True, slots=True)
class WeightedShare:
    """A share of all decisions, as those that were read let it be estimated."""

    read: int
    value: float
    effective: float  # how many decisions read with equal weights would tell as much

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval; all from 0 to 1 when nothing was read."""
        n = self.effective
        if n <= 0:
            return 0.0, 1.0
        center = self.value + Z**2 / (2 * n)
        spread = Z * math.sqrt(self.value * (1 - self.value) / n + Z**2 / (4 * n**2))
        scale = 1 + Z**2 / n
        return max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is said of the decisions of one period."""

    under: WeightedShare
    over: WeightedShare
    correct: WeightedShare
    safety: WeightedShare  # too low, with a risk to a patient's safety

    @property
    def read(self) -> int:
        return self.correct.read


@dataclass(frozen=True, slots=True)
class Cell:
    """Decisions of one needed and one chosen tier: how many were read, their share of all."""

    read: int
    share: float


@dataclass(frozen=True, slots=True)
class WeightedBin:
    """Decisions that stated about the same confidence."""

    stated: float
    right: WeightedShare  # the tier was high enough
    weight: float


def share(reviewed: Iterable[Reviewed], hits: Callable[[Reviewed], bool]) -> WeightedShare:
    """Return the estimated share of decisions that hit."""
    rows = list(reviewed)
    total = sum(r.weight for r in rows)
    squares = sum(r.weight**2 for r in rows)
    return WeightedShare(
        read=len(rows),
        value=sum(r.weight for r in rows if hits(r)) / total if rows else 0.0,
        effective=total**2 / squares if rows else 0.0,
    )


def estimate(reviewed: Sequence[Reviewed]) -> Estimate:
    """Return what is said of some settled decisions."""
    return Estimate(
        under=share(reviewed, lambda r: r.gap < 0),
        over=share(reviewed, lambda r: r.gap > 0),
        correct=share(reviewed, lambda r: r.gap == 0),
        safety=share(reviewed, lambda r: r.gap < 0 and r.harm == "safety"),
    )


def by_period(
    reviewed: Iterable[Reviewed], begins: Callable[[datetime], datetime]
) -> dict[datetime, Estimate]:
    """Return the estimates of each period, the oldest first; `begins` tells a moment's period."""
    groups: dict[datetime, list[Reviewed]] = defaultdict(list)
    for row in reviewed:
        groups[begins(row.at)].append(row)
    return {begin: estimate(groups[begin]) for begin in sorted(groups)}


def confusion(reviewed: Sequence[Reviewed]) -> Mapping[str, Mapping[str, Cell]]:
    """Return the estimated shares of [needed][chosen] among all decisions."""
    total = sum(r.weight for r in reviewed) or 1.0

    def cell(needed: str, chosen: str) -> Cell:
        rows = [r for r in reviewed if (r.needed, r.tier) == (needed, chosen)]
        return Cell(len(rows), sum(r.weight for r in rows) / total)

    return {needed: {chosen: cell(needed, chosen) for chosen in TIERS} for needed in TIERS}


def reliability(reviewed: Iterable[Reviewed], bins: int = BINS) -> tuple[WeightedBin, ...]:
    """Return stated confidence beside the share of tiers that were high enough."""
    inside: dict[int, list[Reviewed]] = defaultdict(list)
    for row in reviewed:
        if row.confidence is not None:
            inside[min(int(row.confidence * bins), bins - 1)].append(row)
    return tuple(_bin(group) for _, group in sorted(inside.items()))


def calibration_error(bins: Iterable[WeightedBin]) -> float:
    """Return the expected calibration error: the mean distance, weighted like all else."""
    bins = list(bins)
    total = sum(b.weight for b in bins)
    return sum(abs(b.stated - b.right.value) * b.weight for b in bins) / total if total else 0.0


def _bin(group: Sequence[Reviewed]) -> WeightedBin:
    weight = sum(r.weight for r in group)
    stated = sum(r.weight * (r.confidence or 0.0) for r in group) / weight
    return WeightedBin(stated, share(group, lambda r: r.gap >= 0), weight)
