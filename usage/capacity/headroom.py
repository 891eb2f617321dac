"""How much is free at each deployment that has limits, as one worker knows it.

A call that is let through tells it; between calls it is looked up, since other workers take as well
and calls end. Without that, a worker sends its next call to a place that has long been full.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from routerproject.shared.redis import Redis, RedisAway
from usage.capacity import allowance_scripts as scripts
from usage.capacity.allowance import Limited, Limits

REDIS_CLOCK: Final = ""
HOLDS_SECONDS: Final = 2.0  # after that nothing is known any more
LOOK_SECONDS: Final = 0.5
REMEMBERED_SECONDS: Final = 300.0  # after its last call here nobody looks at a place any more


@dataclass(slots=True)
class _Seen:
    place: Limited
    asked_at: float
    share: float = 1.0
    at: float = float("-inf")


class Headroom:
    """Start it in the server's lifespan, close it after; without that it knows of calls alone."""

    def __init__(self, redis: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._seen: dict[str, _Seen] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._looking = asyncio.create_task(self._live(), name="headroom")

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def shares(self) -> Mapping[str, float]:
        """Return the free share, 0 to 1, of the places of which it is known, by slug."""
        since = self._monotonic() - HOLDS_SECONDS
        return {slug: seen.share for slug, seen in self._seen.items() if seen.at >= since}

    def saw(self, place: Limited, share: float) -> None:
        """Note what a call at a place was told."""
        now = self._monotonic()
        self._seen[place.slug] = _Seen(place, now, share, now)

    async def look(self) -> None:
        """See what is free at the places that were asked lately, whoever took the rest."""
        since = self._monotonic() - REMEMBERED_SECONDS
        self._seen = {slug: seen for slug, seen in self._seen.items() if seen.asked_at >= since}
        places = list(self._seen.values())
        if not places:
            return
        keys = [key for seen in places for key in scripts.keys(seen.place.slug)]
        limits = [number for seen in places for number in Limits.of(seen.place).numbers]
        with contextlib.suppress(RedisAway):
            found = await self._redis.run_script(scripts.SEE, keys, [REDIS_CLOCK, *limits])
            for seen, share in zip(places, found, strict=True):
                seen.share, seen.at = float(share), self._monotonic()

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
