"""One worker's view of all breakers: asked without waiting, kept in step with the other workers.

A call that goes well costs two additions here and nothing in Redis; what adds up is told twice a
second. A failure is told at once. While Redis is away, this worker's own copy decides.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import structlog

from routerproject.shared.redis import Redis, RedisAway
from usage.capacity import scripts
from usage.capacity.breaker import Breaker
from usage.ledger.rows import BOOT_ID

EXCHANGE_SECONDS: Final = 0.5
PASSES, PROBES = 1, 2  # what the script says of a call that wants to go
REDIS_CLOCK: Final = ""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Passage:
    """A call that was let through, until it is told how it went."""

    slug: str
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call went, from the breaker's view. `cause` is a code, never a provider's words."""

    went: Literal["well", "badly", "nowhere"]
    cause: str = ""
    open_for_ms: int = 0  # open at once, for so long


@dataclass(slots=True)
class _View:
    breaker: Breaker = field(default_factory=Breaker)
    untold: int = 0  # calls that went well since the last exchange
    is_news: bool = False  # it was opened, or for longer, while Redis was away
    flying: int = 0


class Board:
    """All breakers, as this worker sees them. Start it in the server's lifespan, close it after."""

    def __init__(self, redis: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._views: dict[str, _View] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="breaker board")

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def health(self) -> Mapping[str, bool]:
        """Return, by slug, the deployments that may not be called now; the others may."""
        now = self._now()
        return {
            slug: False for slug, view in self._views.items() if not view.breaker.would_pass(now)
        }

    def seconds_closed(self, slug: str) -> float:
        """Return how long a deployment may not be called yet, as far as is known."""
        breaker = self._view(slug).breaker
        return max(0, max(breaker.open_until, breaker.probe_until) - self._now()) / 1000

    async def enter(self, slug: str) -> Passage | None:
        """Return the passage of a call, or None while the breaker is open or being probed."""
        view = self._view(slug)
        passing = PASSES
        if view.breaker.is_open:
            passing = await self._enter_open(slug, view)
        if not passing:
            return None
        view.flying += 1
        return Passage(slug, is_probe=passing == PROBES)

    async def leave(self, passage: Passage, ending: Ending) -> None:
        """Count how a call ended."""
        view = self._view(passage.slug)
        view.flying -= 1
        if passage.is_probe:
            await self._probed(passage.slug, view, ending)
        elif ending.went == "well":
            view.breaker.report(self._now(), well=1)
            view.untold += 1
        elif ending.went == "badly":
            await self._failed(passage.slug, view, ending)

    async def exchange(self) -> None:
        """Tell the others what went well here, and learn which breakers are open.

        Redis is asked even where there is nothing to tell: so it is known whether it is there.
        """
        views = list(self._views.items())
        with contextlib.suppress(RedisAway):
            for slug, view in views:
                await self._tell_news(slug, view)
        keys = [key for slug, _ in views for key in _keys(slug, scripts.flight_key)]
        counts = [(view.untold, view.flying) for _, view in views]
        arguments = [REDIS_CLOCK, str(BOOT_ID), *(n for pair in counts for n in pair)]
        try:
            told = await self._redis.run_script(scripts.EXCHANGE, keys, arguments)
        except RedisAway:
            return
        for (slug, view), (untold, _), state in zip(views, counts, told, strict=True):
            view.untold -= untold
            self._mirror(slug, view, state)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EXCHANGE_SECONDS)
            await self.exchange()

    async def _enter_open(self, slug: str, view: _View) -> int:
        state = await self._act(slug, view, "enter")
        if state is not None:
            return int(state[3])
        return {"passes": PASSES, "probes": PROBES}.get(view.breaker.enter(self._now()), 0)

    async def _failed(self, slug: str, view: _View, ending: Ending) -> None:
        untold, view.untold = view.untold, 0
        until = view.breaker.open_until
        view.breaker.report(self._now(), badly=1)
        if ending.open_for_ms:
            view.breaker.trip(self._now(), ending.open_for_ms)
        state = await self._act(slug, view, "report", untold, 1, ending.cause)
        if ending.open_for_ms and state is not None:
            state = await self._act(slug, view, "trip", ending.open_for_ms)
        view.is_news |= state is None and view.breaker.open_until > until
        if view.breaker.is_open and not until:
            log.error("breaker.opened", deployment=slug, cause=ending.cause)

    async def _probed(self, slug: str, view: _View, ending: Ending) -> None:
        until = view.breaker.open_until
        view.breaker.probed(self._now(), ending.went)
        cause = ending.cause if ending.went == "badly" else ""
        state = await self._act(slug, view, "probed", ending.went, "", cause)
        if ending.open_for_ms:
            view.breaker.trip(self._now(), ending.open_for_ms)
            state = await self._act(slug, view, "trip", ending.open_for_ms)
        view.is_news |= state is None and view.breaker.open_until > until

    async def _act(self, slug: str, view: _View, what: str, *arguments: Any) -> list[int] | None:
        """Return what the shared breaker is after something happened; None while Redis is away."""
        try:
            await self._tell_news(slug, view)
            state = await self._acted(slug, what, *arguments)
        except RedisAway:
            return None
        self._mirror(slug, view, state)
        return state

    async def _tell_news(self, slug: str, view: _View) -> None:
        """Tell the others that a breaker was opened here meanwhile, before asking what they know:
        they would say that it is closed. Raises RedisAway."""
        if view.is_news and view.breaker.is_open:
            await self._acted(slug, "trip", max(0, view.breaker.open_until - self._now()))
        view.is_news = False

    async def _acted(self, slug: str, what: str, *arguments: Any) -> list[int]:
        keys = _keys(slug, scripts.failures_key)
        state: list[int] = await self._redis.run_script(
            scripts.ACT, keys, [REDIS_CLOCK, what, *arguments]
        )
        return state

    def _mirror(self, slug: str, view: _View, state: list[int]) -> None:
        """Take over what all workers together found, unless this one has news for them."""
        if view.is_news:
            return
        is_open, open_ms, probe_ms, _ = state
        was_open, now, own = view.breaker.is_open, self._now(), view.breaker
        if not is_open and was_open:
            own.close()
            log.info("breaker.closed", deployment=slug)
        elif is_open:
            own.open_until = now + open_ms
            own.probe_until = now + probe_ms if probe_ms else 0

    def _view(self, slug: str) -> _View:
        return self._views.setdefault(slug, _View())

    def _now(self) -> int:
        return max(1, int(self._monotonic() * 1000))


def _keys(slug: str, second: Callable[[str], str]) -> list[str]:
    return [scripts.state_key(slug), second(slug)]
