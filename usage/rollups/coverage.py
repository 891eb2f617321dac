"""Where the figures of a time are read: whole hours from roll-ups, everything else from rows.

Each change of a request or a call adds an entry to its tenant's audit chain, in the transaction of
the change. So entries after the one up to which the roll-ups were made name the hours that are not
true any more, and no write on a request's way has to do anything for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from routerproject.shared.clock import first_id
from usage.rollups.making import HOUR
from usage.rollups.scope import SINGLE, Scope

MOST_STALE: Final = 48  # hours; more are read from rows with all that lies between them
MOST_ENTRIES: Final = 300_000  # that the roll-ups may be behind; then only rows are read
INSTANT: Final = timedelta(microseconds=1)
Span = tuple[datetime, datetime]
# The hours whose requests were touched by entries that the roll-ups do not know of.
CHANGED: Final = """
    SELECT t.tenant_id, e.request_id FROM usage_audithead t
    LEFT JOIN usage_rollupchain c USING (tenant_id)
    CROSS JOIN LATERAL (
        SELECT DISTINCT e.request_id FROM usage_auditentry e
        WHERE e.tenant_id = t.tenant_id AND e.seq > coalesce(c.seq, 0)
          AND e.seq <= coalesce(c.seq, 0) + %(most)s
          AND e.request_id >= %(since)s AND e.request_id < %(until)s
    ) AS e
    WHERE (%(tenant)s::bigint IS NULL OR t.tenant_id = %(tenant)s)"""
_STATE: Final = """
    SELECT s.since, s.until, coalesce((
        SELECT sum(t.seq - coalesce(c.seq, 0))
        FROM usage_audithead t LEFT JOIN usage_rollupchain c USING (tenant_id)
        WHERE %(tenant)s::bigint IS NULL OR t.tenant_id = %(tenant)s
    ), 0) FROM usage_rollupstate s"""


@dataclass(frozen=True, slots=True)
class Sources:
    """The spans of time to be read from hours, and those to be read from rows."""

    hours: tuple[Span, ...]
    rows: tuple[Span, ...]


def sources_of(scope: Scope, zone: ZoneInfo | None = None) -> Sources:
    """Return where to read a scope. With a zone, its days must be made of whole hours of UTC."""
    whole = (scope.start, scope.end)
    if scope.start >= scope.end:
        return Sources((), ())
    if any(getattr(scope, name) is not None for name in SINGLE):
        return Sources((), (whole,))
    if zone is not None and not _has_whole_hours(zone, whole):
        return Sources((), (whole,))
    rolled = _rolled(scope)
    if rolled is None:
        return Sources((), (whole,))
    hours = tuple(_without(rolled, _stale(scope, rolled)))
    return Sources(hours, tuple(rest(whole, hours)))


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour of UTC that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_of_id(identifier: Any) -> datetime:
    """Return the hour in which a request with this UUIDv7 was begun."""
    return hour_of(datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC))


def _rolled(scope: Scope) -> Span | None:
    """Return the whole hours in scope that roll-ups were made of, if any."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"tenant": scope.tenant_id})
        row = cursor.fetchone()
    if row is None or row[2] > MOST_ENTRIES:
        return None
    start = max(hour_of(scope.start - INSTANT) + HOUR, row[0])
    end = min(hour_of(scope.end), row[1])
    return (start, end) if start < end else None


def _stale(scope: Scope, rolled: Span) -> list[datetime]:
    """Return the rolled-up hours that rows have overtaken, in order."""
    bounds = {"since": first_id(rolled[0]), "until": first_id(rolled[1])}
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {**bounds, "tenant": scope.tenant_id, "most": MOST_ENTRIES})
        found = sorted({hour_of_id(request_id) for _, request_id in cursor})
    if len(found) <= MOST_STALE:
        return found
    count = (found[-1] - found[0]) // HOUR + 1
    return [found[0] + HOUR * step for step in range(count)]


def _without(span: Span, hours: Sequence[datetime]) -> Iterator[Span]:
    """Yield what is left of a span without some of its hours."""
    start = span[0]
    for hour in hours:
        if start < hour:
            yield start, hour
        start = hour + HOUR
    if start < span[1]:
        yield start, span[1]


def rest(whole: Span, taken: Sequence[Span]) -> Iterator[Span]:
    """Yield what spans in order leave of a whole."""
    start = whole[0]
    for first, end in taken:
        if start < first:
            yield start, first
        start = end
    if start < whole[1]:
        yield start, whole[1]


def within(
    table: str, spans: Sequence[Span], narrowing: Mapping[str, object]
) -> tuple[str, list[Any]]:
    """Return the condition that a row's time-ordered id lies in one of the spans, narrowed."""
    each = f"{table}.id >= %s AND {table}.id < %s"
    values = [first_id(at) for span in spans for at in span]
    narrowed = "".join(f" AND {table}.{name} = %s" for name in narrowing)
    return f"({' OR '.join([each] * len(spans))}){narrowed}", [*values, *narrowing.values()]


def _has_whole_hours(zone: ZoneInfo, span: Span) -> bool:
    """Tell whether the zone's clock shows full hours when UTC does, all through a span."""
    at = span[0]
    while at < span[1]:
        if not _is_whole(zone, at):
            return False
        at += timedelta(days=20)
    return _is_whole(zone, span[1])


def _is_whole(zone: ZoneInfo, at: datetime) -> bool:
    offset = at.astimezone(zone).utcoffset()
    return offset is None or not offset % HOUR
