"""The sums of a month over many requests, as `GET /api/v1/usage/summary` and the dashboard ask."""

import asyncio
import io
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connection

from bench.clinic import CappedClinic, make_capped
from bench.money.commits import one_call
from routerproject.shared import clock
from routerproject.shared.money import from_usd
from usage import ledger
from usage.dashboard import queries
from usage.models import Attempt, UsageRecord
from usage.reports import hours
from usage.rollups import Reading

UTC_ZONE = ZoneInfo("UTC")
ROUNDS = 9
DAYS = 28
MOST_COSTED = 1_000_000  # whose costs are read from rows: minutes for more, and no page does that
BATCH = 50_000
DAY = timedelta(days=1)
# The same request with its call again and again, in even steps: a UUIDv7 of each moment, whose
# random bits are the number of the copy, since hashes of ten million rows take minutes.
MOMENT = "%(start)s::timestamptz + n * interval '1 second' * %(step)s"
IDENTIFIER = """(lpad(to_hex((extract(epoch FROM {moment}) * 1000)::bigint), 12, '0')
|| '7000800{room}' || lpad(to_hex(n), 12, '0'))::uuid"""
COPY = """INSERT INTO {table} ({columns}) SELECT {values}
FROM (SELECT * FROM {table} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT 1) AS copied,
generate_series(%(first)s, %(last)s) AS n"""
# Four clients, twenty-five task types, three tiers, spread without a pattern in time.
SPREAD = {
    "client_id": "copied.client_id + hashint4(n) %% 4",
    "task_type": "'task_' || abs(hashint4(n + 1)) %% 25",
    "tier": "(ARRAY['haiku', 'sonnet', 'opus'])[1 + abs(hashint4(n + 2)) %% 3]",
    "latency_ms": "20 + abs(hashint4(n + 3)) %% 900",
}


def measure(rows: int = 200_000) -> dict[str, Any]:
    """Return the time of the sums over so many requests of one clinic, in milliseconds."""
    clinic = make_capped(cap_nano_usd=from_usd(1_000_000))
    end = clock.now()
    start = end - timedelta(days=DAYS)
    fill(clinic, start, rows, is_spread=True)
    scope = queries.Scope(tenant_id=clinic.tenant_id, start=start, end=end + timedelta(hours=1))
    days = replace(scope, start=_midnight(start), end=_midnight(end) + DAY)
    figures: dict[str, Any] = {"requests": rows + 1}
    let_statements_take("0")
    figures |= _timed("rows", lambda: _checked(scope, rows, clinic), rounds=1)
    if rows <= MOST_COSTED:
        figures |= _timed("cost_report_of_rows", lambda: hours.facts_of(scope, UTC_ZONE), rounds=1)
    began = time.perf_counter()
    call_command("rebuild_rollups", stdout=io.StringIO())
    figures["roll_up_s"] = round(time.perf_counter() - began, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    let_statements_take("DEFAULT")
    figures |= _timed("summary", lambda: _checked(scope, rows, clinic))
    task_type = replace(scope, task_type="task_7")
    figures |= _timed("one_task_type", lambda: queries.summarize(task_type))
    figures |= _timed("dashboard", lambda: queries.overview(days, step="day", zone=UTC_ZONE))
    by = ("client_id", "task_type", "tier")
    figures |= _timed("statement", lambda: Reading(scope).sums(*by))
    figures |= _timed("cost_report", lambda: hours.facts_of(days, UTC_ZONE))
    print("summary: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def let_statements_take(milliseconds: str) -> None:
    """Bound the statements of this process; "0" is no bound, "DEFAULT" that of a web process."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {milliseconds}")


def _checked(scope: queries.Scope, rows: int, clinic: CappedClinic) -> None:
    """Sum, and hold the sum against what was made."""
    found = queries.summarize(scope)
    cost = Attempt.objects.filter(tenant_id=clinic.tenant_id)[0].cost_nano_usd
    assert found.requests == rows + 1
    assert sum(each.cost_nano_usd for each in found.tiers) == (rows + 1) * cost


def _timed(name: str, work: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    if rounds == 1:
        return {f"{name}_ms": round(spent[0], 1)}
    return {
        f"{name}_p50_ms": round(statistics.median(spent), 1),
        f"{name}_worst_ms": round(max(spent), 1),
    }


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def fill(
    clinic: CappedClinic,
    start: datetime,
    rows: int,
    *,
    calls_of_a_journey: int = 0,
    is_spread: bool = False,
) -> None:
    """Make one request with one call, and copies of it over the whole time.

    Where journeys are wanted, so many requests after each other are of one. Spread, they are of
    several clients, task types and tiers.
    """
    asyncio.run(_first(clinic))
    step = timedelta(days=DAYS).total_seconds() / rows
    with connection.cursor() as cursor:
        cursor.execute("SELECT usage_make_partitions(%s, 2)", [start.date().replace(day=1)])
    parameters = {"start": start, "step": step, "last": rows}
    with ThreadPoolExecutor(2) as both:  # a table each
        copies = [
            both.submit(_copy_all, clinic, _copy(model, calls_of_a_journey, is_spread), parameters)
            for model in (UsageRecord, Attempt)
        ]
    for each in copies:
        each.result()
    let_statements_take("0")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    let_statements_take("DEFAULT")


def _copy_all(clinic: CappedClinic, statement: str, parameters: dict[str, Any]) -> None:
    """Run a statement for all copies, some at a time, on a connection of this thread."""
    let_statements_take("0")
    with connection.cursor() as cursor:
        for first in range(1, parameters["last"] + 1, BATCH):
            last = min(first + BATCH - 1, parameters["last"])
            some = {**parameters, "tenant": clinic.tenant_id, "first": first, "last": last}
            cursor.execute(statement, some)
    connection.close()


def _copy(model: Any, calls_of_a_journey: int, is_spread: bool) -> str:
    """Return the statement that copies a row with another id and other moments."""
    changed = {
        "id": IDENTIFIER.format(moment=MOMENT, room=1 if model is Attempt else 0),
        "request_id": IDENTIFIER.format(moment=MOMENT, room=0),
        "created_at": MOMENT,
        "admitted_at": MOMENT,
        "latency_ms": "20 + n %% 900",
    }
    if is_spread and model is UsageRecord:
        changed |= SPREAD
    if calls_of_a_journey:
        journey = f"decode(md5((n / {calls_of_a_journey})::text), 'hex')"
        changed |= {"case_hash": journey, "uniform_opus_nano_usd": "1000000"}
    columns = [field.column for field in model._meta.concrete_fields]
    values = [changed.get(column, f'copied."{column}"') for column in columns]
    return COPY.format(
        table=model._meta.db_table,
        columns=", ".join(f'"{column}"' for column in columns),
        values=", ".join(values),
    )


async def _first(clinic: CappedClinic) -> None:
    writer = ledger.Writer()
    writer.start()
    try:
        await one_call(clinic, writer)
    finally:
        await writer.close()
