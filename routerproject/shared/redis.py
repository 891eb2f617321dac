"""Redis as a cache that may vanish at any moment: every wait is short, and a dead one is skipped.

Nothing that must not be lost is kept there.
"""

import asyncio
import hashlib
import time
from functools import lru_cache
from typing import Any

import redis
import redis.asyncio
import redis.exceptions
from django.conf import settings

SKIP_SECONDS = 1.0  # after a failure, calls go without Redis for this long
FAILURES = (redis.exceptions.RedisError, OSError, TimeoutError)


class RedisAway(Exception):
    """Redis did not answer in time; go on without it."""


class Redis:
    """One connection pool per process, with a breaker."""

    def __init__(self) -> None:
        self._client = redis.asyncio.Redis.from_url(settings.REDIS_URL, **_limits())
        self._skip_until = 0.0
        self.is_away = False  # as the last call that was tried found it

    async def run_script(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        """Return what a Lua script returns, or raise RedisAway.

        All of it, connecting included, takes no longer than the one time that a request has for
        Redis.
        """
        if time.monotonic() < self._skip_until:
            raise RedisAway
        try:
            async with asyncio.timeout(settings.REDIS_TIMEOUT_MS / 1000):
                found = await self._run(script, keys, arguments)
        except FAILURES as error:
            _pass_on_cancellation()
            self._skip_until = time.monotonic() + SKIP_SECONDS
            self.is_away = True
            raise RedisAway from error
        self.is_away = False
        _pass_on_cancellation()
        return found

    async def close(self) -> None:
        await self._client.aclose()

    async def _run(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        """Run a script by its digest; it is sent in full once, and again after a restart."""
        try:
            return await self._client.evalsha(_digest(script), len(keys), *keys, *arguments)
        except redis.exceptions.NoScriptError:
            return await self._client.eval(script, len(keys), *keys, *arguments)


def run_script_now(script: str, keys: list[str], arguments: list[Any]) -> Any:
    """Return what a Lua script returns, for pages: they may block. Raises RedisAway."""
    with redis.Redis.from_url(settings.REDIS_URL, **_limits()) as client:
        try:
            return client.eval(script, len(keys), *keys, *arguments)
        except FAILURES as error:
            raise RedisAway from error


def _pass_on_cancellation() -> None:
    """Go on with a cancellation that the client (8.1) swallowed while it waited for an answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _limits() -> dict[str, Any]:
    seconds = settings.REDIS_TIMEOUT_MS / 1000
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": None,
        "health_check_interval": 0,
    }


@lru_cache(maxsize=32)
def _digest(script: str) -> str:
    """Return the name by which Redis knows a script that it has seen."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
