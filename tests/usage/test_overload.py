"""Far more calls than a deployment takes, in hours that pass in a moment: who is served, who not.

The clock is the event loop's own, which leaps to the next thing to do, so that nothing depends on
how fast the machine is. Redis is away: the rules are the same in each worker by itself.
"""

import asyncio
import random
import selectors
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from routerproject.shared.redis import Redis
from tests.usage.test_allowance import place
from usage.capacity.allowance import Need
from usage.capacity.limiter import Full, Limiter

AT_ONCE, CALL_SECONDS = 10, 1.0
LOAD_SECONDS = 30
SHARES: Final = {"real_time": 0.08, "interactive": 0.72, "background": 0.2}
PATIENCE_SECONDS = 5.0


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock leaps over every wait."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        return self.now


class _Leaping(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout else timeout)
        if not ready and timeout:
            self._loop.now += timeout
        return ready


@dataclass
class Seen:
    asked: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    in_time: int = 0  # served while the load went on
    at_once: int = 0  # turned away without any wait
    waits: set[int] = field(default_factory=set)  # that those were told who were turned away
    most_calls: int = 0
    calls: int = 0


async def overload(times: float, seed: int) -> Seen:
    """Ask for so many times what the deployment can do, at moments that the seed decides."""
    dice, seen, loop = random.Random(seed), Seen(), asyncio.get_running_loop()
    redis = Redis()
    limiter, where = Limiter(redis, monotonic=loop.time), place(max_concurrency=AT_ONCE)

    async def ask(urgency: str) -> None:
        seen.asked[urgency] += 1
        since, need = loop.time(), Need(10, 10, is_urgent=urgency == "real_time")
        try:
            lease = await limiter.take(
                where,
                need,
                urgency=urgency,
                patience_seconds=PATIENCE_SECONDS,
            )
        except Full as full:
            seen.waits.add(full.retry_after_seconds)
            seen.at_once += loop.time() == since
            return
        seen.calls += 1
        seen.most_calls = max(seen.most_calls, seen.calls)
        await asyncio.sleep(CALL_SECONDS)
        seen.calls -= 1
        await limiter.give_back(lease, input_tokens=10, output_tokens=10)
        seen.served[urgency] += 1
        seen.in_time += loop.time() <= LOAD_SECONDS

    rate = AT_ONCE / CALL_SECONDS * times
    async with asyncio.TaskGroup() as group:
        for _ in range(int(rate * LOAD_SECONDS)):
            await asyncio.sleep(dice.expovariate(rate))
            group.create_task(ask(dice.choices(list(SHARES), list(SHARES.values()))[0]))
    await limiter.close()
    await redis.close()
    return seen


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 51))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("times", "share_of_capacity"), [(2, 0.95), (10, 0.9)])
def test_overloaded_deployment_goes_on_and_point_of_care_work_with_it(
    settings: Any, times: float, share_of_capacity: float, seed: int
):
    settings.REDIS_URL, settings.WEB_WORKERS = "redis://127.0.0.1:1/0", 1
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        seen = runner.run(overload(times, seed))
    # The call that is kept for point-of-care work may stand empty.
    capacity = (AT_ONCE - 1) / CALL_SECONDS * (LOAD_SECONDS - CALL_SECONDS)
    assert seen.in_time >= share_of_capacity * capacity
    assert seen.most_calls <= AT_ONCE
    assert min(seen.waits) >= 1
    assert seen.served["real_time"] >= 0.999 * seen.asked["real_time"]
    assert seen.served["background"] < 0.5 * seen.asked["background"]
    # But for those who came before it was seen how fast the line moves, or whom others passed by.
    shed = seen.asked.total() - seen.served.total()
    assert seen.at_once > 0.85 * shed
