"""Locks that say that an answer is being asked for: renewed while it is, and gone soon after.

One that lasted as long as a call may take would hold up everybody else with the same request for as
long when the worker that asks is killed.
"""

import asyncio
import contextlib
from typing import Final

from routerproject.shared.redis import Redis, RedisAway
from routing.cache import scripts

LIFE_MS: Final = 5_000
RENEWED_SECONDS: Final = 1.5  # after that; two may fail before a lock is lost


class Locks:
    """The locks of one process, each with the owner that it is known by."""

    def __init__(self, redis: Redis, *, renewed_seconds: float = RENEWED_SECONDS) -> None:
        self._redis = redis
        self._renewed_seconds = renewed_seconds
        self._held: dict[str, str] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def hold(self, key: str, owner: str) -> None:
        """Keep a lock alive from now on; it has been taken."""
        self._held[key] = owner
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._live(), name="answer cache locks")

    def let_go(self, key: str, owner: str) -> None:
        """Renew a lock no more."""
        if self._held.get(key) == owner:
            del self._held[key]

    async def _live(self) -> None:
        while self._held:
            await asyncio.sleep(self._renewed_seconds)
            with contextlib.suppress(RedisAway):
                for key, owner in list(self._held.items()):
                    await self._redis.run_script(scripts.RENEW, [key], [owner, LIFE_MS])
                    if self._held.get(key) != owner:  # let go meanwhile, and perhaps put back
                        await self._redis.run_script(scripts.RELEASE, [key], [owner])
