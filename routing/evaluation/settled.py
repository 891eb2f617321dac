"""Settled reviews of a period, and all that is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from routing.evaluation import estimates
from routing.evaluation.estimates import Cell, Estimate, Reviewed, WeightedBin
from routing.models import DriftCheck, Review, ReviewState
from usage import stages
from usage.stages import Stage

MOST: Final = 50_000  # reviews of one look, so that the page opens soon


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of the decisions of a period."""

    estimate: Estimate
    trend: Mapping[datetime, Estimate]
    confusion: Mapping[str, Mapping[str, Cell]]
    bins: tuple[WeightedBin, ...]
    calibration_error: float
    stages: list[Stage]
    drift: DriftCheck | None
    cannot_tell: int
    unread: int

    @property
    def triples(self) -> list[tuple[float, float, int]]:
        """Return stated confidence, what came true and how many were read, for the plot."""
        return [(b.stated, b.right.value, b.right.read) for b in self.bins]


def settled(since: datetime, until: datetime, *, monthly: bool) -> Settled:
    """Return what is known of the decisions of a period, told by weeks or months."""
    rows = Review.objects.filter(decided_at__gte=since, decided_at__lt=until)
    reviewed = reviewed_of(rows.filter(state=ReviewState.SETTLED))
    bins = estimates.reliability(reviewed)
    return Settled(
        estimate=estimates.estimate(reviewed),
        trend=estimates.by_period(reviewed, begin_of_month if monthly else begin_of_week),
        confusion=estimates.confusion(reviewed),
        bins=bins,
        calibration_error=estimates.calibration_error(bins),
        stages=stages.stages(since, until),
        drift=DriftCheck.objects.first(),
        cannot_tell=rows.filter(state=ReviewState.SETTLED, needed="").count(),
        unread=rows.exclude(state=ReviewState.SETTLED).count(),
    )


def reviewed_of(rows: QuerySet[Review]) -> list[Reviewed]:
    """Return the newest settled reviews that name the tier that was needed."""
    return [
        Reviewed(
            tier=row.tier,
            needed=row.needed,
            harm=row.harm,
            confidence=row.confidence,
            propensity=row.propensity,
            at=row.decided_at,
            source=row.source,
            variant=row.variant,
        )
        for row in rows.exclude(needed="").order_by("-pk")[:MOST]
    ]


def begin_of_week(at: datetime) -> datetime:
    """Return the Monday of a moment's week, UTC."""
    return _midnight(at) - timedelta(days=at.weekday())


def begin_of_month(at: datetime) -> datetime:
    return _midnight(at).replace(day=1)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
