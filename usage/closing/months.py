"""Months of UTC as they stand in addresses, and what of them may be closed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet, Sum
from psycopg.errors import QueryCanceled

from routerproject.shared.clock import first_id
from usage.models import Attempt, AttemptState, MonthClose

EARLIEST = 2020
STOPPED_AFTER = timedelta(minutes=10)  # no worker works on one close or bill for longer
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
    paid: tuple[str, ...]  # deployments whose calls cost something, by slug


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


def standing_of(close: MonthClose) -> Standing:
    """Return what the ledger has of a closed month, as it was written down when it was closed."""
    return Standing(close.calls, close.cost_nano_usd, 0, 0, 0, ())


def standing_in_time(month: Month) -> Standing | None:
    """Return what the ledger has of a month; None when a page cannot wait for so many calls."""
    try:
        with transaction.atomic():
            return standing(month)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def standing(month: Month) -> Standing:
    """Return what the ledger has of a month."""
    rows = list(
        month.calls()
        .values_list("state", "deployment")
        .annotate(Count("id"), Sum("cost_nano_usd"), Sum("hold_nano_usd"))
    )
    unknown = [row for row in rows if row[0] == AttemptState.UNKNOWN]
    return Standing(
        calls=sum(number for _, _, number, _, _ in rows),
        cost=sum(int(cost) for *_, cost, _ in rows),
        unknown=sum(number for _, _, number, _, _ in unknown),
        unknown_cost=sum(int(held) for *_, held in unknown),
        running=sum(number for state, _, number, *_ in rows if state == AttemptState.ADMITTED),
        paid=tuple(sorted({place for _, place, _, cost, _ in rows if cost})),
    )
