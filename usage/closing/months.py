"""Months of UTC as they stand in addresses, and what of them may be closed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from routerproject.shared.clock import first_id
from usage.models import Attempt, AttemptState

EARLIEST = 2020
MONTH_LOCK = 41_626_313  # with a month beside it; any number that no other one uses
CALENDAR_LOCK = 7_041_626_313  # any number that no other advisory lock uses


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of UTC."""

    first: date

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """Return the first moment after it."""
        return (self.start + timedelta(days=32)).replace(day=1)

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def after(self) -> "Month":
        return Month(self.end.date())

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    def calls(self) -> QuerySet[Attempt]:
        """Return the calls that were admitted in it, unordered."""
        bounds = {"id__gte": first_id(self.start), "id__lt": first_id(self.end)}
        return Attempt.objects.filter(**bounds).order_by()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger has of a month."""

    calls: int
    cost: int
    unknown: int  # calls
    unknown_cost: int  # their worst cases
    running: int


def parse(text: str) -> Month | None:
    """Return the month of an address such as 2026-10, or None."""
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return Month(found) if EARLIEST <= found.year < 9000 and len(text) == 7 else None


def of(moment: datetime) -> Month:
    """Return the month that holds a moment."""
    return Month(moment.astimezone(UTC).date().replace(day=1))


def hold_calendar() -> None:
    """Keep months from beginning to close until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CALENDAR_LOCK])


def hold(month: Month) -> None:
    """Keep a month from being closed, compared and explained by others until this is committed."""
    with connection.cursor() as cursor:
        number = month.first.year * 100 + month.first.month
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MONTH_LOCK, number])


def standing(month: Month) -> Standing:
    """Return what the ledger has of a month."""
    rows = (
        month.calls()
        .values_list("state")
        .annotate(Count("id"), Sum("cost_nano_usd"), Sum("hold_nano_usd"))
    )
    found = {state: (number, int(cost), int(held)) for state, number, cost, held in rows}
    unknown = found.get(AttemptState.UNKNOWN, (0, 0, 0))
    return Standing(
        calls=sum(number for number, _, _ in found.values()),
        cost=sum(cost for _, cost, _ in found.values()),
        unknown=unknown[0],
        unknown_cost=unknown[2],
        running=found.get(AttemptState.ADMITTED, (0, 0, 0))[0],
    )
