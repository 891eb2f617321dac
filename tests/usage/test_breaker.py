"""When a breaker opens, who may probe, and that all workers go by the same rules."""

import os
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routerproject.shared.database import in_database
from routerproject.shared.redis import Redis
from tests.tcp_line import Line, line_to
from usage.capacity import looking, scripts
from usage.capacity.board import Board, Ending
from usage.capacity.breaker import OPEN_MS, PROBE_MS, Breaker
from usage.models import AuditEntry, Deployment

pytestmark = pytest.mark.service
NOW = 1_800_000_000_000
WELL = Ending("well")
BADLY = Ending("badly", "529-overloaded_error")


def after(*ends: str, every_ms: int = 1) -> Breaker:
    """Return a breaker after calls that ended like this."""
    breaker = Breaker()
    for number, end in enumerate(ends):
        breaker.report(NOW + number * every_ms, **{end: 1})
    return breaker


def test_ten_failures_in_a_row_open_it():
    assert not after(*["badly"] * 9).is_open
    assert after(*["badly"] * 10).is_open


def test_a_success_begins_the_row_anew():
    assert not after(*["well"] * 20, *["badly"] * 9, "well", *["badly"] * 9).is_open


def test_half_of_the_calls_in_ten_seconds_open_it():
    assert after(*["well", "badly"] * 5).is_open
    assert not after(*["well", "well", "badly"] * 20).is_open


def test_share_of_few_calls_or_of_old_ones_says_nothing():
    assert not after(*["well", "badly"] * 4, "well").is_open
    assert not after(*["well", "badly"] * 20, every_ms=2_500).is_open


def test_one_probe_at_a_time_decides():
    breaker = after(*["badly"] * 10)
    opened = NOW + 9
    assert breaker.enter(opened + OPEN_MS - 1) == "refused"
    assert breaker.enter(opened + OPEN_MS) == "probes"
    assert breaker.enter(opened + OPEN_MS + 1) == "refused"
    breaker.probed(opened + OPEN_MS + 100, "badly")
    assert breaker.enter(opened + 2 * OPEN_MS) == "refused"
    assert breaker.enter(opened + 2 * OPEN_MS + 100) == "probes"
    breaker.probed(opened + 2 * OPEN_MS + 200, "well")
    assert breaker.enter(opened + 2 * OPEN_MS + 201) == "passes"


def test_probe_that_nobody_heard_of_again_makes_way_for_the_next():
    """A worker that was killed keeps nobody out; recovery is seen within fifteen seconds."""
    breaker = after(*["badly"] * 10)
    assert breaker.enter(NOW + 9 + OPEN_MS) == "probes"
    assert breaker.enter(NOW + 9 + OPEN_MS + PROBE_MS - 1) == "refused"
    assert breaker.enter(NOW + 9 + OPEN_MS + PROBE_MS) == "probes"
    assert max(OPEN_MS, PROBE_MS) <= 15_000


def test_probe_that_came_to_nothing_leaves_the_turn_to_the_next():
    breaker = after(*["badly"] * 10)
    breaker.enter(NOW + 9 + OPEN_MS)
    breaker.probed(NOW + 20 + OPEN_MS, "nowhere")
    assert breaker.enter(NOW + 21 + OPEN_MS) == "probes"


def test_late_news_neither_close_nor_prolong_it():
    breaker = after(*["badly"] * 10)
    until = breaker.open_until
    breaker.report(NOW + 100, well=5)
    breaker.report(NOW + 200, badly=5)
    assert breaker.open_until == until


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12_000),  # milliseconds until it happens
        st.one_of(
            st.tuples(st.just("report"), st.integers(0, 3), st.integers(0, 4)),
            st.tuples(st.just("trip"), st.integers(0, 400_000)),
            st.tuples(st.just("enter")),
            st.tuples(st.just("probed"), st.sampled_from(["well", "badly", "nowhere"])),
        ),
    ),
    max_size=40,
)


def do(breaker: Breaker, now: int, what: str, *arguments) -> int:
    """Let the value do what the script is asked to; return whether a call may go."""
    if what == "report":
        if sum(arguments):
            breaker.report(now, well=arguments[0], badly=arguments[1])
    elif what == "enter":
        return {"refused": 0, "passes": 1, "probes": 2}[breaker.enter(now)]
    else:
        getattr(breaker, what)(now, *arguments)
    return 0


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_shared_breaker_goes_by_the_same_rules(redis_client, steps):
    """Whatever happens in whatever order, the value and the script agree after each step."""
    slug, own, now = uuid4().hex, Breaker(), NOW
    keys = [scripts.state_key(slug), scripts.failures_key(slug)]
    for pause, (what, *arguments) in steps:
        now += pause
        passing = do(own, now, what, *arguments)
        state = redis_client.eval(scripts.ACT, 2, *keys, now, what, *arguments)
        expected = [own.is_open, max(0, own.open_until - now), max(0, own.probe_until - now)]
        assert state == [*expected, passing], (what, arguments)
    redis_client.delete(*keys)


@pytest.fixture
async def workers() -> AsyncIterator[list[Board]]:
    """Two workers who share a Redis."""
    connections = [Redis(), Redis()]
    yield [Board(each) for each in connections]
    for each in connections:
        await each.close()


async def fail(worker: Board, slug: str, times: int) -> None:
    for _ in range(times):
        passage = await worker.enter(slug)
        assert passage is not None
        await worker.leave(passage, BADLY)


async def test_workers_count_together_and_learn_from_each_other(workers):
    one, two = workers
    slug = uuid4().hex
    await fail(one, slug, 5)
    await fail(two, slug, 5)
    assert two.health() == {slug: False}
    assert one.health() == {}
    await one.exchange()
    assert one.health() == {slug: False}
    assert await one.enter(slug) is None
    assert 0 < one.seconds_closed(slug) <= OPEN_MS / 1000


async def test_what_goes_well_elsewhere_counts_too(workers):
    one, two = workers
    slug = uuid4().hex
    for _ in range(30):
        await two.leave(await two.enter(slug), WELL)
    await two.exchange()
    await fail(one, slug, 9)
    assert one.health() == {}


async def test_spending_limit_opens_it_at_once_and_for_longer(workers):
    one, two = workers
    slug = uuid4().hex
    await one.leave(await one.enter(slug), Ending("badly", "429-limit", open_for_ms=60_000))
    await two.exchange()
    assert one.health() == {slug: False}
    assert one.seconds_closed(slug) > OPEN_MS / 1000


@pytest.mark.django_db(transaction=True)
async def test_admin_sees_and_resets_it(workers):
    one, two = workers
    slug = uuid4().hex
    await fail(one, slug, 10)
    flying = await two.enter(slug)
    await two.exchange()
    sight = looking.look([slug])[slug]
    assert (sight.state, sight.in_flight) == ("open", 1)
    assert [each.cause for each in sight.failures] == [BADLY.cause] * 10
    await in_database(looking.reset_breaker, Deployment(slug=slug), by="ada")
    await one.exchange()
    await two.leave(flying, WELL)
    await two.exchange()
    assert one.health() == {}
    sight = looking.look([slug])[slug]
    assert (sight.state, sight.failures, sight.in_flight) == ("closed", (), 0)
    entry = await in_database(AuditEntry.objects.latest, "seq")
    assert (entry.kind, entry.actor) == ("breaker-reset", "ada")


async def test_without_redis_each_worker_keeps_its_own(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = Redis()
    now = [1_000.0]
    worker = Board(away, monotonic=lambda: now[0])
    await fail(worker, "alone", 10)
    assert worker.health() == {"alone": False}
    assert await worker.enter("alone") is None
    now[0] += OPEN_MS / 1000
    assert worker.health() == {}
    probe = await worker.enter("alone")
    assert probe is not None
    assert probe.is_probe
    assert await worker.enter("alone") is None
    await worker.leave(probe, WELL)
    passage = await worker.enter("alone")
    assert passage is not None
    assert not passage.is_probe
    await away.close()


@pytest.fixture
async def cut_off(settings, monkeypatch) -> AsyncIterator[tuple[Board, Line]]:
    """A worker with the line to Redis that can be cut; it tries again at once."""
    monkeypatch.setattr("routerproject.shared.redis.SKIP_SECONDS", 0.0)
    line, settings.REDIS_URL = line_to(settings.REDIS_URL)
    connection = Redis()
    with line:
        yield Board(connection), line
        await connection.close()


LONG = Ending("badly", "429-limit", open_for_ms=60_000)


async def test_what_was_opened_without_redis_stays_open_when_it_is_back(workers, cut_off):
    """And the others are told: for as long as was left, not anew."""
    worker, line = cut_off
    slug = uuid4().hex
    passage = await worker.enter(slug)
    line.cut()
    await worker.leave(passage, LONG)
    line.mend()
    await worker.exchange()
    assert worker.health() == {slug: False}
    other = workers[0]
    await other.leave(await other.enter(slug), WELL)
    await other.exchange()
    assert other.health() == {slug: False}
    assert OPEN_MS / 1000 < other.seconds_closed(slug) <= 60


async def test_a_call_that_comes_before_that_is_refused_too(cut_off):
    worker, line = cut_off
    slug = uuid4().hex
    passage = await worker.enter(slug)
    line.cut()
    await worker.leave(passage, LONG)
    line.mend()
    assert await worker.enter(slug) is None


async def test_a_pause_that_ended_without_redis_ends_with_a_probe(cut_off):
    """Whoever is asked again first, one call at a time decides."""
    worker, line = cut_off
    now = [1_000.0]
    worker._monotonic = lambda: now[0]
    slug = uuid4().hex
    passage = await worker.enter(slug)
    line.cut()
    await worker.leave(passage, LONG)
    now[0] += 60
    line.mend()
    await worker.exchange()
    probe = await worker.enter(slug)
    assert probe is not None
    assert probe.is_probe
    await worker.leave(probe, WELL)
    assert worker.health() == {}
    assert not (await worker.enter(slug)).is_probe


@pytest.mark.parametrize(
    "poison",
    [
        {"open": "1e308", "probe": "nan", "in_a_row": "-5", "bins": "x:y:z"},
        {"open": str(NOW * 100), "probe": str(NOW * 100)},
        {"open": "__import__('os')", "in_a_row": b"\x80\x04K\x01."},
    ],
    ids=["no numbers", "open for ever", "no text"],
)
async def test_planted_values_keep_nobody_out(workers, redis_client, poison):
    worker, slug = workers[0], uuid4().hex
    redis_client.hset(scripts.state_key(slug), mapping=poison)
    await fail(worker, slug, 1)
    await worker.exchange()
    assert worker.health() == {}
    assert looking.look([slug])[slug].in_flight == 0


async def test_keys_of_another_type_and_a_flush_are_survived(workers, redis_client):
    worker, slug = workers[0], uuid4().hex
    for name in (scripts.state_key, scripts.failures_key, scripts.flight_key):
        redis_client.sadd(name(slug), "planted")
    redis_client.script_flush()
    await fail(worker, slug, 10)
    await worker.exchange()
    assert worker.health() == {slug: False}
    assert len(looking.look([slug])[slug].failures) == 10
    redis_client.delete(*(scripts.state_key(slug), scripts.failures_key(slug)))
    await worker.exchange()
    assert worker.health() == {}
