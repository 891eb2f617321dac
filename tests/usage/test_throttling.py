"""Requests per minute over all workers: exact with Redis, a share each without."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis.asyncio
import time_machine

from routerproject.shared.redis import Redis
from usage.configuration import KeyGrant
from usage.errors import RateLimited
from usage.throttling import Quota, Throttle

pytestmark = pytest.mark.service
NOON = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


def grant(limit: int) -> KeyGrant:
    """Return a grant of a client that no other test knows."""
    client_id = uuid4().int >> 96
    return KeyGrant(
        key_id=1,
        prefix="x",
        client="pms",
        client_id=client_id,
        tenant="clinic",
        tenant_id=1,
        scopes=frozenset({"route"}),
        expires_at=None,
        valid_until=None,
        model_ids="ceiling",
        allowed_model_ids=frozenset(),
        requests_per_minute=limit,
        is_active=True,
        time_zone="UTC",
    )


@pytest.fixture
async def workers() -> AsyncIterator[list[Throttle]]:
    opened = [Redis(), Redis()]
    with time_machine.travel(NOON, tick=False):
        yield [Throttle(each) for each in opened]
    for each in opened:
        await each.close()


async def let_through(worker: Throttle, client: KeyGrant, count: int) -> int:
    async def one() -> bool:
        try:
            await worker.admit(client)
        except RateLimited:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(count))))


@pytest.mark.parametrize("limit", [1, 7, 60, 1_000])
async def test_workers_together_let_through_the_limit_and_no_more(workers, limit):
    client = grant(limit)
    passed = 0
    for _ in range(limit):
        passed += sum([await let_through(worker, client, 1) for worker in workers])
    assert passed <= limit
    assert passed >= limit - max(1, limit // 50) * (len(workers) - 1)


async def test_burst_at_one_worker_leaves_the_other_its_part(workers):
    """A burst takes what it needs, not a lease for each request in it."""
    client = grant(1_000)
    assert await let_through(workers[0], client, 50) == 50
    assert await let_through(workers[1], client, 900) == 900


async def test_refusal_says_when_the_minute_is_over(workers):
    client = grant(1)
    await workers[0].admit(client)
    with pytest.raises(RateLimited) as refused:
        await workers[0].admit(client)
    assert refused.value.retry_after_seconds == 30


async def test_next_minute_begins_anew(workers):
    client = grant(2)
    assert await let_through(workers[0], client, 3) == 2
    with time_machine.travel(NOON.replace(minute=1), tick=False):
        assert await let_through(workers[0], client, 3) == 2


async def test_clock_that_goes_back_does_not_give_the_limit_twice(workers):
    """The minute is one of the calendar, and Redis remembers it."""
    client = grant(50)
    assert await let_through(workers[0], client, 50) == 50
    with time_machine.travel(NOON.replace(minute=2), tick=False):
        assert await let_through(workers[0], client, 50) == 50
    with time_machine.travel(NOON, tick=False):
        assert await let_through(workers[0], client, 50) == 0


PLANTED = [b"\x80\x04pickle", b"", b"-5000000", b"1e999", b"nan", b"-nan", b"7.5", "a list"]


@pytest.mark.parametrize("planted", PLANTED)
async def test_planted_value_does_no_harm(workers, planted):
    """Whatever stands in Redis, the limit holds, and Redis is not taken to be away."""
    client, own = grant(100), redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
    key = f"rate:client:{client.client_id}:{int(NOON.timestamp() // 60)}"
    if isinstance(planted, str):
        await own.lpush(key, planted)
    else:
        await own.set(key, planted)
    used = 7 if planted == b"7.5" else 0
    assert await let_through(workers[0], client, 200) in (100 - used, 100 - used - 1)
    assert not workers[0].redis.is_away
    assert int(await own.get(key) or "none") <= 100
    await own.aclose()


async def test_without_redis_each_worker_keeps_to_its_share(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.WEB_WORKERS = 2
    alone = Redis()
    with time_machine.travel(NOON, tick=False):
        assert await let_through(Throttle(alone), grant(100), 200) == 50
    await alone.close()


async def test_clients_of_a_tenant_share_its_limit(workers: list[Throttle]):
    """Beside their own; another tenant's clients do not notice."""
    tenant = uuid4().int >> 96
    ones = [
        replace(grant(1_000), tenant_id=tenant, tenant_requests_per_minute=30) for _ in range(2)
    ]
    passed = [await let_through(workers[n], client, 25) for n, client in enumerate(ones)]
    assert sum(passed) == 30
    assert await let_through(workers[0], grant(1_000), 25) == 25


async def test_what_is_left_is_told_with_each_request(workers: list[Throttle]):
    """It counts what another worker has taken a part of; half a minute is left."""
    client = grant(limit=100)
    one, other = workers
    (first,) = await one.admit(client)
    assert first == Quota("client", limit=100, remaining=99, reset_seconds=30)
    assert (await other.admit(client))[0].remaining == 97  # two are leased to the first one
    assert [(await one.admit(client))[0].remaining for _ in range(2)] == [98, 95]


async def test_refusal_says_whose_minute_is_used_up(workers: list[Throttle]):
    client = replace(grant(limit=1_000), tenant_requests_per_minute=3)
    client = replace(client, tenant_id=client.client_id)
    left = [(await workers[0].admit(client))[0] for _ in range(3)]
    assert [(each.whose, each.remaining) for each in left] == [
        ("tenant", 2), ("tenant", 1), ("tenant", 0),
    ]  # fmt: skip
    with pytest.raises(RateLimited) as refused:
        await workers[0].admit(client)
    assert refused.value.quotas == (Quota("tenant", limit=3, remaining=0, reset_seconds=30),)
    assert refused.value.retry_after_seconds == 30


async def test_without_redis_the_share_of_a_worker_is_what_is_left(settings):
    settings.WEB_WORKERS, settings.REDIS_URL = 4, "redis://127.0.0.1:1/0"
    away = Redis()
    with time_machine.travel(NOON, tick=False):
        (first,) = await Throttle(away).admit(grant(limit=100))
    await away.close()
    assert (first.limit, first.remaining) == (100, 24)
