"""The statement of a closed month: per department and journey, adding up to the ledger."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from usage.closing import adjusting, comparing
from usage.closing.months import Month
from usage.models import Adjustment, Bill, MonthClose, StatementLine

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
    tenants: tuple[str, ...]  # that the month has lines of
    closed_at: datetime
    closed_by: str
    cost: int
    calls: int
    departments: tuple[Part, ...]
    journeys: tuple[Part, ...]  # the dearest
    journey_count: int
    journey_lines: int  # one for each client of a journey
    bills: tuple[Bill, ...]
    explained: int  # differences
    adjustments: tuple[Adjustment, ...]  # of earlier months, posted into this one

    @property
    def adjusted(self) -> int:
        return adjusting.total(self.adjustments)

    @property
    def total(self) -> int:
        """Return what is to be paid: the calls of the month and the adjustments of earlier ones."""
        return self.cost + self.adjusted

    @property
    def other_lines(self) -> int:
        return self.journey_lines - len(self.journeys)


def find(month: Month, *, tenant: str = "", journeys: int = SHOWN_JOURNEYS) -> Statement | None:
    """Return the statement of a closed month; None while it is open."""
    close = (
        MonthClose.objects.select_related("asked_by")
        .filter(month=month.first, state=MonthClose.State.CLOSED)
        .first()
    )
    if close is None or close.closed_at is None:
        return None
    lines = StatementLine.objects.filter(close=close)
    sums = _sums(lines)
    departments = tuple(part for of, part, *_ in sums if tenant in ("", of))
    dearest = lines.filter(case_hash__isnull=False, **({"tenant": tenant} if tenant else {}))
    bills = tuple(comparing.newest(month))
    posted = adjusting.posted_in(month)
    return Statement(
        month=month,
        tenant=tenant,
        closed_at=close.closed_at,
        closed_by=close.asked_by.get_username(),
        cost=sum(part.cost for part in departments),
        calls=sum(part.calls for part in departments),
        departments=departments,
        tenants=tuple(sorted({of for of, *_ in sums} | {row.tenant for row in posted} - {""})),
        journeys=tuple(_journey(x) for x in dearest.order_by("-cost_nano_usd")[:journeys]),
        journey_count=sum(n for of, _, n, _ in sums if tenant in ("", of)),
        journey_lines=sum(n for of, _, _, n in sums if tenant in ("", of)),
        bills=bills,
        explained=sum(bill.differences.count() for bill in bills),
        adjustments=tuple(posted.filter(tenant=tenant) if tenant else posted),
    )


def _sums(lines: QuerySet[StatementLine]) -> list[tuple[str, Part, int, int]]:
    """Return the tenant, the sums, journeys and lines of journeys of each client, by department.

    A journey of several clients counts at one of them, and has a line at each.
    """
    rows = (
        lines.order_by()
        .values("tenant", "client", "department")
        .annotate(
            asked=Sum("requests"),
            called=Sum("calls"),
            cost=Sum("cost_nano_usd"),
            journeys=Count("case_hash", filter=Q(begins_journey=True)),
            lines=Count("case_hash"),
        )
    )
    found = []
    for row in rows:
        name = f"{row['tenant']}/{row['client']}"
        part = Part(row["department"], name, row["asked"], row["called"], int(row["cost"]))
        found.append((row["tenant"], part, row["journeys"], row["lines"]))
    return sorted(found, key=lambda each: (each[1].department, each[1].name))


def _journey(line: StatementLine) -> Part:
    name = line.case_label or f"{bytes(line.case_hash or b'').hex()[:10]}..."
    return Part(line.department, name, line.requests, line.calls, line.cost_nano_usd)
