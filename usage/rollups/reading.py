# ruff: noqa: S608 (names and sums are ours, values are parameters)
"""Sums of a scope by any of its keys, the same whether an hour is rolled up or not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from routerproject.shared.clock import first_id
from usage.rollups import coverage
from usage.rollups.coverage import Sources
from usage.rollups.figures import LATENCIES, OF_CALLS, OF_REQUESTS, SUMMED, listed
from usage.rollups.making import BEFORE, LONGEST_REQUEST
from usage.rollups.scope import Scope

MOMENT: Final = "moment"  # the hour or day, on the clock of a zone
KEYS: Final = frozenset({"tenant_id", "client_id", "task_type", "tier", "model_id", MOMENT})
_OF_TOTALS: Final = frozenset({"tenant_id", "tier", MOMENT})
Key = tuple[Any, ...]
Sums = dict[Key, Counter[str]]
Histograms = dict[Key, Counter[int]]


class Reading:
    """One look at a scope: where its figures lie is decided once, for all that is asked of it."""

    def __init__(
        self,
        scope: Scope,
        *,
        step: str = "hour",
        zone: ZoneInfo | None = None,
        sources: Sources | None = None,
    ) -> None:
        self.scope = scope
        self._zone, self._step = zone, step
        self._sources = sources or coverage.sources_of(scope, zone)

    def sums(self, *by: str) -> Sums:
        """Return the figures of `SUMMED` for each value of the keys; none where nothing is."""
        found: Sums = defaultdict(Counter)
        if self._sources.hours:
            summed = ", ".join(f"sum(h.{name})" for name in SUMMED)
            _add(found, SUMMED, len(by), *self._of_hours(summed, by))
        if self._sources.rows:
            _add(found, tuple(OF_REQUESTS), len(by), *self._of_requests(listed(OF_REQUESTS), by))
            _add(found, tuple(OF_CALLS), len(by), *self._of_calls(by))
        return dict(found)

    def latencies(self, *by: str, of: str = "latency") -> Histograms:
        """Return how many completed requests lie in each bucket of 4 %, by the keys."""
        found: Histograms = defaultdict(Counter)
        condition, bucket = LATENCIES[of]
        if self._sources.hours:
            lists = f", unnest(h.{of}_buckets, h.{of}_counts) AS u(bucket, counted)"
            _count(found, len(by), *self._of_hours("sum(u.counted)", by, "u.bucket", lists))
        if self._sources.rows:
            _count(found, len(by), *self._of_requests("count(*)", by, bucket, condition))
        return dict(found)

    def _of_hours(
        self, columns: str, by: Sequence[str], bucket: str = "", lists: str = ""
    ) -> tuple[str, list[Any]]:
        narrowing = self.scope.narrowing()
        is_total = _OF_TOTALS.issuperset({*by, *narrowing})
        keys, key_values = self._keys("h", by, "h.hour")
        where, values = coverage.within("h", self._sources.hours, narrowing)
        table = "usage_hourlytotal" if is_total else "usage_hourlyusage"
        statement = _select(keys, bucket, columns, f"{table} h{lists}", where)
        return statement, [*key_values, *values]

    def _of_requests(
        self, columns: str, by: Sequence[str], bucket: str = "", condition: str = "true"
    ) -> tuple[str, list[Any]]:
        keys, key_values = self._keys("r", by, "r.created_at")
        where, values = coverage.within("r", self._sources.rows, self.scope.narrowing())
        statement = _select(keys, bucket, columns, "ai_usage r", f"{where} AND {condition}")
        return statement, [*key_values, *values]

    def _of_calls(self, by: Sequence[str]) -> tuple[str, list[Any]]:
        """Return the sums of the calls of the requests.

        Read from the calls, so that a request that is still open, or whose process died, counts
        with what it has cost so far.
        """
        spans = self._sources.rows
        keys, key_values = self._keys("r", by, "r.created_at")
        where, values = coverage.within("r", spans, self.scope.narrowing())
        bounds = first_id(spans[0][0] - BEFORE), first_id(spans[-1][1] + LONGEST_REQUEST)
        tables = "ai_usage r JOIN usage_attempt a ON a.request_id = r.id"
        conditions = f"{where} AND a.id >= %s AND a.id < %s"
        statement = _select(keys, "", listed(OF_CALLS), tables, conditions)
        return statement, [*key_values, *values, *bounds]

    def _keys(self, table: str, by: Sequence[str], moment: str) -> tuple[list[str], list[Any]]:
        if not KEYS.issuperset(by):
            raise ValueError("Hours are not summed by that.")
        in_zone = f"date_trunc(%s, {moment}, %s)"
        keys = [in_zone if name == MOMENT else f"{table}.{name}" for name in by]
        zone = self._zone.key if self._zone else "UTC"
        return keys, [self._step, zone] * by.count(MOMENT)


def _select(keys: list[str], bucket: str, columns: str, tables: str, where: str) -> str:
    asked = [*keys, bucket] if bucket else keys
    grouped = ", ".join(map(str, range(1, len(asked) + 1)))
    return (
        f"SELECT {', '.join([*asked, columns])} FROM {tables} WHERE {where}"
        f"{f' GROUP BY {grouped}' if grouped else ''}"
    )


def _rows(statement: str, values: list[Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _add(found: Sums, names: Sequence[str], width: int, statement: str, values: list[Any]) -> None:
    for row in _rows(statement, values):
        sums = {name: int(value or 0) for name, value in zip(names, row[width:], strict=True)}
        found[row[:width]].update(sums)


def _count(found: Histograms, width: int, statement: str, values: list[Any]) -> None:
    """Add counts, of which each value of the keys comes as one row: a row a bucket takes longer."""
    keys = "".join(f"{number}, " for number in range(1, width + 1))
    names = ", ".join([*(f"k{number}" for number in range(width)), "bucket", "counted"])
    listed = "".join(f"k{number}, " for number in range(width))
    arrays = "array_agg(bucket), array_agg(counted::bigint)"
    grouped = f" GROUP BY {keys[:-2]}" if width else ""
    outer = f"SELECT {listed}{arrays} FROM ({statement}) AS counts({names}){grouped}"
    for *key, buckets, counts in _rows(outer, values):
        found[tuple(key)].update(dict(zip(buckets or (), counts or (), strict=True)))
