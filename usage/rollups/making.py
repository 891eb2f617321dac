# ruff: noqa: S608 (names and sums are ours, values are parameters)
"""Hours' roll-ups, made from their rows: what was there goes, what is true now comes.

Hours that follow each other are made by one statement, which reads each table once for the sums.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from routerproject.shared.clock import first_id
from usage.rollups.figures import (
    LATENCIES,
    OF_CALLS,
    OF_ITS_CALLS,
    OF_REQUESTS,
    SUMMED,
    listed,
)

HOUR: Final = timedelta(hours=1)
BEFORE: Final = timedelta(days=1)  # a clock may be set back between a request and its calls
TABLES: Final = ("usage_hourlyusage", "usage_hourlytotal")
LONGEST_REQUEST: Final = timedelta(days=2)  # from a request's id to its last call's
SETTINGS: Final = {
    "enable_nestloop": "off",  # of the newest hour the planner knows nothing: thousands for one row
    "jit": "off",  # takes longer than the sums
    "work_mem": "'64MB'",  # the groups of a day's hours
}
_DETAIL: Final = ("tenant_id", "client_id", "task_type", "tier", "model_id")
_TOTAL: Final = ("tenant_id", "tier")
_LISTS: Final = tuple(f"{name}_{part}" for name in LATENCIES for part in ("buckets", "counts"))
_OF_TENANT: Final = "(%(tenant)s::bigint IS NULL OR {alias}.tenant_id = %(tenant)s)"
# Which of the hours a request is of: by its id, whose time says so for all that read it.
_SPOT: Final = "width_bucket(r.id, %(first_ids)s::uuid[])"
# Request ids are in order of time, so the calls of some hours' requests are a range of their index;
# the bounds on the calls' own ids only leave out other months.
_REQUESTS: Final = f"r.id >= %(first)s AND r.id < %(end)s AND {_OF_TENANT.format(alias='r')}"
_CALLS: Final = """a.request_id >= %(first)s AND a.request_id < %(end)s
    AND a.id >= %(first_call)s AND a.id < %(end_call)s"""
_ID: Final = """(lpad(to_hex(floor(extract(epoch FROM hour) * 1000)::bigint), 12,
    '0') || '7' || substr({hash}, 1, 3) || '8' || substr({hash}, 4, 15))::uuid"""
_FORGET: Final = f"""DELETE FROM {{table}} h
    WHERE h.id >= %(first)s AND h.id < %(end)s AND {_OF_TENANT.format(alias="h")}"""


@transaction.atomic
def make(hours: Sequence[datetime], *, tenant_id: int | None = None) -> dict[datetime, int]:
    """Make the roll-ups of hours that follow each other anew, of one tenant or of all.

    Return how many rows each has that has any.
    """
    first, end = hours[0], hours[-1] + HOUR
    parameters: dict[str, Any] = {
        "hours": list(hours),
        "first_ids": [first_id(hour) for hour in hours],
        "tenant": tenant_id,
        "first": first_id(first),
        "end": first_id(end),
        "first_call": first_id(first - BEFORE),
        "end_call": first_id(end + LONGEST_REQUEST),
    }
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {name} = {value}" for name, value in SETTINGS.items()))
        for table in TABLES:
            cursor.execute(_FORGET.format(table=table), parameters)
        cursor.execute(_detail(), parameters)
        rows = dict(cursor.fetchall())
        cursor.execute(_total(), parameters)
    return rows


def _detail() -> str:
    """Return the statement that sums requests and calls, and says how many rows an hour has."""
    keys, names = _listed("r", _DETAIL), ", ".join(_DETAIL)
    # Of each request first, which the calls' index has in order: no sort, no join of all keys.
    of_calls = ", ".join(f"coalesce(sum(c.{name}), 0) AS {name}" for name in OF_CALLS)
    latencies = ", ".join(_histogram_of_rows(name) for name in LATENCIES)
    joined = " ".join(f"LEFT JOIN {name} USING (spot, {names})" for name in LATENCIES)
    columns = ", ".join((*_DETAIL, *SUMMED, *_LISTS))
    values = [*_DETAIL, *SUMMED, *(f"coalesce({name}, '{{}}')" for name in _LISTS)]
    return f"""
        WITH sums AS MATERIALIZED (
            SELECT {_SPOT} AS spot, {keys}, {listed(OF_REQUESTS)}, {of_calls} FROM ai_usage r
            LEFT JOIN (
                SELECT a.request_id, {listed(OF_ITS_CALLS)} FROM usage_attempt a WHERE {_CALLS}
                GROUP BY a.request_id
            ) c ON c.request_id = r.id WHERE {_REQUESTS} GROUP BY spot, {keys}
        ), {latencies}, made AS (
            INSERT INTO usage_hourlyusage (id, hour, {columns})
            SELECT {_id(_DETAIL)}, hour, {", ".join(values)} FROM sums {joined}
            CROSS JOIN LATERAL (SELECT (%(hours)s::timestamptz[])[spot] AS hour) AS s
            RETURNING hour
        ) SELECT hour, count(*) FROM made GROUP BY hour"""


def _histogram_of_rows(name: str) -> str:
    """Return the subquery of how many requests lie in each bucket, as two arrays."""
    condition, bucket = LATENCIES[name]
    keys, names = _listed("r", _DETAIL), ", ".join(_DETAIL)
    return f"""{name} AS MATERIALIZED (
        SELECT spot, {names}, {_arrays(name)} FROM (
            SELECT {_SPOT} AS spot, {keys}, {bucket} AS bucket, count(*) AS counted
            FROM ai_usage r WHERE {_REQUESTS} AND {condition} GROUP BY spot, {keys}, bucket
        ) AS counts GROUP BY spot, {names})"""


def _total() -> str:
    """Return the statement that sums the rows of each hour by tenant and tier alone."""
    names = ", ".join(_TOTAL)
    scope = f"h.id >= %(first)s AND h.id < %(end)s AND {_OF_TENANT.format(alias='h')}"
    sums = ", ".join(f"sum(h.{name}) AS {name}" for name in SUMMED)
    latencies = ", ".join(
        f"""{name} AS MATERIALIZED (SELECT hour, {names}, {_arrays(name)} FROM (
            SELECT hour, {names}, bucket, sum(counted) AS counted FROM usage_hourlyusage h,
                unnest(h.{name}_buckets, h.{name}_counts) AS u(bucket, counted)
            WHERE {scope} GROUP BY hour, {names}, bucket
        ) AS counts GROUP BY hour, {names})"""
        for name in LATENCIES
    )
    joined = " ".join(f"LEFT JOIN {name} USING (hour, {names})" for name in LATENCIES)
    lists = ", ".join(f"coalesce({name}, '{{}}')" for name in _LISTS)
    return f"""
        WITH summed AS MATERIALIZED (
            SELECT hour, {names}, {sums} FROM usage_hourlyusage h WHERE {scope}
            GROUP BY hour, {names}
        ), {latencies}
        INSERT INTO usage_hourlytotal (id, hour, {", ".join((*_TOTAL, *SUMMED, *_LISTS))})
        SELECT {_id(_TOTAL)}, hour, {", ".join((*_TOTAL, *SUMMED))}, {lists}
        FROM summed {joined}"""


def _listed(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


def _arrays(name: str) -> str:
    return (
        f"array_agg(bucket ORDER BY bucket) AS {name}_buckets,"
        f" array_agg(counted ORDER BY bucket) AS {name}_counts"
    )


def _id(names: tuple[str, ...]) -> str:
    """Return the key of a row: the hour, then a hash of the rest, so that no row comes twice."""
    return _ID.format(hash=f"md5(concat_ws(chr(31), {', '.join(names)}))")
