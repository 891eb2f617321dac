"""An open-loop load generator: callers come at their own pace, whether the others were answered."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from bench.load import percentile

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Load:
    """So many requests a second, for so long, of these kinds (urgency -> share)."""

    rate: float
    seconds: float
    shares: Mapping[str, float]
    seed: int = 1


@dataclass(frozen=True)
class Asked:
    """One request as its caller saw it. `at` is in seconds since the first one."""

    urgency: str
    at: float
    status: int
    latency_ms: float
    has_retry_after: bool


@dataclass
class Seen:
    """What a load came to."""

    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, urgency: str) -> "Seen":
        return Seen([each for each in self.asked if each.urgency == urgency], self.seconds)

    @property
    def answered(self) -> list[Asked]:
        return [each for each in self.asked if each.status == 200]

    @property
    def shed(self) -> list[Asked]:
        return [each for each in self.asked if each.status == 503]

    @property
    def answered_share(self) -> float:
        return len(self.answered) / len(self.asked)

    def latency_ms(self, share: float, of: list[Asked]) -> float | None:
        """Return a percentile of the latencies of some requests; None without any."""
        return round(percentile([each.latency_ms for each in of], share), 1) if of else None


async def run(
    url: str,
    headers: Mapping[str, str],
    body: Callable[[int, str], Mapping[str, Any]],
    load: Load,
) -> Seen:
    """Send a load and return what came of it, once the last request has ended."""
    dice, seen = random.Random(load.seed), Seen()
    kinds, weights = list(load.shares), list(load.shares.values())
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        began = time.perf_counter()

        async def ask(number: int, urgency: str) -> None:
            content = orjson.dumps(body(number, urgency))
            started = time.perf_counter()
            async with session.post(url, data=content, headers=headers) as answer:
                await answer.read()
                took_ms = (time.perf_counter() - started) * 1000
                waits = "retry-after" in answer.headers
            seen.asked.append(Asked(urgency, started - began, answer.status, took_ms, waits))

        async with asyncio.TaskGroup() as group:
            for number in range(round(load.rate * load.seconds)):
                due = began + number / load.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(ask(number, dice.choices(kinds, weights)[0]))
        seen.seconds = time.perf_counter() - began
    return seen
