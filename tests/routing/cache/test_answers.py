"""Looking up in a real Redis: by one process or several, with Redis there, away or read-only."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from routerproject.shared.redis import Redis
from routing.cache import AnswerCache, Looked, Place, place_of
from routing.cache.answers import _keys
from routing.cache.locks import LIFE_MS, Locks
from routing.types import ProviderReply
from tests.patience import LIMIT_SECONDS
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
REPLY = ProviderReply(
    content=({"type": "text", "text": "Stable."},),
    stop_reason="end_turn",
    model="claude-haiku-4-5",
    usage=TokenCounts(input_tokens=5, output_tokens=2),
    provider_request_id="",
    latency_ms=0.0,
)
PATIENCE: dict[str, Any] = {"patience_seconds": 20.0}


def new_place(**changes: Any) -> Place:
    bound: dict[str, Any] = {
        "body": uuid4().bytes,
        "tenant_id": 999_999,
        "scope": "tenant",
        "key_scopes": ("route",),
        "facts": (),
        "ttl_seconds": 60,
    }
    return place_of(**{**bound, **changes})


@pytest.fixture
async def processes() -> AsyncIterator[list[AnswerCache]]:
    """Three caches with a connection of their own each, as three processes have."""
    connections = [Redis() for _ in range(3)]
    caches = [AnswerCache(each) for each in connections]
    yield caches
    for cache in caches:
        await cache.close()
    for each in connections:
        await each.close()


async def written(cache: AnswerCache) -> None:
    """Return when what a cache was given has been written."""
    await asyncio.gather(*cache._writing)


async def test_answer_is_found_by_every_process(processes: list[AnswerCache]):
    place = new_place()
    first = await processes[0].look_up(place, **PATIENCE)
    assert (first.status, first.found) == ("miss", None)
    first.flight.land(REPLY)
    await written(processes[0])
    for cache in processes:
        found = await cache.look_up(place, **PATIENCE)
        assert (found.status, found.found, found.age_seconds) == ("hit", REPLY, 0)


async def test_one_of_many_asks_and_the_others_wait(processes: list[AnswerCache]):
    place, calls = new_place(), 0

    async def ask(cache: AnswerCache) -> Looked:
        nonlocal calls
        looked = await cache.look_up(place, **PATIENCE)
        if looked.found is None:
            calls += 1
            await asyncio.sleep(0.05)  # the call
            looked.flight.land(REPLY)
        return looked

    looked = await asyncio.gather(*(ask(cache) for cache in processes for _ in range(20)))
    assert calls == 1
    assert [each.status for each in looked].count("hit") == 59


async def test_those_who_wait_ask_for_themselves_when_the_answer_may_not_be_kept(
    processes: list[AnswerCache],
):
    place = new_place()

    async def ask(cache: AnswerCache) -> Looked:
        looked = await cache.look_up(place, **PATIENCE)
        looked.flight.land(None)
        return looked

    looked = await asyncio.gather(*(ask(cache) for cache in processes for _ in range(10)))
    assert [each.found for each in looked] == [None] * 30


async def test_patience_ends(processes: list[AnswerCache]):
    place = new_place()
    await processes[0].look_up(place, **PATIENCE)
    for cache in processes[:2]:
        looked = await cache.look_up(place, patience_seconds=0.0)
        assert (looked.status, looked.found) == ("miss", None)


async def test_call_that_fails_lets_the_next_one_ask(processes: list[AnswerCache]):
    place = new_place()
    looked = await processes[0].look_up(place, **PATIENCE)
    with pytest.raises(RuntimeError), looked.flight:
        raise RuntimeError
    await written(processes[0])
    again = await processes[1].look_up(place, patience_seconds=0.0)
    assert again.status == "miss"
    again.flight.land(REPLY)
    await written(processes[1])
    assert (await processes[2].look_up(place, **PATIENCE)).status == "hit"


async def test_process_that_was_killed_holds_nobody_up_for_long(processes: list[AnswerCache]):
    """However long its call could have gone on."""
    place = new_place()
    await processes[0].look_up(place, **PATIENCE)
    script = "return redis.call('PTTL', KEYS[1])"
    left_ms = await processes[0]._redis.run_script(script, [_keys(place).lock], [])
    assert 0 < left_ms <= LIFE_MS


async def test_lock_is_renewed_while_an_answer_is_asked_for():
    """Also in a Redis that came back empty."""
    connection, key = Redis(), f"lock of {uuid4()}"
    locks = Locks(connection, renewed_seconds=0.02)

    async def is_there() -> bool:
        return bool(await connection.run_script("return redis.call('EXISTS', KEYS[1])", [key], []))

    locks.hold(key, "this one")
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await is_there():  # noqa: ASYNC110 (in Redis)
            await asyncio.sleep(0.02)
    await locks.close()
    await connection.close()


async def test_caller_who_gives_up_while_looking_holds_nobody_up(processes: list[AnswerCache]):
    place = new_place()
    await processes[1].look_up(place, **PATIENCE)  # holds the lock
    leading = asyncio.create_task(processes[0].look_up(place, **PATIENCE))
    await asyncio.sleep(0)
    following = asyncio.create_task(processes[0].look_up(place, **PATIENCE))
    await asyncio.sleep(0)
    leading.cancel()
    looked = await asyncio.wait_for(following, timeout=120)
    assert looked.status == "miss"


async def test_lifetime_of_one_place_does_not_show_at_another(processes: list[AnswerCache]):
    place = new_place()
    looked = await processes[0].look_up(place, **PATIENCE)
    looked.flight.land(REPLY)
    await written(processes[0])
    gone = await processes[1].look_up(replace(place, ttl_seconds=0), **PATIENCE)
    assert gone.status == "miss"


async def test_everything_is_a_miss_without_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis = Redis()
    cache = AnswerCache(redis)
    for _ in range(3):
        looked = await cache.look_up(new_place(), **PATIENCE)
        assert (looked.status, looked.found) == ("miss", None)
        looked.flight.land(REPLY)
    await cache.close()
    await redis.close()


async def test_switched_off_it_asks_nobody(settings):
    settings.ANSWER_CACHE_BYTES = 0
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis = Redis()
    looked = await AnswerCache(redis).look_up(new_place(), **PATIENCE)
    assert (looked.status, redis.is_away) == ("off", False)
    await redis.close()


async def test_answer_that_is_taken_back_is_given_to_nobody_more(processes: list[AnswerCache]):
    """Also when it is still being written; what a tenant's other answers take is right after it."""
    place, other = new_place(), new_place()
    for each in (place, other):
        looked = await processes[0].look_up(each, **PATIENCE)
        with looked.flight as flight:
            flight.land(REPLY)
        if each is place:
            await looked.flight.take_back()
    await written(processes[0])
    statuses = [(await processes[1].look_up(each, **PATIENCE)).status for each in (place, other)]
    assert statuses == ["miss", "hit"]


async def test_what_was_not_kept_is_not_taken_back(processes: list[AnswerCache]):
    """Whoever found an answer, or kept none, has nothing to take from the others."""
    place = new_place()
    refused = await processes[0].look_up(place, **PATIENCE)
    with refused.flight as flight:
        flight.land(None)
    await written(processes[0])
    kept = await processes[0].look_up(place, **PATIENCE)
    with kept.flight as flight:
        flight.land(REPLY)
    await written(processes[0])
    found = await processes[1].look_up(place, **PATIENCE)
    for looked in (refused, found):
        await looked.flight.take_back()
    assert (await processes[1].look_up(place, **PATIENCE)).status == "hit"
