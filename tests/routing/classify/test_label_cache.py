"""Labels kept in Redis: bounded, read with distrust, and missed without harm."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import redis as sync_redis

from routerproject.shared.redis import Redis
from routing.classify import label_cache
from routing.classify.llm import Label
from routing.types import ClassifierPolicy

pytestmark = pytest.mark.service
POLICY = ClassifierPolicy(label_ttl_seconds=60)
LABEL = Label("moderate", 0.8, "usual_writing")
KEY = label_cache.key_of(b"question", tenant="clinic")


@pytest.fixture
def server():
    with sync_redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.delete(KEY, label_cache.INDEX)
        yield client
        client.delete(KEY, label_cache.INDEX)


@pytest.fixture
async def here() -> AsyncIterator[Redis]:
    client = Redis()
    yield client
    await client.close()


async def test_a_label_is_found_again_for_its_lifetime(server, here):
    assert await label_cache.find(here, KEY) is None
    await label_cache.keep(here, KEY, LABEL, POLICY)
    assert await label_cache.find(here, KEY) == LABEL
    assert 0 < server.ttl(KEY) <= 60


async def test_no_lifetime_keeps_nothing(server, here):
    await label_cache.keep(here, KEY, LABEL, replace(POLICY, label_ttl_seconds=0))
    assert not server.exists(KEY)


async def test_the_least_used_labels_make_room(server, here):
    """A label that was found again is not the least used one."""
    few = replace(POLICY, most_labels=3)
    keys = [f"{KEY}:{n}" for n in range(3)]
    for key in keys:
        await label_cache.keep(here, key, LABEL, few)
    assert await label_cache.find(here, keys[0]) == LABEL
    await label_cache.keep(here, KEY, LABEL, few)
    assert [server.exists(key) for key in keys] == [1, 0, 1]
    server.delete(*keys)


@pytest.mark.parametrize("value", [b"", b"moderate", b"\xff", b'{"tier": "moderate"}', b"[[[["])
async def test_what_somebody_else_wrote_is_no_label(server, here, value):
    server.set(KEY, value)
    assert await label_cache.find(here, KEY) is None


async def test_without_redis_there_is_no_label_and_no_error(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = Redis()
    await label_cache.keep(away, KEY, LABEL, POLICY)
    assert await label_cache.find(away, KEY) is None
    await away.close()


def test_tenants_do_not_share_labels_and_keys_show_no_text():
    other = label_cache.key_of(b"question", tenant="other")
    assert other != KEY
    assert b"question".hex() not in KEY
