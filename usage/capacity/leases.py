"""The leases of one worker's calls: kept alive while their calls run, and gone soon after.

A lease lasts for some seconds and is renewed, whoever granted it. So what a worker that was killed
held is free again soon, however long its calls would have gone on; and a Redis that comes back, or
comes back empty, learns which calls are under way.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from routerproject.shared.redis import Redis, RedisAway
from usage.capacity import allowance_scripts as scripts

REDIS_CLOCK: Final = ""
LIFE_MS: Final = 15_000
RENEWED_SECONDS: Final = 5.0  # after that; two may fail before a lease is lost
TENDED_SECONDS: Final = 0.5  # how often it is looked whether there is anything to do
MOST_AT_ONCE: Final = 1_000
Ids = dict[str, set[str]]  # by deployment


class Leases:
    """Which leases this worker holds, and which Redis may still count that nobody holds."""

    def __init__(
        self,
        redis: Redis,
        *,
        freed: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._freed = freed  # told of a deployment some of whose leases were given back late
        self._monotonic = monotonic
        self._held: Ids = defaultdict(set)
        self._owed: Ids = defaultdict(set)
        self._renew_at = 0.0
        self._tending: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)

    def hold(self, slug: str, id_: str) -> None:
        """Keep a lease alive from now on."""
        self._drop(self._owed, slug, id_)
        self._held[slug].add(id_)
        self._tend()

    def let_go(self, slug: str, id_: str) -> None:
        """Renew a lease no more; it is given back, or owed."""
        self._drop(self._held, slug, id_)

    def owe(self, slug: str, id_: str) -> None:
        """Have a lease given back as soon as Redis answers: no other call could go in its place."""
        self._owed[slug].add(id_)
        self._tend()

    def _tend(self) -> None:
        if self._tending is None or self._tending.done():
            self._renew_at = self._monotonic() + RENEWED_SECONDS
            self._tending = asyncio.create_task(self._live(), name="leases")

    async def _live(self) -> None:
        while self._held or self._owed:
            await asyncio.sleep(TENDED_SECONDS)
            with contextlib.suppress(RedisAway):
                await self._return_owed()
                if self._monotonic() >= self._renew_at:
                    await self._renew()
                    self._renew_at = self._monotonic() + RENEWED_SECONDS

    async def _return_owed(self) -> None:
        for slug, ids in _parts(self._owed):
            await self._redis.run_script(scripts.RETURN, [scripts.leases_key(slug)], ids)
            for id_ in ids:
                self._drop(self._owed, slug, id_)
            self._freed(slug)

    async def _renew(self) -> None:
        for slug, ids in _parts(self._held):
            arguments = [REDIS_CLOCK, LIFE_MS, *ids]
            await self._redis.run_script(scripts.RENEW, [scripts.leases_key(slug)], arguments)
            # One that ended meanwhile may have been put back.
            for id_ in set(ids) - self._held.get(slug, set()):
                self.owe(slug, id_)

    @staticmethod
    def _drop(among: Ids, slug: str, id_: str) -> None:
        ids = among.get(slug, set())
        ids.discard(id_)
        if not ids:
            among.pop(slug, None)


def _parts(among: Ids) -> Iterator[tuple[str, list[str]]]:
    """Yield what there is now, in pieces that one call may have."""
    for slug, ids in [(slug, list(ids)) for slug, ids in among.items()]:
        for start in range(0, len(ids), MOST_AT_ONCE):
            yield slug, ids[start : start + MOST_AT_ONCE]
