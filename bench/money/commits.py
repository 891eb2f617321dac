"""What the ledger adds to a call: to hold its worst case before, and to settle it after."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from django.db import connection

from bench import load, servers
from bench.clinic import CappedClinic, make_capped
from bench.load import Target, percentile
from bench.money import floor
from routerproject.shared import clock
from routerproject.shared.money import from_usd
from usage import ledger
from usage.catalog import Price
from usage.ledger.closing import Closing
from usage.pricing import TokenCounts

CALLERS = 16
CALL_SECONDS = 0.05  # of a provider
BAR_MS, BAR_STOCK_MS = 2.0, 0.51  # the bar, and the stock proxy's CPU where it was set
STOCK_REQUESTS = 1_000
BARE_COMMITS = 200
ROUNDS = 4
USED = TokenCounts(input_tokens=40, output_tokens=20)
Times = list[tuple[float, float]]  # of admit and settle, in ms
PRICE = Price(
    id=1,
    model_id="claude-haiku-4-5-20251001",
    valid_from=clock.now() - timedelta(days=1),
    input_usd=Decimal(1),
    output_usd=Decimal(5),
    cache_write_5m_usd=Decimal("1.25"),
    cache_write_1h_usd=Decimal(2),
    cache_read_usd=Decimal("0.1"),
)


def measure(calls: int = 4_000) -> dict[str, Any]:
    """Return the times of admit and settle for 16 callers, beside a writer that does nothing else.

    Callers whose calls take equally long soon all ask at once, since a group ends for all of its
    operations at once; so it is also measured with calls that take 25 to 75 ms, as real ones do.
    """
    clinic = make_capped(cap_nano_usd=from_usd(1_000_000))
    stock = statistics.median(_stock_cpu_ms() for _ in range(3))
    disk = _commit_ms()
    spent, floor = asyncio.run(_beside_the_floor(clinic, calls, spread=0.0))
    spent_spread, floor_spread = asyncio.run(_beside_the_floor(clinic, calls, spread=0.5))
    figures = {
        "calls": calls,
        "callers": CALLERS,
        "admit_p50_ms": round(percentile([admit for admit, _ in spent], 0.5), 2),
        "settle_p50_ms": round(percentile([settle for _, settle in spent], 0.5), 2),
        "both_p50_ms": _both(spent, 0.5),
        "both_p95_ms": _both(spent, 0.95),
        "floor_p50_ms": _both(floor, 0.5),
        "spread_both_p50_ms": _both(spent_spread, 0.5),
        "spread_both_p95_ms": _both(spent_spread, 0.95),
        "spread_floor_p50_ms": _both(floor_spread, 0.5),
        "bare_commit_p50_ms": round((disk + _commit_ms()) / 2, 2),
        "stock_proxy_cpu_ms": round(stock, 3),
        "bar_here_ms": round(BAR_MS * stock / BAR_STOCK_MS, 2),
    }
    print("commits: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _both(spent: Times, share: float) -> float:
    return round(percentile([admit + settle for admit, settle in spent], share), 2)


async def _beside_the_floor(
    clinic: CappedClinic, calls: int, *, spread: float
) -> tuple[Times, Times]:
    """Return the times of the ledger and of the bare writer, in interleaved rounds."""
    chance = Random(calls)

    def seconds() -> float:
        return CALL_SECONDS * chance.uniform(1 - spread, 1 + spread)

    rounds = [await _round(clinic, calls // ROUNDS, seconds) for _ in range(ROUNDS)]
    return [each for own, _ in rounds for each in own], [
        each for _, bare in rounds for each in bare
    ]


async def _round(
    clinic: CappedClinic, calls: int, seconds: Callable[[], float]
) -> tuple[Times, Times]:
    writer, bare = ledger.Writer(), floor.BareWriter()
    return (
        await _times(writer, lambda: one_call(clinic, writer, seconds()), calls),
        await _times(bare, lambda: bare.one_call(seconds()), calls),
    )


async def _times(
    writer: ledger.Writer | floor.BareWriter,
    call: Callable[[], Awaitable[tuple[float, float]]],
    calls: int,
) -> Times:
    """Return how long admit and settle took for each call, in milliseconds."""
    writer.start()
    spent: Times = []
    numbers = itertools.count()

    async def caller(position: int) -> None:
        await asyncio.sleep(CALL_SECONDS * position / CALLERS)
        while next(numbers) < calls:
            spent.append(await call())

    try:
        await asyncio.gather(*(caller(position) for position in range(CALLERS)))
    finally:
        await writer.close()
    return spent[len(spent) // 10 :]  # without the first ones, which make connection and period


async def one_call(
    clinic: CappedClinic, writer: ledger.Writer, seconds: float = CALL_SECONDS
) -> tuple[float, float]:
    """Hold, wait as for a provider, settle and close; return the times of both, in ms."""
    started = time.perf_counter()
    async with _page(clinic, writer).admitted(plan()) as entry:
        admitted = time.perf_counter()
        await asyncio.sleep(seconds)
        answered = time.perf_counter()
        entry.settle(USED, outcome="end_turn", latency_ms=50.0)
        entry.close(Closing("completed", "end_turn", 50.0))
    return (admitted - started) * 1000, (time.perf_counter() - answered) * 1000


def _page(clinic: CappedClinic, writer: ledger.Writer) -> ledger.Page:
    at = clock.now()
    row = ledger.RequestRow(
        id=clock.new_id(at),
        tenant_id=clinic.tenant_id,
        client_id=clinic.client_id,
        key_prefix="bench",
        created_at=at,
        deadline_at=at + timedelta(seconds=30),
        boot_id=uuid4(),
        config_version=clinic.config_version,
    )
    return ledger.Page(row, key_id=clinic.key_id, writer=writer)


def plan() -> ledger.AttemptPlan:
    """Return a short call of the smallest model."""
    return ledger.AttemptPlan(
        kind="main",
        tier="haiku",
        model_id=PRICE.model_id,
        deployment="anthropic-direct-haiku",
        price=PRICE,
        body=b"x" * 600,
        max_output_tokens=256,
        deadline_at=clock.now() + timedelta(seconds=30),
    )


def _commit_ms() -> float:
    """Return how long this disk takes to commit one row, alone."""
    spent = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_commit (n bigint)")
        for number in range(BARE_COMMITS):
            started = time.perf_counter()
            cursor.execute("INSERT INTO bench_commit VALUES (%s)", [number])
            spent.append((time.perf_counter() - started) * 1000)
    return percentile(spent, 0.5)


def _stock_cpu_ms() -> float:
    """Return the stock proxy's CPU per request, to which figures of another machine compare."""
    body = b'{"model":"%s","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}'
    text = body % PRICE.model_id.encode()
    headers = {"authorization": "Bearer sandbox", "anthropic-version": "2026-10-21"}
    with servers.sandbox() as provider, servers.stock_proxy(provider.url) as stock:
        target = Target("stock", f"{stock.url}/v1/messages", lambda number: text, headers)
        asyncio.run(load.run(target, callers=CALLERS, requests=60))
        before = stock.cpu_seconds()
        asyncio.run(load.run(target, callers=CALLERS, requests=STOCK_REQUESTS))
        return stock.cpu_seconds() - before
