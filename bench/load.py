"""A closed-loop load generator: so many callers, each asks again as soon as it is answered."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Target:
    """Where to send what. `body` makes the n-th request's JSON."""

    name: str
    url: str
    body: Callable[[int], bytes]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Round:
    """What one round of one target measured. Latencies in milliseconds."""

    name: str
    requests: int
    failures: int
    seconds: float
    latencies_ms: list[float]
    cpu_ms_per_request: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)


async def run(target: Target, *, callers: int, requests: int, spread_seconds: float = 0.0) -> Round:
    """Send `requests` requests with `callers` at once and return what was measured.

    The callers begin evenly spread over `spread_seconds`: people do not ask in chorus.
    """
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    numbers = iter(range(requests))
    timeout = aiohttp.ClientTimeout(total=60)
    connector = aiohttp.TCPConnector(limit=callers)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:

        async def caller(position: int) -> None:
            await asyncio.sleep(spread_seconds * position / callers)
            for number in numbers:
                started = time.perf_counter()
                status = await _ask(session, target, number)
                latencies.append((time.perf_counter() - started) * 1000)
                statuses[status] = statuses.get(status, 0) + 1

        started = time.perf_counter()
        await asyncio.gather(*(caller(position) for position in range(callers)))
        seconds = time.perf_counter() - started
    failures = requests - statuses.get(200, 0)
    return Round(target.name, requests, failures, seconds, latencies, statuses=statuses)


async def _ask(session: aiohttp.ClientSession, target: Target, number: int) -> int:
    headers = {"content-type": "application/json", **target.headers}
    async with session.post(target.url, data=target.body(number), headers=headers) as answer:
        await answer.read()
        return answer.status


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Measured = dict[str, Any]
