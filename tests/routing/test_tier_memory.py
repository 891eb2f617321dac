"""What is remembered of a conversation's tier: it rises only, and Redis may be away or lie."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis as sync_redis

from routerproject.shared.redis import Redis
from routing import tier_memory
from routing.tier_memory import TierMemory, key_of
from tests.patience import LIMIT_SECONDS

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
    await here.remember(KEY, "opus", TIERS)
    assert await here.tier_of(KEY, TIERS) == "opus"
    assert await there.tier_of(KEY, TIERS) == "opus", "before the answer leaves"


async def test_turns_that_end_together_are_written_together(workers, monkeypatch):
    here, there = workers
    writes: list[int] = []
    put = here._put

    async def counted(news: dict[str, tuple[int, str]]) -> None:
        writes.append(len(news))
        await put(news)

    monkeypatch.setattr(here, "_put", counted)
    keys = [f"{KEY}:{n}" for n in range(50)]
    await asyncio.gather(*(here.remember(key, "opus", TIERS) for key in keys))
    assert [await there.tier_of(key, TIERS) for key in keys] == ["opus"] * 50
    assert sum(writes) == 50
    assert len(writes) < 5


async def test_a_turn_of_the_same_tier_waits_for_the_write_under_way(workers, monkeypatch):
    here, there = workers
    gate, put = asyncio.Event(), here._put

    async def held(news: dict[str, tuple[int, str]]) -> None:
        await gate.wait()
        await put(news)

    monkeypatch.setattr(here, "_put", held)
    turns = [asyncio.create_task(here.remember(KEY, "opus", TIERS)) for _ in range(2)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(turn.done() for turn in turns)
    gate.set()
    await turns[1]
    assert await there.tier_of(KEY, TIERS) == "opus"
    await turns[0]


async def test_a_write_that_breaks_off_holds_no_turn_up(workers, monkeypatch):
    here, there = workers
    begun, put = asyncio.Event(), here._put

    async def broken(news: dict[str, tuple[int, str]]) -> None:
        begun.set()
        await asyncio.sleep(0.01)
        raise ValueError("cut")

    monkeypatch.setattr(here, "_put", broken)
    first = asyncio.create_task(here.remember(KEY, "sonnet", TIERS))
    await begun.wait()
    writing = here._writing
    await asyncio.wait_for(here.remember(KEY, "opus", TIERS), LIMIT_SECONDS)
    await first
    with pytest.raises(ValueError, match="cut"):
        await writing
    monkeypatch.setattr(here, "_put", put)
    await here.remember(f"{KEY}:2", "opus", TIERS)
    assert await there.tier_of(f"{KEY}:2", TIERS) == "opus", "later ones are written"


async def test_a_turn_whose_caller_left_keeps_nobody_from_being_remembered(workers):
    here, there = workers
    left = asyncio.ensure_future(here.remember(KEY, "sonnet", TIERS))
    stays = asyncio.ensure_future(here.remember(KEY, "opus", TIERS))
    await asyncio.sleep(0)
    left.cancel()
    await stays
    assert await there.tier_of(KEY, TIERS) == "opus"


async def test_a_redis_that_never_answers_delays_the_answer_by_its_limit_only(settings):
    """The one wait that a request has for Redis, and then the breaker spares the next."""
    async with silent_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        settings.REDIS_TIMEOUT_MS = 50
        client = Redis()
        alone = TierMemory(client)
        await alone.remember(KEY, "opus", TIERS)
        assert client.is_away
        assert await alone.tier_of(KEY, TIERS) == "opus"
        await client.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Yield the port of a server that takes connections and says nothing."""
    gone = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        gone.set()
        server.close()


async def test_whoever_writes_last_lowers_nothing(workers, server):
    here, there = workers
    await there.remember(KEY, "opus", TIERS)
    await there.close()
    await here.remember(KEY, "sonnet", TIERS)
    await here.close()
    assert await here.tier_of(KEY, TIERS) == "opus"
    assert 0 < server.ttl(KEY) <= tier_memory.KEPT_SECONDS


async def test_the_lowest_tier_is_not_worth_a_write(workers, server):
    await workers[0].remember(KEY, "haiku", TIERS)
    await workers[0].close()
    assert not server.exists(KEY)


@pytest.mark.parametrize("value", [b"", b"opus", b"9 gpt", b"x opus ", b"\xff\xfe", b"-1"])
async def test_what_somebody_else_wrote_names_no_tier(workers, server, value):
    server.set(KEY, value)
    assert await workers[0].tier_of(KEY, TIERS) is None
    await workers[0].remember(KEY, "sonnet", TIERS)
    await workers[0].close()
    assert await workers[1].tier_of(KEY, TIERS) in ("sonnet", None)


async def test_without_redis_a_process_remembers_its_own(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client = Redis()
    alone = TierMemory(client)
    await alone.remember(KEY, "sonnet", TIERS)
    await alone.close()
    assert await alone.tier_of(KEY, TIERS) == "sonnet"
    await client.close()


async def test_what_redis_was_away_for_is_told_by_a_later_turn(workers, settings, monkeypatch):
    """Else the other workers would never learn of it."""
    here, there = workers
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = Redis()
    with monkeypatch.context() as while_away:
        while_away.setattr(here, "_redis", away)
        await here.remember(KEY, "opus", TIERS)
    await away.close()
    assert await there.tier_of(KEY, TIERS) is None
    await here.remember(KEY, "opus", TIERS)
    assert await there.tier_of(KEY, TIERS) == "opus"


async def test_a_process_remembers_so_many_conversations(workers, monkeypatch):
    monkeypatch.setattr(tier_memory, "MOST_KEPT", 2)
    for n in range(4):
        await workers[0].remember(f"{KEY}:{n}", "opus", TIERS)
    assert len(workers[0]._own) == 2
    await workers[0].close()


def test_a_key_shows_nothing_of_what_names_the_conversation():
    assert "one" not in KEY
    assert key_of("7", "session:one", "yes_no") != KEY != key_of("8", "session:one", "")
