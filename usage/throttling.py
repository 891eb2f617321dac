"""Requests per minute, client and tenant over all workers, at a fraction of a Redis call each.

A worker leases a small part of the minute's allowance at a time, so the sum over workers never
passes the limit; what a worker does not use is lost with its minute. Without Redis each worker
keeps to its own share.
"""

import asyncio
import math
import time
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from routerproject.shared.redis import Redis, RedisAway
from usage.configuration import KeyGrant
from usage.errors import RateLimited

WINDOW_SECONDS: Final = 60
LEASES_PER_WINDOW: Final = 50
# Takes up to ARGV[1] of what is left of ARGV[2] in this window.
TAKE: Final = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local granted = math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - used)
if granted <= 0 then return 0 end
redis.call('INCRBY', KEYS[1], granted)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return granted
"""


@dataclass(slots=True)
class _Lease:
    """What this worker may still let through in one window."""

    window: int
    left: int = 0
    is_spent: bool = False
    used_alone: int = 0  # without Redis
    # One renewal at a time: a burst would else take a part of the allowance for each request.
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Throttle:
    """The rate limit of every client and tenant, as this worker sees it."""

    redis: Redis
    _leases: dict[str, _Lease] = field(default_factory=dict)

    async def admit(self, grant: KeyGrant) -> None:
        """Count one request, for its client and where it is limited for its tenant.

        Raises RateLimited with the seconds until the next minute.
        """
        if grant.tenant_requests_per_minute is not None:
            await self._count("tenant", grant.tenant_id, grant.tenant_requests_per_minute)
        await self._count("client", grant.client_id, grant.requests_per_minute)

    async def _count(self, kind: str, number: int, limit: int) -> None:
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        caller = f"{kind}:{number}"
        lease = self._leases.get(caller)
        if lease is None or lease.window != window:
            lease = self._leases[caller] = _Lease(window)
        if lease.left == 0:
            async with lease.renewing:
                if lease.left == 0 and not lease.is_spent:
                    await self._renew(lease, caller, limit)
        if lease.left == 0:
            wait = math.ceil((window + 1) * WINDOW_SECONDS - now)
            raise RateLimited(
                f"This {kind} may make {limit} requests a minute.",
                retry_after_seconds=max(1, wait),
            )
        lease.left -= 1

    async def _renew(self, lease: _Lease, caller: str, limit: int) -> None:
        wanted = max(1, limit // LEASES_PER_WINDOW)
        key = f"rate:{caller}:{lease.window}"
        try:
            granted = await self.redis.run_script(TAKE, [key], [wanted, limit, 2 * WINDOW_SECONDS])
        except RedisAway:
            share = max(1, limit // settings.WEB_WORKERS)
            granted = min(wanted, share - lease.used_alone)
            lease.used_alone += max(0, granted)
            lease.left += max(0, granted)
            return
        lease.left += granted
        lease.is_spent = granted == 0
