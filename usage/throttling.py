"""Requests per minute, client and tenant over all workers, at a fraction of a Redis call each.

A worker leases a small part of the minute's allowance at a time, so the sum over workers never
passes the limit; what a worker does not use is lost with its minute. Without Redis each worker
keeps to its own share. What is left of a minute is what this worker has seen of it: others may have
used more since it last asked for a part.
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
# Takes up to ARGV[1] of what is left of ARGV[2] in this window; returns that and what then is left.
# What somebody else put there counts as nothing: an error would count as Redis being away.
TAKE: Final = """
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then redis.call('DEL', KEYS[1]) end
local used = type(found) == 'string' and tonumber(found) or 0
if not (used >= 0 and used < 1e15) then used = 0 end
local granted = math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - used)
if granted <= 0 then return {0, 0} end
redis.call('SET', KEYS[1], string.format('%.0f', used + granted), 'EX', ARGV[3])
return {granted, ARGV[2] - used - granted}
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests or tokens somebody may use in a minute, and how many of them are left."""

    whose: str  # client | tenant
    limit: int
    remaining: int  # as far as this worker knows
    reset_seconds: int  # until the next minute; of tokens, until all of them are left
    unit: str = "requests"  # requests | input_tokens | output_tokens


@dataclass(slots=True)
class _Lease:
    """What this worker may still let through in one window."""

    window: int
    left: int = 0
    beyond: int = 0  # what Redis had left for all when this worker last took a part
    is_spent: bool = False
    used_alone: int = 0  # without Redis
    # One renewal at a time: a burst would else take a part of the allowance for each request.
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Throttle:
    """The rate limit of every client and tenant, as this worker sees it."""

    redis: Redis
    _leases: dict[str, _Lease] = field(default_factory=dict)

    async def admit(self, grant: KeyGrant) -> tuple[Quota, ...]:
        """Count one request, for its client and where it is limited for its tenant.

        Returns what is left to both. Raises RateLimited with the seconds until the next minute.
        """
        quotas = []
        if grant.tenant_requests_per_minute is not None:
            limit = grant.tenant_requests_per_minute
            quotas.append(await self._count("tenant", grant.tenant_id, limit))
        quotas.append(await self._count("client", grant.client_id, grant.requests_per_minute))
        return tuple(quotas)

    async def _count(self, kind: str, number: int, limit: int) -> Quota:
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
        wait = max(1, math.ceil((window + 1) * WINDOW_SECONDS - now))
        if lease.left == 0:
            refused = RateLimited(
                f"This {kind} may make {limit} requests a minute.", retry_after_seconds=wait
            )
            refused.quotas = (Quota(kind, limit, 0, wait),)
            raise refused
        lease.left -= 1
        # A limit that was lowered within the minute does not leave more than it is.
        return Quota(kind, limit, min(limit, lease.left + lease.beyond), wait)

    async def _renew(self, lease: _Lease, caller: str, limit: int) -> None:
        wanted = max(1, limit // LEASES_PER_WINDOW)
        key = f"rate:{caller}:{lease.window}"
        try:
            found = await self.redis.run_script(TAKE, [key], [wanted, limit, 2 * WINDOW_SECONDS])
        except RedisAway:
            share = max(1, limit // settings.WEB_WORKERS)
            granted = max(0, min(wanted, share - lease.used_alone))
            lease.used_alone += granted
            lease.left += granted
            lease.beyond = max(0, share - lease.used_alone)
            return
        granted, lease.beyond = (int(each) for each in found)
        lease.left += granted
        lease.is_spent = granted == 0
