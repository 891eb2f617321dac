"""What is written of a judged answer, and what all of them together say."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Avg, Count, Q

from routing.models import JudgedAnswer
from routing.quality.judge import RUBRIC_VERSION, Marks


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
