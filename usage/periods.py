"""When a budget's period begins and ends, in the clinic's time zone. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bounds(kind: str, time_zone: str, at: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end in UTC of the period that holds a moment; `total` never ends.

    Days, weeks (from Monday) and months follow the wall clock of the zone, so a day has 23 or 25
    hours when daylight saving begins or ends. Hours are absolute: one that the clock repeats is two
    periods.
    """
    if kind == "total":
        return EPOCH, None
    if kind == "hour":
        start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return start, start + timedelta(hours=1)
    zone = ZoneInfo(time_zone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = midnight.replace(tzinfo=None, fold=0)  # the first, where the clock repeats it
    first, following = _STEPS[kind](midnight)
    return _in_utc(first, zone), _in_utc(following, zone)


def _day(midnight: datetime) -> tuple[datetime, datetime]:
    return midnight, midnight + timedelta(days=1)


def _week(midnight: datetime) -> tuple[datetime, datetime]:
    monday = midnight - timedelta(days=midnight.weekday())
    return monday, monday + timedelta(days=7)


def _month(midnight: datetime) -> tuple[datetime, datetime]:
    first = midnight.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


_STEPS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    "day": _day,
    "week": _week,
    "month": _month,
}


def _in_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
