"""Whether two arms of an experiment differ by more than chance. Pure.

What is dealt is the conversation or the client, so requests of one are no independent trials: means
are ratios over such units, their variance is the one between units (Cochran 1977, 6.13), and two of
them are compared by the normal distribution. For shares of requests that each stand alone this is
the unpooled test of two proportions.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

FEWEST: Final = 30  # units of either arm
NOTABLE: Final = 0.05  # a difference of shares that an experiment should be able to see
_NORMAL: Final = NormalDist()
Z: Final = _NORMAL.inv_cdf(0.975)
POWER: Final = _NORMAL.inv_cdf(0.8)


@dataclass(frozen=True, slots=True)
class Moments:
    """What was measured of one arm, as sums over its units: n measurements that come to s each."""

    units: int = 0
    n: float = 0.0
    s: float = 0.0
    nn: float = 0.0
    ss: float = 0.0
    sn: float = 0.0

    @property
    def mean(self) -> float:
        return self.s / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Return the variance of the mean."""
        if self.units < 2 or not self.n:
            return math.inf
        mean = self.mean
        squares = max(0.0, self.ss - 2 * mean * self.sn + mean**2 * self.nn)
        return squares / self.n**2 * self.units / (self.units - 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """How an arm's mean lies to the first arm's."""

    value: float
    low: float
    high: float
    p: float  # two-sided
    is_enough: bool


def moments_of(values: Iterable[tuple[float, float]]) -> Moments:
    """Return the moments of weighted measurements that each stand alone."""
    rows = list(values)
    return Moments(
        units=len(rows),
        n=sum(w for w, _ in rows),
        s=sum(w * x for w, x in rows),
        nn=sum(w * w for w, _ in rows),
        ss=sum((w * x) ** 2 for w, x in rows),
        sn=sum(w * w * x for w, x in rows),
    )


def smoothed(share: Moments) -> Moments:
    """Return the moments of a share with one unit more that hits and one that does not.

    Without them, 50 of 50 would be certain (Agresti and Caffo, 2000).
    """
    if not share.units:
        return share
    each = share.n / share.units
    return Moments(
        units=share.units + 2,
        n=share.n + 2 * each,
        s=share.s + each,
        nn=share.nn + 2 * each**2,
        ss=share.ss + each**2,
        sn=share.sn + each**2,
    )


def difference(first: Moments, other: Moments) -> Difference:
    """Return how far the other arm's mean lies from the first one's, with its 95 % interval."""
    value = other.mean - first.mean
    error = math.sqrt(first.variance + other.variance)
    is_enough = min(first.units, other.units) >= FEWEST
    if error == 0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0, is_enough)
    if math.isinf(error):
        return Difference(value, -math.inf, math.inf, 1.0, is_enough=False)
    p = 2 * (1 - _NORMAL.cdf(abs(value) / error))
    return Difference(value, value - Z * error, value + Z * error, p, is_enough)


def needed_units(share: float, by: float = NOTABLE) -> int:
    """Return how many units either arm needs to see a share differ by 5 points, four times in five,
    where each request stands alone."""
    likely = min(max(share, 0.05), 0.95)
    return math.ceil(2 * likely * (1 - likely) * ((Z + POWER) / by) ** 2)
