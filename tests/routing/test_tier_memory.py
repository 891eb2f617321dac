"""What is remembered of a conversation's tier: it rises only, and Redis may be away or lie."""

import os
from collections.abc import AsyncIterator

import pytest
import redis as sync_redis

from routerproject.shared.redis import Redis
from routing import tier_memory
from routing.tier_memory import TierMemory, key_of

pytestmark = pytest.mark.service
TIERS = ("haiku", "sonnet", "opus")
KEY = key_of("7", "session:one", "")


@pytest.fixture
def server():
    with sync_redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.delete(KEY)
        yield client
        client.delete(KEY)


@pytest.fixture
async def workers(server) -> AsyncIterator[tuple[TierMemory, TierMemory]]:
    clients = Redis(), Redis()
    yield TierMemory(clients[0]), TierMemory(clients[1])
    for client in clients:
        await client.close()


async def test_a_worker_knows_what_another_one_decided(workers):
    here, there = workers
    here.remember(KEY, "opus", TIERS)
    assert await here.tier_of(KEY, TIERS) == "opus"  # at once
    await here.close()
    assert await there.tier_of(KEY, TIERS) == "opus"


async def test_whoever_writes_last_lowers_nothing(workers, server):
    here, there = workers
    there.remember(KEY, "opus", TIERS)
    await there.close()
    here.remember(KEY, "sonnet", TIERS)
    await here.close()
    assert await here.tier_of(KEY, TIERS) == "opus"
    assert 0 < server.ttl(KEY) <= tier_memory.KEPT_SECONDS


async def test_the_lowest_tier_is_not_worth_a_write(workers, server):
    workers[0].remember(KEY, "haiku", TIERS)
    await workers[0].close()
    assert not server.exists(KEY)


@pytest.mark.parametrize("value", [b"", b"opus", b"9 gpt", b"x opus ", b"\xff\xfe", b"-1"])
async def test_what_somebody_else_wrote_names_no_tier(workers, server, value):
    server.set(KEY, value)
    assert await workers[0].tier_of(KEY, TIERS) is None
    workers[0].remember(KEY, "sonnet", TIERS)
    await workers[0].close()
    assert await workers[1].tier_of(KEY, TIERS) in ("sonnet", None)


async def test_without_redis_a_process_remembers_its_own(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client = Redis()
    alone = TierMemory(client)
    alone.remember(KEY, "sonnet", TIERS)
    await alone.close()
    assert await alone.tier_of(KEY, TIERS) == "sonnet"
    await client.close()


async def test_a_process_remembers_so_many_conversations(workers, monkeypatch):
    monkeypatch.setattr(tier_memory, "MOST_KEPT", 2)
    for n in range(4):
        workers[0].remember(f"{KEY}:{n}", "opus", TIERS)
    assert len(workers[0]._own) == 2
    await workers[0].close()


def test_a_key_shows_nothing_of_what_names_the_conversation():
    assert "one" not in KEY
    assert key_of("7", "session:one", "yes_no") != KEY != key_of("8", "session:one", "")
