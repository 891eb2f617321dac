# ruff: noqa: S608 (names and sums are ours, values are parameters)
"""The cost report's figures by the hour: made from the rows, read in their place.

What an hour would have cost on another tier hangs on the models that stand for the tiers and on
prices. So an hour is read from here only while these are those it was made by, and from its rows
until it has been made anew.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from django.db import connection

from routerproject.shared.clock import first_id, new_id
from usage.catalog import KINDS
from usage.models import CostedHour, HourlyCost, Price, RollupState
from usage.reports import ledger_facts
from usage.reports.facts import COUNTERFACTUAL, Facts, HourKey, Key
from usage.rollups import coverage
from usage.rollups.coverage import Sources, Span
from usage.rollups.making import HOUR
from usage.rollups.scope import Scope

SUMMED: Final = tuple(each.name for each in fields(Facts) if each.name != "uniform")
MOST_SPANS: Final = 48  # to be read from rows beside hours; with more, all is read from rows
MOST_REMADE: Final = 24  # hours, in one transaction
UTC_ZONE: Final = ZoneInfo("UTC")


class Basis:
    """By which models and prices an hour's costs are made, as a hash for each hour."""

    def __init__(self) -> None:
        models = ledger_facts.default_models()
        self.tiers = list(dict.fromkeys([*models, COUNTERFACTUAL]))
        rates = [f"{each}{kind}_usd" for each in ("", "long_") for kind in KINDS]
        prices = Price.objects.order_by("valid_from", "id").values_list(
            "valid_from", "model__model_id", "long_above_tokens", *rates
        )
        found = hashlib.sha256(repr(list(models.items())).encode())
        self._moments: list[datetime] = []
        self._hashes = [found.hexdigest()[:32]]
        for valid_from, *rest in prices:
            found.update(repr((valid_from.astimezone(UTC).isoformat(), rest)).encode())
            self._moments.append(valid_from)
            self._hashes.append(found.hexdigest()[:32])

    def of(self, hour: datetime) -> str:
        """Return the hash of all that was in force before the hour's end."""
        return self._hashes[bisect_left(self._moments, hour + HOUR)]


def facts_of(scope: Scope, zone: ZoneInfo) -> dict[Key, Facts]:
    """Return what the requests begun in scope came to, as `ledger_facts.facts_of` does."""
    basis = Basis()
    sources = sources_of(scope, zone, basis)
    found: dict[Key, Facts] = {}
    parts: list[Iterable[tuple[Key, Facts]]] = []
    if sources.hours:
        parts.append(_of_hours(scope, sources.hours, zone, basis.tiers))
    for start, end in sources.rows:
        rows = ledger_facts.facts_of(replace(scope, start=start, end=end), zone)
        parts.append(rows.items())
    for part in parts:
        for key, facts in part:
            found[key] = found[key] + facts if key in found else facts
    return found


def sources_of(scope: Scope, zone: ZoneInfo, basis: Basis) -> Sources:
    """Return where to read a scope: hours that are true and made by this basis, else rows."""
    sources = coverage.sources_of(scope, zone)
    if not sources.hours:
        return sources
    known = _known(sources.hours[0][0], sources.hours[-1][1])
    there = (h for span in sources.hours for h in _hours(*span) if known.get(h) == basis.of(h))
    hours = tuple(_joined(there))
    rows = tuple(coverage.rest((scope.start, scope.end), hours))
    if len(rows) > MOST_SPANS:
        return Sources((), ((scope.start, scope.end),))
    return Sources(hours, rows)


def make(hours: Sequence[datetime], *, tenant_id: int | None = None) -> None:
    """Make the costs of hours that follow each other anew, of one tenant or of all, in the caller's
    transaction."""
    basis, first, end = Basis(), hours[0], hours[-1] + HOUR
    whose = {} if tenant_id is None else {"tenant_id": tenant_id}
    bounds = {"id__gte": first_id(first), "id__lt": first_id(end)}
    HourlyCost.objects.filter(**bounds, **whose).delete()
    found = ledger_facts.facts_by_hour(Scope(tenant_id=tenant_id, start=first, end=end), hours)
    _write([_row(key, facts, basis.tiers) for key, facts in found.items()])
    if tenant_id is None:
        CostedHour.objects.bulk_create(
            [CostedHour(hour=hour, basis=basis.of(hour)) for hour in hours],
            update_conflicts=True,
            unique_fields=["hour"],
            update_fields=["basis"],
        )
    else:  # made by another basis, the others' are not of this one
        for hour in hours:
            CostedHour.objects.filter(hour=hour).exclude(basis=basis.of(hour)).delete()


def lacking(state: RollupState, earliest: datetime) -> list[datetime]:
    """Return hours that are rolled up, but not their costs, or by another basis: the newest."""
    first, basis = max(state.since, earliest), Basis()
    known = dict(
        CostedHour.objects.filter(hour__gte=first, hour__lt=state.until).values_list(
            "hour", "basis"
        )
    )
    lacking = [hour for hour in _hours(first, state.until) if known.get(hour) != basis.of(hour)]
    return lacking[-MOST_REMADE:]


def forget(before: datetime) -> None:
    """Forget which hours there were before a moment; the rows go with their partition."""
    CostedHour.objects.filter(hour__lt=before).delete()


def _known(first: datetime, end: datetime) -> dict[datetime, str]:
    """Return by which basis the hours of a time were made, those that were."""
    found = CostedHour.objects.filter(hour__gte=first, hour__lt=end)
    return dict(found.values_list("hour", "basis"))


def _row(key: HourKey, facts: Facts, tiers: Sequence[str]) -> dict[str, Any]:
    uniform = [facts.uniform.get(tier, 0) for tier in tiers]
    figures = {name: getattr(facts, name) for name in SUMMED}
    return {"id": new_id(key.hour), **key._asdict(), "uniform": uniform, **figures}


def _write(rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows as one document: the ORM takes longer to write them than SQL to find them."""
    fields = HourlyCost._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO usage_hourlycost ({columns}) SELECT {columns}"
            " FROM jsonb_populate_recordset(NULL::usage_hourlycost, %s::jsonb)",
            [orjson.dumps(rows).decode()],
        )


def _of_hours(
    scope: Scope, spans: Sequence[Span], zone: ZoneInfo, tiers: Sequence[str]
) -> Iterator[tuple[Key, Facts]]:
    """Yield the sums of the hours in some spans."""
    month = "date_trunc('month', h.hour AT TIME ZONE %s)::date"
    sums = [f"sum(h.{name})" for name in SUMMED]
    sums += [f"sum(h.uniform[{number}])" for number in range(1, len(tiers) + 1)]
    where, values = coverage.within("h", spans, scope.narrowing())
    statement = f"""
        SELECT {month}, h.tenant_id, h.client_id, h.task_type, h.tier, {", ".join(sums)}
        FROM usage_hourlycost h WHERE {where} GROUP BY 1, 2, 3, 4, 5"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [zone.key, *values])
        rows: list[Any] = list(cursor.fetchall())
    width = len(Key._fields)
    for row in rows:
        numbers = [int(value or 0) for value in row[width:]]
        named = dict(zip(SUMMED, numbers, strict=False))
        uniform = dict(zip(tiers, numbers[len(SUMMED) :], strict=True))
        yield Key(*row[:width]), Facts(uniform=uniform, **named)


def _hours(first: datetime, end: datetime) -> Iterator[datetime]:
    while first < end:
        yield first
        first += HOUR


def _joined(hours: Iterable[datetime]) -> Iterator[Span]:
    """Yield hours in order as spans without a gap."""
    start = end = None
    for hour in hours:
        if start is None or end is None:
            start = hour
        elif hour != end:
            yield start, end
            start = hour
        end = hour + HOUR
    if start is not None and end is not None:
        yield start, end
