"""A deployment's limits: kept by all workers together, the urgent first, nobody starved."""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from routerproject.shared.redis import Redis
from tests.patience import LIMIT_SECONDS
from tests.tcp_line import line_to
from usage.capacity import allowance_scripts as scripts
from usage.capacity.allowance import Allowance, Limits, Need
from usage.capacity.leases import LIFE_MS, RENEWED_SECONDS, Leases
from usage.capacity.limiter import Full, Lease, Limiter
from usage.capacity.tokens_left import TokensLeft
from usage.capacity.waiting import TURNS_UNTIL_OLDEST, TurnedAway, Waiter, WaitingRoom
from usage.catalog import Deployment
from usage.configuration import CallerLimits
from usage.throttling import Quota

pytestmark = pytest.mark.service
NOW = 1_800_000_000_000
SMALL = Need(input_tokens=10, output_tokens=10)
URGENT = replace(SMALL, is_urgent=True)


def place(**limits) -> Deployment:
    """Return a deployment that no other test knows."""
    return Deployment(uuid4().hex, "claude-haiku-4-5-20251001", "anthropic", "anthropic", **limits)


def grants(own: Allowance, limits: Limits, need: Need, times: int, now: int = NOW) -> int:
    return sum(own.take(now, limits, need, uuid4().hex, 60_000).is_granted for _ in range(times))


def test_a_minute_has_so_many_calls_and_fills_up_continuously():
    own, limits = Allowance(), Limits(requests=60)
    assert grants(own, limits, SMALL, 100) == 60
    assert own.take(NOW, limits, SMALL, "x", 1).wait_ms == 1_000
    assert grants(own, limits, SMALL, 100, NOW + 5_000) == 5
    assert grants(own, limits, SMALL, 100, NOW + 3_600_000) == 60


def test_tokens_that_were_not_needed_are_given_back():
    own, limits = Allowance(), Limits(output_tokens=1_000)
    need = Need(input_tokens=0, output_tokens=1_000)
    assert own.take(NOW, limits, need, "first", 60_000).is_granted
    assert not own.take(NOW, limits, SMALL, "second", 60_000).is_granted
    own.give(NOW, limits, "first", Need(0, 900))
    assert grants(own, limits, SMALL, 100) == 90


def test_call_that_is_larger_than_the_limit_goes_when_nothing_else_does():
    """It would else wait for ever; those after it wait until it is made up for."""
    own, limits = Allowance(), Limits(input_tokens=1_000)
    large = Need(input_tokens=2_500, output_tokens=1)
    assert own.take(NOW, limits, large, "large", 60_000).is_granted
    assert own.take(NOW, limits, SMALL, "small", 60_000).wait_ms > 60_000


def test_reserve_is_for_urgent_work():
    own, limits = Allowance(), Limits(requests=100, at_once=10, reserve=0.2)
    assert grants(own, limits, SMALL, 20) == 8
    assert grants(own, limits, URGENT, 20) == 2
    own = Allowance()
    assert grants(own, replace(limits, at_once=None), SMALL, 200) == 80
    assert grants(own, replace(limits, at_once=None), URGENT, 200) == 20


def test_reserve_never_takes_all():
    assert Limits(at_once=1, reserve=0.9).reserved_at_once == 0
    assert Limits(at_once=2, reserve=0.9).reserved_at_once == 1
    assert Limits(at_once=0, reserve=0.9).reserved_at_once == 0


def test_lease_of_a_worker_that_was_killed_expires():
    own, limits = Allowance(), Limits(at_once=1)
    assert own.take(NOW, limits, SMALL, "killed", 5_000).is_granted
    assert not own.take(NOW + 4_999, limits, SMALL, "next", 5_000).is_granted
    assert own.take(NOW + 5_000, limits, SMALL, "next", 5_000).is_granted


def test_limit_of_nothing_lets_nothing_through():
    assert grants(Allowance(), Limits(requests=0), URGENT, 3) == 0
    assert grants(Allowance(), Limits(at_once=0), URGENT, 3) == 0


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


LIMIT = st.none() | st.integers(0, 500)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 30_000),
        st.booleans(),
        st.integers(0, 700),
        st.integers(0, 700),
        st.booleans(),
    ),
    max_size=30,
)


def arguments(limits: Limits) -> list[int]:
    kinds = (limits.requests, limits.input_tokens, limits.output_tokens)
    return [-1 if limit is None else limit for limit in kinds]


@hypothesis_settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    limits=st.builds(Limits, LIMIT, LIMIT, LIMIT, st.none() | st.integers(0, 5), st.just(0.25)),
    steps=STEPS,
)
def test_the_shared_allowance_goes_by_the_same_rules(redis_client, limits, steps):
    """Whatever is taken and given back in whatever order, value and script agree."""
    slug, own, now, held = uuid4().hex, Allowance(), NOW, list[str]()
    own.at = NOW
    keys = [scripts.levels_key(slug), scripts.leases_key(slug)]
    for pause, is_taking, first, second, is_urgent in steps:
        now += pause
        if is_taking or not held:
            need, lease = Need(first, second, is_urgent), uuid4().hex
            taken = own.take(now, limits, need, lease, 20_000)
            most = -1 if limits.at_once is None else limits.at_once
            kept = (0, 0) if is_urgent else (limits.reserve, limits.reserved_at_once)
            told = redis_client.eval(
                scripts.TAKE, 2, *keys, now, *arguments(limits), most, *kept, first, second,
                lease, 20_000,
            )  # fmt: skip
            assert taken.is_granted == bool(told[0])
            assert taken.wait_ms == pytest.approx(told[1], abs=1)
            assert taken.headroom == pytest.approx(float(told[2]))
            for kind, level in zip(("input_tokens", "output_tokens"), told[3:], strict=True):
                left = own.levels.get(kind)
                assert (level is None) == (left is None)
                assert level is None or level == pytest.approx(left, abs=1)
            held += [lease] if taken.is_granted else []
        else:
            lease, spare = held.pop(0), Need(first - 350, second - 350)
            own.give(now, limits, lease, spare)
            redis_client.eval(
                scripts.GIVE, 2, *keys, now, *arguments(limits), lease, *(first - 350, second - 350)
            )
    redis_client.delete(*keys)


def test_line_is_ordered_by_urgency_and_then_by_arrival():
    room = WaitingRoom(10)
    order = ["background", "interactive", "real_time", "interactive"]
    waiting = {number: room.join(urgency) for number, urgency in enumerate(order)}
    assert gone(room, waiting, 4) == [2, 1, 3, 0]


def gone(room: WaitingRoom, waiting: dict[int, Waiter], turns: int) -> list[int]:
    """Return who goes next, so many times."""
    order = []
    for _ in range(turns):
        number = next(n for n, waiter in waiting.items() if room.is_turn_of(waiter))
        room.leave(waiting.pop(number), has_gone=True)
        order.append(number)
    return order


def test_background_work_is_not_starved():
    """However much comes before it in rank, it goes within eight turns."""
    room = WaitingRoom(100)
    last = room.join("background")
    others = [room.join("interactive")]
    turns = 1
    while not room.is_turn_of(last):
        others += [room.join("interactive") for _ in range(3)]
        room.leave(others.pop(0), has_gone=True)
        turns += 1
    assert turns == TURNS_UNTIL_OLDEST


def test_full_line_turns_away_the_last_of_the_least_urgent():
    room = WaitingRoom(2)
    first, second = room.join("background"), room.join("background")
    urgent = room.join("real_time")
    assert (first.is_turned_away, second.is_turned_away) == (False, True)
    room.join("interactive")
    assert first.is_turned_away
    with pytest.raises(TurnedAway):
        room.join("background")
    assert not urgent.is_turned_away


@pytest.fixture
async def workers(settings) -> AsyncIterator[list[Limiter]]:
    """Two workers who share a Redis."""
    settings.WAITING_ROOM_SIZE = 3
    connections = [Redis(), Redis()]
    found = [Limiter(each) for each in connections]
    yield found
    for worker, connection in zip(found, connections, strict=True):
        await worker.close()
        await connection.close()


async def take(worker: Limiter, where: Deployment, urgency="interactive", patience=0.0) -> Lease:
    need = replace(SMALL, is_urgent=urgency == "real_time")
    return await worker.take(where, need, urgency=urgency, patience_seconds=patience)


async def end(worker: Limiter, lease: Lease) -> None:
    await worker.give_back(lease, input_tokens=10, output_tokens=10)


async def everybody_waits(worker: Limiter, where: Deployment) -> None:
    """Return when three stand in line."""
    while len(worker._place(where.slug).room) < 3:  # noqa: ASYNC110 (the line is not told of it)
        await asyncio.sleep(0.001)


async def test_workers_share_the_calls_at_once(workers):
    one, two = workers
    where = place(max_concurrency=2, reserve_percent=0)
    held = [await take(one, where), await take(two, where)]
    for worker in workers:
        with pytest.raises(Full):
            await take(worker, where)
        assert worker.headroom.shares() == {where.slug: 0.0}
    await end(one, held[0])
    await take(two, where)


async def test_worker_sees_what_others_take(workers):
    """Where it asked before: so it sends its next calls where room is left."""
    one, two = workers
    where = place(max_concurrency=4, requests_per_minute=100, reserve_percent=0)
    held = [await take(one, where)] + [await take(two, where) for _ in range(2)]
    await one.headroom.look()
    assert one.headroom.shares() == {where.slug: 0.25}
    for lease in held:
        await end(two, lease)
    await one.headroom.look()
    assert one.headroom.shares()[where.slug] == pytest.approx(0.97, abs=0.01)


async def test_who_waits_goes_when_a_call_ends_in_any_worker(workers):
    one, two = workers
    where = place(max_concurrency=1)
    held = await take(one, where)
    here = asyncio.create_task(take(one, where, patience=60))
    await asyncio.sleep(0)
    await end(one, held)
    held = await here
    elsewhere = asyncio.create_task(take(two, where, patience=60))
    await asyncio.sleep(0)
    await end(one, held)
    await elsewhere


async def test_urgent_work_overtakes(workers):
    worker = workers[0]
    where = place(max_concurrency=1)
    held, order = await take(worker, where), list[str]()

    async def wait(urgency: str) -> None:
        lease = await take(worker, where, urgency, patience=60)
        order.append(urgency)
        await end(worker, lease)

    async with asyncio.TaskGroup() as group:
        for urgency in ("background", "interactive", "real_time"):
            group.create_task(wait(urgency))
            await asyncio.sleep(0)
        await everybody_waits(worker, where)
        await end(worker, held)
    assert order == ["real_time", "interactive", "background"]


async def test_full_line_turns_away_at_once_and_is_left_empty(workers):
    worker = workers[0]
    where = place(max_concurrency=0)
    waiting = [asyncio.create_task(take(worker, where, "background", 60)) for _ in range(3)]
    await everybody_waits(worker, where)
    with pytest.raises(Full):
        await take(worker, where, "background", 60)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert len(worker._place(where.slug).room) == 0


async def test_wait_that_is_longer_than_the_patience_is_not_begun(workers):
    where = place(requests_per_minute=1, reserve_percent=0)
    await take(workers[0], where)
    with pytest.raises(Full) as full:
        await take(workers[1], where, patience=30)
    assert 50 <= full.value.retry_after_seconds <= 60


async def test_who_could_not_go_in_time_leaves_the_line(workers):
    """Nobody stands behind it for nothing, and it is told when it could go."""
    one, two = workers
    where = place(output_tokens_per_minute=600, reserve_percent=0)

    async def ask(worker: Limiter, tokens: int) -> Lease:
        need = Need(input_tokens=10, output_tokens=tokens)
        return await worker.take(where, need, urgency="interactive", patience_seconds=20)

    await ask(one, 100)
    waiting = asyncio.create_task(ask(one, 600))  # ten seconds are not too long
    while not one.has_lines:  # noqa: ASYNC110 (the line is not told of it)
        await asyncio.sleep(0.001)
    await ask(two, 300)
    with pytest.raises(Full) as full:
        await waiting
    assert 20 < full.value.retry_after_seconds <= 40


def test_full_line_says_when_those_in_it_will_be_gone():
    room = WaitingRoom(2)
    room.usual_pace_seconds = 3.0
    for _ in range(2):
        room.join("interactive")
    assert room.seconds_before("interactive") == math.inf
    assert room.seconds_at_pace("interactive") == 6.0
    assert room.seconds_before("real_time") == 0.0


async def test_without_redis_each_worker_keeps_to_its_share(settings):
    settings.REDIS_URL, settings.WEB_WORKERS = "redis://127.0.0.1:1/0", 4
    away = Redis()
    worker, where = Limiter(away), place(max_concurrency=8, reserve_percent=0)
    held = [await take(worker, where) for _ in range(2)]
    with pytest.raises(Full):
        await take(worker, where)
    await end(worker, held[0])
    await take(worker, where)
    await away.close()


async def test_lease_that_redis_was_not_told_of_is_given_back_when_it_is_there(workers, settings):
    """No other call could go in its place until it expires."""
    two, where = workers[0], place(max_concurrency=1)
    line, settings.REDIS_URL = line_to(settings.REDIS_URL)
    unlucky = Redis()
    one = Limiter(unlucky)
    held = await take(one, where)
    line.cut()
    await end(one, held)
    with pytest.raises(Full):
        await take(two, where)
    line.mend()
    async with asyncio.timeout(LIMIT_SECONDS):
        await take(two, where, patience=LIMIT_SECONDS)
    await one.close()
    await unlucky.close()
    line.close()


async def test_calls_under_way_count_when_redis_goes_away(settings):
    """A worker that forgot them would let as many in once more."""
    where = place(max_concurrency=1)
    line, settings.REDIS_URL = line_to(settings.REDIS_URL)
    connection = Redis()
    worker = Limiter(connection)
    held = await take(worker, where)
    line.cut()
    with pytest.raises(Full):
        await take(worker, where)
    await end(worker, held)
    await take(worker, where)
    await worker.close()
    await connection.close()
    line.close()


async def test_lease_that_nobody_renews_is_gone_after_seconds(workers, redis_client):
    """However long its call could have gone on: its worker may have been killed."""
    where = place(max_concurrency=1)
    lease = await take(workers[0], where, patience=600)
    seconds, _ = redis_client.time()
    left_ms = redis_client.zscore(scripts.leases_key(where.slug), lease.id) - seconds * 1000
    assert left_ms <= LIFE_MS + 1000


async def test_lease_is_renewed_while_its_call_runs(redis_client):
    """Also in a Redis that came back empty."""
    where, now = place(max_concurrency=1), [0.0]
    connection = Redis()
    worker = Limiter(connection, monotonic=lambda: now[0])
    lease = await take(worker, where)
    key = scripts.leases_key(where.slug)
    redis_client.delete(key)
    now[0] += RENEWED_SECONDS
    async with asyncio.timeout(LIMIT_SECONDS):
        while redis_client.zscore(key, lease.id) is None:  # noqa: ASYNC110 (in Redis)
            await asyncio.sleep(0.05)
    await end(worker, lease)
    assert redis_client.zcard(key) == 0
    await worker.close()
    await connection.close()


async def test_lease_that_was_granted_after_all_is_not_given_back(redis_client):
    """Who waits tries under the same lease until it goes; a try may have been lost before."""
    slug, freed = uuid4().hex, asyncio.Event()
    connection, key = Redis(), scripts.leases_key(slug)
    leases = Leases(connection, freed=lambda _: freed.set())
    redis_client.zadd(key, {"lost": 2e15, "granted": 2e15})
    for id_ in ("lost", "granted"):
        leases.owe(slug, id_)
    leases.hold(slug, "granted")
    async with asyncio.timeout(LIMIT_SECONDS):
        await freed.wait()
    assert redis_client.zrange(key, 0, -1) == [b"granted"]
    await leases.close()
    await connection.close()


async def test_unlimited_deployment_asks_nobody(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = Redis()
    assert (await take(Limiter(away), place())).id == ""
    assert not away.is_away
    await away.close()


@pytest.mark.parametrize("kind", ["text", "hash"])
async def test_planted_values_keep_nobody_out(workers, redis_client, kind):
    where = place(max_concurrency=1, requests_per_minute=5)
    for name in (scripts.levels_key, scripts.leases_key):
        if kind == "text":
            redis_client.set(name(where.slug), "planted")
        else:
            poison = {"requests": "nan", "at": "-1e308", "x": b"\x80\x04K\x01."}
            redis_client.hset(name(where.slug), mapping=poison)
    await take(workers[0], where)


def test_tokens_that_are_left_grow_until_all_are_there():
    """As this worker saw them last: half, then what a minute gives, never more than the limit."""
    caller = CallerLimits("tenant:3", 600, None, None)
    seen = TokensLeft()
    seen.saw({"input_tokens": 300.0}, 1_000.0)
    assert list(seen.quotas(caller, 1_000.0)) == [Quota("tenant", 600, 300, 30, "input_tokens")]
    assert list(seen.quotas(caller, 1_015.0)) == [Quota("tenant", 600, 450, 15, "input_tokens")]
    assert list(seen.quotas(caller, 9_000.0)) == [Quota("tenant", 600, 600, 0, "input_tokens")]


@pytest.mark.parametrize(
    ("limit", "level", "left", "reset"), [(600, -300.0, 0, 90), (0, 0.0, 0, 0)]
)
def test_nothing_is_left_of_what_was_overdrawn_or_never_there(limit, level, left, reset):
    caller = CallerLimits("client:3", None, limit, None)
    seen = TokensLeft()
    seen.saw({"output_tokens": level}, 0.0)
    assert list(seen.quotas(caller, 0.0)) == [Quota("client", limit, left, reset, "output_tokens")]
