# ruff: noqa: S608 (names and sums are ours, values are parameters)
"""One hour's roll-ups, made from its rows: what was there of it goes, what is true now comes."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from routerproject.shared.clock import first_id
from usage.rollups.figures import LATENCIES, OF_CALLS, OF_REQUESTS, SUMMED, listed

HOUR: Final = timedelta(hours=1)
BEFORE: Final = timedelta(days=1)  # a clock may be set back between a request and its calls
TABLES: Final = ("usage_hourlyusage", "usage_hourlytotal")
LONGEST_REQUEST: Final = timedelta(days=2)  # from a request's id to its last call's
_DETAIL: Final = ("tenant_id", "client_id", "task_type", "tier", "model_id")
_TOTAL: Final = ("tenant_id", "tier")
_LISTS: Final = tuple(f"{name}_{part}" for name in LATENCIES for part in ("buckets", "counts"))
_OF_TENANT: Final = "(%(tenant)s::bigint IS NULL OR {alias}.tenant_id = %(tenant)s)"
# Request ids are in order of time, so the calls of an hour's requests are a range of their index;
# the bounds on the calls' own ids only leave out other months.
_REQUESTS: Final = f"r.id >= %(first)s AND r.id < %(end)s AND {_OF_TENANT.format(alias='r')}"
_CALLS: Final = f"""{_REQUESTS} AND a.request_id >= %(first)s AND a.request_id < %(end)s
    AND a.id >= %(first_call)s AND a.id < %(end_call)s"""
_ID: Final = """(lpad(to_hex(floor(extract(epoch FROM %(hour)s::timestamptz) * 1000)::bigint), 12,
    '0') || '7' || substr({hash}, 1, 3) || '8' || substr({hash}, 4, 15))::uuid"""
_FORGET: Final = f"""DELETE FROM {{table}} h
    WHERE h.id >= %(first)s AND h.id < %(end)s AND {_OF_TENANT.format(alias="h")}"""


@transaction.atomic
def make(hour: datetime, *, tenant_id: int | None = None) -> int:
    """Make the roll-ups of one hour anew, of one tenant or of all; return how many rows it has."""
    parameters = {
        "hour": hour,
        "tenant": tenant_id,
        "first": first_id(hour),
        "end": first_id(hour + HOUR),
        "first_call": first_id(hour - BEFORE),
        "end_call": first_id(hour + HOUR + LONGEST_REQUEST),
    }
    with connection.cursor() as cursor:
        # Of the newest hour the planner knows nothing and takes its thousands of rows for one.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL jit = off")  # takes longer than an hour's sums
        for table in TABLES:
            cursor.execute(_FORGET.format(table=table), parameters)
        cursor.execute(_detail(), parameters)
        rows: int = cursor.rowcount
        cursor.execute(_total(), parameters)
    return rows


def _detail() -> str:
    """Return the statement that sums an hour's requests and calls."""
    keys = ", ".join(f"r.{name}" for name in _DETAIL)
    names = ", ".join(_DETAIL)
    latencies = ", ".join(_histogram_of_rows(name) for name in LATENCIES)
    joined = " ".join(f"LEFT JOIN {name} USING ({names})" for name in ("calls", *LATENCIES))
    columns = ", ".join((*_DETAIL, *SUMMED, *_LISTS))
    values = [*_DETAIL, *OF_REQUESTS, *(f"coalesce({name}, 0)" for name in OF_CALLS)]
    values += [f"coalesce({name}, '{{}}')" for name in _LISTS]
    return f"""
        WITH requests AS MATERIALIZED (
            SELECT {keys}, {listed(OF_REQUESTS)} FROM ai_usage r WHERE {_REQUESTS} GROUP BY {keys}
        ), calls AS MATERIALIZED (
            SELECT {keys}, {listed(OF_CALLS)} FROM ai_usage r
            JOIN usage_attempt a ON a.request_id = r.id WHERE {_CALLS} GROUP BY {keys}
        ), {latencies}
        INSERT INTO usage_hourlyusage (id, hour, {columns})
        SELECT {_id(_DETAIL)}, %(hour)s, {", ".join(values)} FROM requests {joined}"""


def _histogram_of_rows(name: str) -> str:
    """Return the subquery of how many requests lie in each bucket, as two arrays."""
    condition, bucket = LATENCIES[name]
    keys, names = ", ".join(f"r.{key}" for key in _DETAIL), ", ".join(_DETAIL)
    return f"""{name} AS MATERIALIZED (
        SELECT {names}, {_arrays(name)} FROM (
            SELECT {keys}, {bucket} AS bucket, count(*) AS counted FROM ai_usage r
            WHERE {_REQUESTS} AND {condition} GROUP BY {keys}, bucket
        ) AS counts GROUP BY {names})"""


def _total() -> str:
    """Return the statement that sums the rows of an hour by tenant and tier alone."""
    names = ", ".join(_TOTAL)
    scope = f"h.id >= %(first)s AND h.id < %(end)s AND {_OF_TENANT.format(alias='h')}"
    sums = ", ".join(f"sum(h.{name}) AS {name}" for name in SUMMED)
    latencies = ", ".join(
        f"""{name} AS MATERIALIZED (SELECT {names}, {_arrays(name)} FROM (
            SELECT {names}, bucket, sum(counted) AS counted FROM usage_hourlyusage h,
                unnest(h.{name}_buckets, h.{name}_counts) AS u(bucket, counted)
            WHERE {scope} GROUP BY {names}, bucket
        ) AS counts GROUP BY {names})"""
        for name in LATENCIES
    )
    joined = " ".join(f"LEFT JOIN {name} USING ({names})" for name in LATENCIES)
    lists = ", ".join(f"coalesce({name}, '{{}}')" for name in _LISTS)
    return f"""
        WITH summed AS MATERIALIZED (
            SELECT {names}, {sums} FROM usage_hourlyusage h WHERE {scope} GROUP BY {names}
        ), {latencies}
        INSERT INTO usage_hourlytotal (id, hour, {", ".join((*_TOTAL, *SUMMED, *_LISTS))})
        SELECT {_id(_TOTAL)}, %(hour)s, {", ".join((*_TOTAL, *SUMMED))}, {lists}
        FROM summed {joined}"""


def _arrays(name: str) -> str:
    return (
        f"array_agg(bucket ORDER BY bucket) AS {name}_buckets,"
        f" array_agg(counted ORDER BY bucket) AS {name}_counts"
    )


def _id(names: tuple[str, ...]) -> str:
    """Return the key of a row: the hour, then a hash of the rest, so that no row comes twice."""
    return _ID.format(hash=f"md5(concat_ws(chr(31), {', '.join(names)}))")
