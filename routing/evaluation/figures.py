"""Shares with intervals, the confusion of tiers, and how honest stated confidence is. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from routing.classify.training.labelled import TIERS
from routing.evaluation.judging import Judged

Z: Final = NormalDist().inv_cdf(0.975)
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Share:
    """Some of many, with the 95 % interval of Wilson (1927)."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return its lower and upper end; all from 0 to 1 when nothing was counted."""
        if not self.total:
            return 0.0, 1.0
        share, n = self.value, self.total
        center = share + Z**2 / (2 * n)
        spread = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
        scale = 1 + Z**2 / n
        return max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)

    def as_json(self) -> dict[str, float]:
        low, high = self.interval
        return {
            "value": round(self.value, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "hits": self.hits,
            "total": self.total,
        }


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions that stated about the same confidence."""

    stated: float  # mean
    right: float  # share whose tier was high enough
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of one set of judged requests."""

    acceptable: Share
    exact: Share
    under: Share
    over: Share
    critical_low: Share  # of the critical ones, without being told that they are
    confusion: Mapping[str, Mapping[str, int]]  # [needed][chosen]
    sources: Mapping[str, int]
    bins: tuple[Bin, ...]
    calibration_error: float
    kappa: float  # Cohen's (1960): agreement with the reader, beyond what chance would give

    def as_json(self) -> dict[str, object]:
        return {
            **{name: getattr(self, name).as_json() for name in SHARES},
            "confusion": {needed: dict(row) for needed, row in self.confusion.items()},
            "sources": dict(self.sources),
            "bins": [[round(b.stated, 4), round(b.right, 4), b.count] for b in self.bins],
            "calibration_error": round(self.calibration_error, 4),
            "kappa": round(self.kappa, 4),
        }


SHARES: Final = ("acceptable", "exact", "under", "over", "critical_low")


def figures_of(judged: Sequence[Judged]) -> Figures:
    """Return the figures of one set."""
    critical = [j for j in judged if j.is_critical]
    bins = reliability(judged)
    confusion = confusion_of(judged)
    return Figures(
        acceptable=share_of(judged, "is_acceptable"),
        exact=Share(sum(j.gap == 0 for j in judged), len(judged)),
        under=share_of(judged, "is_under"),
        over=share_of(judged, "is_over"),
        critical_low=share_of(critical, "is_under"),
        confusion=confusion,
        sources=dict(Counter(j.source for j in judged).most_common()),
        bins=bins,
        calibration_error=calibration_error(bins),
        kappa=kappa_of(confusion),
    )


def share_of(judged: Iterable[Judged], claim: str) -> Share:
    """Return how many of the judged fulfill a claim: is_acceptable, is_under, is_over."""
    claims = [bool(getattr(j, claim)) for j in judged]
    return Share(sum(claims), len(claims))


def confusion_of(judged: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """Return how often each tier was chosen where each was needed."""
    counts = Counter((j.needed, j.chosen) for j in judged)
    return {needed: {chosen: counts[needed, chosen] for chosen in TIERS} for needed in TIERS}


def kappa_of(confusion: Mapping[str, Mapping[str, int]]) -> float:
    """Return Cohen's kappa of a square of counts; 0 where chance alone would agree always."""
    total = sum(sum(row.values()) for row in confusion.values())
    if not total:
        return 0.0
    agreed = sum(row[name] for name, row in confusion.items()) / total
    chance = sum(
        sum(row.values()) * sum(other[name] for other in confusion.values())
        for name, row in confusion.items()
    ) / (total * total)
    return (agreed - chance) / (1 - chance) if chance < 1 else 0.0


def reliability(judged: Iterable[Judged], bins: int = BINS) -> tuple[Bin, ...]:
    """Return stated confidence beside the share of tiers that were high enough."""
    inside: dict[int, list[Judged]] = {}
    for j in judged:
        inside.setdefault(min(int(j.confidence * bins), bins - 1), []).append(j)
    return tuple(
        Bin(
            stated=sum(j.confidence for j in group) / len(group),
            right=sum(not j.is_under for j in group) / len(group),
            count=len(group),
        )
        for _, group in sorted(inside.items())
    )


def calibration_error(bins: Iterable[Bin]) -> float:
    """Return the expected calibration error: the mean distance, weighted by the counts."""
    bins = list(bins)
    total = sum(b.count for b in bins)
    return sum(abs(b.stated - b.right) * b.count for b in bins) / total if total else 0.0
