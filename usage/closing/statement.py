"""The statement of a closed month: per department and journey, adding up to the ledger."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from usage.closing import comparing
from usage.closing.months import Month
from usage.models import Bill, MonthClose, StatementLine

SHOWN_JOURNEYS = 200
PRINTED_JOURNEYS = 5_000


@dataclass(frozen=True, slots=True)
class Part:
    """What a department, or one of its journeys, spent."""

    department: str
    name: str
    requests: int
    calls: int
    cost: int


@dataclass(frozen=True, slots=True)
class Statement:
    """All that is printed of one month, of one tenant or of all."""

    month: Month
    tenant: str  # empty: all
    closed_at: datetime
    closed_by: str
    cost: int
    calls: int
    departments: tuple[Part, ...]
    journeys: tuple[Part, ...]  # the dearest
    journey_count: int
    bills: tuple[Bill, ...]
    explained: int  # differences

    @property
    def other_journeys(self) -> int:
        return self.journey_count - len(self.journeys)


def tenants(close: MonthClose) -> list[str]:
    """Return the tenants that a closed month has lines of."""
    names = StatementLine.objects.filter(close=close).order_by("tenant").values_list("tenant")
    return [name for (name,) in names.distinct()]


def find(month: Month, *, tenant: str = "", journeys: int = SHOWN_JOURNEYS) -> Statement | None:
    """Return the statement of a closed month; None while it is open."""
    close = (
        MonthClose.objects.select_related("asked_by")
        .filter(month=month.first, state=MonthClose.State.CLOSED)
        .first()
    )
    if close is None or close.closed_at is None:
        return None
    lines = StatementLine.objects.filter(close=close, **({"tenant": tenant} if tenant else {}))
    departments = _departments(lines)
    of_journeys = lines.filter(case_hash__isnull=False)
    dearest = of_journeys.order_by("-cost_nano_usd", "id")[:journeys]
    bills = tuple(comparing.newest(month))
    return Statement(
        month=month,
        tenant=tenant,
        closed_at=close.closed_at,
        closed_by=close.asked_by.get_username(),
        cost=sum(part.cost for part in departments),
        calls=sum(part.calls for part in departments),
        departments=departments,
        journeys=tuple(_journey(line) for line in dearest),
        journey_count=of_journeys.count(),
        bills=bills,
        explained=sum(bill.differences.count() for bill in bills),
    )


def _departments(lines: QuerySet[StatementLine]) -> tuple[Part, ...]:
    rows = (
        lines.order_by()
        .values("tenant", "client", "department")
        .annotate(asked=Sum("requests"), called=Sum("calls"), cost=Sum("cost_nano_usd"))
    )
    found = [
        Part(
            row["department"],
            f"{row['tenant']}/{row['client']}",
            row["asked"],
            row["called"],
            int(row["cost"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda part: (part.department, part.name)))


def _journey(line: StatementLine) -> Part:
    name = line.case_label or f"{bytes(line.case_hash or b'').hex()[:10]}..."
    return Part(line.department, name, line.requests, line.calls, line.cost_nano_usd)
