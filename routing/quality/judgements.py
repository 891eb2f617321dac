"""What is written of a judged answer, and what all of them together say."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import NormalDist
from typing import Final
from uuid import UUID

from django.db.models import Avg, Count, F, Q, Sum
from django.db.models.functions import Power

from routing.models import JudgedAnswer
from routing.quality.judge import RUBRIC_VERSION, Marks
from usage.dashboard.queries import Scope
from usage.reports.quality import UnderRouting

Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The marks of one answer, and whose it was."""

    request_id: UUID
    tenant_id: int
    at: datetime
    task_type: str
    tier: str
    model_id: str
    judge_model_id: str
    marks: Marks
    is_poor: bool
    is_in_line: bool
    share: float


@dataclass(frozen=True, slots=True)
class Group:
    """The judged answers of one tier to one task type."""

    task_type: str
    tier: str
    count: int
    mean_score: float
    poor: int
    stronger_is_better: int


def write(judgement: Judgement) -> None:
    """Keep the marks of an answer."""
    values = asdict(judgement)
    marks = values.pop("marks")
    JudgedAnswer.objects.create(
        **values, **marks, score=judgement.marks.score, rubric_version=RUBRIC_VERSION
    )


def groups(since: datetime) -> Iterable[Group]:
    """Return what was judged since, by task type and tier.

    Each group is a random share of its answers, so its means need no weights.
    """
    rows = (
        JudgedAnswer.objects.filter(at__gte=since)
        .order_by("task_type", "tier")
        .values("task_type", "tier")
        .annotate(
            count=Count("id"),
            mean_score=Avg("score"),
            poor=Count("id", filter=Q(is_poor=True)),
            better=Count("id", filter=Q(stronger_is_better=True)),
        )
    )
    return [
        Group(
            task_type=row["task_type"],
            tier=row["tier"],
            count=row["count"],
            mean_score=row["mean_score"],
            poor=row["poor"],
            stronger_is_better=row["better"],
        )
        for row in rows
    ]


def under_routing(scope: Scope) -> UnderRouting | None:
    """Return how many answers a stronger model would plainly have given better; None if unmarked.

    Task types are marked in different shares, so each answer counts as many times as it stands for
    (Horvitz and Thompson, 1952). The interval is Wilson's (1927), for as many answers as would say
    as much with equal weights (Kish, 1965). A client's answers are not known apart.
    """
    found = JudgedAnswer.objects.filter(at__gte=scope.start, at__lt=scope.end)
    if scope.tenant_id is not None:
        found = found.filter(tenant_id=scope.tenant_id)
    if scope.task_type:
        found = found.filter(task_type=scope.task_type)
    weight, is_under = 1.0 / F("share"), Q(stronger_is_better=True)
    sums = found.aggregate(
        examined=Count("id"),
        all=Sum(weight, default=0.0),
        under=Sum(weight, filter=is_under, default=0.0),
        squares=Sum(Power(weight, 2), default=0.0),
    )
    if not sums["examined"]:
        return None
    share, size = sums["under"] / sums["all"], sums["all"] ** 2 / sums["squares"]
    center, spread = share + Z**2 / (2 * size), _spread(share, size)
    scale = 1 + Z**2 / size
    low, high = max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)
    return UnderRouting(sums["examined"], share, low, high)


def _spread(share: float, size: float) -> float:
    return Z * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
