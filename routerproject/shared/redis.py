"""Redis as a cache that may vanish at any moment: every wait is short, and a dead one is skipped.

Nothing that must not be lost is kept there.
"""

import time
from typing import Any

import redis.asyncio
import redis.exceptions
from django.conf import settings

SKIP_SECONDS = 1.0  # after a failure, calls go without Redis for this long


class RedisAway(Exception):
    """Redis did not answer in time; go on without it."""


class Redis:
    """One connection pool per process, with a breaker."""

    def __init__(self) -> None:
        seconds = settings.REDIS_TIMEOUT_MS / 1000
        self._client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=None,
            health_check_interval=0,
        )
        self._skip_until = 0.0

    async def run_script(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        """Return what a Lua script returns, or raise RedisAway."""
        if time.monotonic() < self._skip_until:
            raise RedisAway
        try:
            return await self._client.eval(script, len(keys), *keys, *arguments)
        except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
            self._skip_until = time.monotonic() + SKIP_SECONDS
            raise RedisAway from error

    @property
    def is_away(self) -> bool:
        return time.monotonic() < self._skip_until

    async def close(self) -> None:
        await self._client.aclose()
