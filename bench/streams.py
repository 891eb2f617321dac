"""What a streamed answer costs, and what `/v1/messages` does: CPU, first token, stalls.

The provider, a stock Django proxy and the router are asked in interleaved rounds of one run. CPU
time of the router alone is the steadiest figure; a stall is the longest silence in any stream.
"""

import asyncio
import json
import statistics
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import django

from bench import load, servers
from bench.load import Target, percentile
from bench.main_path import MODEL, PATIENT, PROMPT
from bench.servers import Server

DELTA_CHARACTERS = 12
STOCK = "stock Django proxy"
FIRST_DELTA = b"content_block_delta"


@dataclass(frozen=True)
class Setup:
    """So many streams at once, so many in all."""

    name: str
    callers: int
    streams: int
    rounds: int
    deltas: int = 100
    pace_ms: int = 5
    spread_seconds: float = 0.0  # over which the callers begin


SETUPS = (
    Setup("streams, 16 at once", callers=16, streams=64, rounds=5),
    Setup(
        "streams, 128 at once",
        callers=128,
        streams=128,
        rounds=3,
        deltas=80,
        pace_ms=50,
        spread_seconds=2.0,
    ),
)
MESSAGES = "messages, concurrency 16"


@dataclass
class Seen:
    """What the readers of one round saw, in milliseconds."""

    first_ms: list[float] = field(default_factory=list)
    longest_gap_ms: float = 0.0
    whole: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    cpu_ms_per_100_deltas: float = 0.0


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure every setup (or those whose name holds an argument) and return the figures."""
    django.setup()
    from bench.clinic import make_clinic

    key = make_clinic()
    figures: dict[str, Any] = {}
    for setup in SETUPS:
        if not arguments or any(a in setup.name for a in arguments):
            figures[setup.name] = _streams(setup, key)
    if not arguments or any(a in MESSAGES for a in arguments):
        figures[MESSAGES] = _messages(key)
    return figures


def _streams(setup: Setup, key: str) -> dict[str, Any]:
    print(
        f"\n{setup.name}: {setup.rounds} rounds of {setup.streams} streams of {setup.deltas} deltas"
    )
    with (
        servers.sandbox() as provider,
        servers.stock_proxy(provider.url) as stock,
        servers.router(provider.url) as router,
    ):
        _pace(provider, setup.pace_ms)
        running = {"direct": provider, STOCK: stock, "router": router}
        targets = {
            "direct": _direct(provider, setup.deltas),
            STOCK: _direct(stock, setup.deltas),
            "router": _routed(router, key, setup.deltas),
        }
        rounds: dict[str, list[Seen]] = {name: [] for name in targets}
        for target in targets.values():
            asyncio.run(_read_all(target, setup, setup.callers))  # warm up
        for _ in range(setup.rounds):
            for name, target in targets.items():
                rounds[name].append(_round(target, running[name], setup))
    found = {name: _figures(seen, setup) for name, seen in rounds.items()}
    found["router"]["added_first_p50_ms"] = round(
        found["router"]["first_p50_ms"] - found["direct"]["first_p50_ms"], 2
    )
    cpu = found["router"]["cpu_ms_per_100_deltas"] / found[STOCK]["cpu_ms_per_100_deltas"]
    found["router"]["cpu_against_stock"] = round(cpu, 2)
    _print(found)
    return found


def _round(target: Target, server: Server, setup: Setup) -> Seen:
    before = server.cpu_seconds()
    seen = asyncio.run(_read_all(target, setup, setup.streams))
    spent_ms = (server.cpu_seconds() - before) * 1000
    seen.cpu_ms_per_100_deltas = spent_ms / setup.streams * 100 / setup.deltas
    return seen


async def _read_all(target: Target, setup: Setup, streams: int) -> Seen:
    seen = Seen()
    numbers = iter(range(streams))
    connector = aiohttp.TCPConnector(limit=setup.callers)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def caller(position: int) -> None:
            await asyncio.sleep(setup.spread_seconds * position / setup.callers)
            for number in numbers:
                await _read(session, target, number, seen)

        await asyncio.gather(*(caller(position) for position in range(setup.callers)))
    return seen


async def _read(session: aiohttp.ClientSession, target: Target, number: int, seen: Seen) -> None:
    headers = {"content-type": "application/json", **target.headers}
    started = last = time.perf_counter()
    is_first, is_whole = True, False
    async with session.post(target.url, data=target.body(number), headers=headers) as answer:
        seen.statuses[answer.status] += 1
        async for chunk in answer.content.iter_any():
            now = time.perf_counter()
            if not is_first:
                seen.longest_gap_ms = max(seen.longest_gap_ms, (now - last) * 1000)
            elif FIRST_DELTA in chunk:
                is_first = False
                seen.first_ms.append((now - started) * 1000)
            last = now
            is_whole = is_whole or b"message_stop" in chunk
    seen.whole += is_whole


def _pace(provider: Server, milliseconds: int) -> None:
    rule = {"share": 1.0, "chunk_ms": milliseconds, "chunk_chars": DELTA_CHARACTERS}
    request = urllib.request.Request(
        f"{provider.url}/_sandbox/script", data=json.dumps(rule).encode()
    )
    urllib.request.urlopen(request).close()


def _text(name: str, number: int, deltas: int) -> str:
    line = f"{name} came in for visit {number}, stable. "
    return "ECHO:" + (line * deltas)[: deltas * DELTA_CHARACTERS]


def _direct(server: Server, deltas: int) -> Target:
    def body(number: int) -> bytes:
        turns = [{"role": "user", "content": _text("PHI_NAME_7KQ2M", number, deltas)}]
        asked = {"model": MODEL, "max_tokens": 2_000, "messages": turns, "stream": True}
        return json.dumps(asked).encode()

    headers = {"authorization": "Bearer sandbox", "anthropic-version": "2026-10-21"}
    return Target("direct", f"{server.url}/v1/messages", body, headers)


def _routed(router: Server, key: str, deltas: int) -> Target:
    def body(number: int) -> bytes:
        asked = {
            "prompt": _text(PATIENT["name"], number, deltas),
            "task_type": "encounter_summary",
            "max_tokens": 2_000,
            "patient": PATIENT,
            "stream": True,
            "cache": False,
            "llm_classifier": False,
        }
        return json.dumps(asked).encode()

    return Target("router", f"{router.url}/api/v1/route", body, {"authorization": f"Bearer {key}"})


def _messages(key: str, *, requests: int = 1_500, rounds: int = 5) -> dict[str, Any]:
    """Measure plain requests of a client of Anthropic's API."""
    print(f"\n{MESSAGES}: {rounds} rounds of {requests} requests per target")
    with (
        servers.sandbox() as provider,
        servers.stock_proxy(provider.url) as stock,
        servers.router(provider.url) as router,
    ):
        running = {STOCK: stock, "router": router}
        sent = {
            STOCK: {"authorization": "Bearer x", "anthropic-version": "2026-10-21"},
            "router": {
                "x-api-key": key,
                "x-router-task-type": "encounter_summary",
                "x-router-cache": "false",
            },
        }
        targets = {
            name: Target(name, f"{server.url}/v1/messages", _message, sent[name])
            for name, server in running.items()
        }
        for target in targets.values():
            asyncio.run(load.run(target, callers=16, requests=100))
        cpu: dict[str, list[float]] = {name: [] for name in targets}
        failures = 0
        for _ in range(rounds):
            for name, target in targets.items():
                before = running[name].cpu_seconds()
                failures += asyncio.run(load.run(target, callers=16, requests=requests)).failures
                spent = running[name].cpu_seconds() - before
                cpu[name].append(spent * 1000 / requests)
    found: dict[str, Any] = {
        name: {"cpu_ms": round(statistics.median(each), 3)} for name, each in cpu.items()
    }
    found["failures"] = failures
    ratio = found["router"]["cpu_ms"] / found[STOCK]["cpu_ms"]
    found["router"]["cpu_against_stock"] = round(ratio, 2)
    print(f"  {found}")
    return found


def _message(number: int) -> bytes:
    text = PROMPT.format(name=PATIENT["name"], mrn=PATIENT["mrn"], n=number)
    turns = [{"role": "user", "content": text}]
    return json.dumps({"model": MODEL, "max_tokens": 256, "messages": turns}).encode()


def _figures(rounds: list[Seen], setup: Setup) -> dict[str, Any]:
    first = [value for each in rounds for value in each.first_ms]
    return {
        "streams": setup.streams * setup.rounds,
        "broken": setup.streams * setup.rounds - sum(each.whole for each in rounds),
        "statuses": dict(sum((each.statuses for each in rounds), Counter())),
        "cpu_ms_per_100_deltas": round(
            statistics.median(each.cpu_ms_per_100_deltas for each in rounds), 2
        ),
        "first_p50_ms": round(percentile(first, 0.5), 2),
        "first_p95_ms": round(percentile(first, 0.95), 2),
        "longest_gap_ms": round(max(each.longest_gap_ms for each in rounds), 1),
    }


def _print(figures: dict[str, dict[str, Any]]) -> None:
    for name, each in figures.items():
        shown = "  ".join(f"{key} {value}" for key, value in each.items())
        print(f"  {name:20} {shown}")
