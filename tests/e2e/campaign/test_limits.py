"""A deployment at its limits: waited for, passed by, and at last a refusal that costs nothing."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway_server import Gateway
from tests.patience import DEADLINES_MS, wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage.configuration import current_version
from usage.models import Deployment

pytestmark = pytest.mark.service
HAIKU = "claude-haiku-4-5-20251001"


@pytest.fixture
def limit(practice: Practice, gateway_process: Gateway) -> Iterator[Callable[..., None]]:
    """Return a function that limits deployments; afterwards nothing is limited."""

    def change(model: str | None = None, **limits: int | None) -> None:
        places = Deployment.objects.filter(model__model_id=model) if model else Deployment.objects
        places.all().update(**limits)
        gateway_process.wait_for_version(current_version())

    yield change
    change(max_concurrency=None, requests_per_minute=None, input_tokens_per_minute=None)


def ask(practice: Practice, **fields):
    return practice.pms.route("Mood?", task_type="sentiment", max_tokens=20, **fields)


def test_full_model_is_passed_by(practice: Practice, sandbox: Sandbox, limit):
    limit(HAIKU, max_concurrency=0)
    replies = (ask(practice, deadline_ms=deadline_ms) for deadline_ms in DEADLINES_MS)
    reply = next(each for each in replies if each.status != 504)
    assert reply.status == 200
    assert reply.body["routing"]["model"] != HAIKU
    assert not [each for each in sandbox.requests() if HAIKU in str(each["body"])]


@pytest.fixture
def twin(limit, gateway_process: Gateway) -> Iterator[str]:
    """Offer the small model at a second place, which is hardly ever the first one asked."""
    place = Deployment.objects.get(model__model_id=HAIKU, is_enabled=True)
    place.pk, place.slug, place.weight, place._state.adding = None, "haiku-twin", 1, True
    place.save()
    gateway_process.wait_for_version(current_version())
    yield place.slug
    place.delete()
    gateway_process.wait_for_version(current_version())


def test_full_place_is_not_waited_for_where_its_model_is_elsewhere(
    practice: Practice, gateway_process: Gateway, twin: str
):
    """A quarter of the time would else be spent in line, beside a place that has room."""
    Deployment.objects.filter(model__model_id=HAIKU).exclude(slug=twin).update(max_concurrency=0)
    gateway_process.wait_for_version(current_version())
    reply = ask(practice, deadline_ms=600_000)
    assert reply.status == 200
    assert reply.body["routing"]["deployment"] == twin
    assert reply.body["latency_ms"]["total"] < 600_000 / 8


def test_full_chain_is_a_refusal_that_costs_nothing(
    open_practice: Callable[..., Practice], sandbox: Sandbox, limit
):
    limit(max_concurrency=0)
    for deadline_ms in DEADLINES_MS:
        practice = open_practice()
        reply = ask(practice, deadline_ms=deadline_ms)
        if reply.status != 504:
            break
    assert (reply.status, reply.problem) == (503, "overloaded")
    assert (reply.body["retryable"], reply.body["billed"]) == (True, False)
    assert int(reply.headers["retry-after"]) >= 1
    assert sandbox.requests() == []
    assert practice.sums == (0, 0, 0)
    assert practice.attempts() == []
    assert [(each.state, each.outcome) for each in practice.requests()] == [
        ("denied", "overloaded")
    ]
    assert "overloaded" in json.dumps([each.record for each in practice.audited()])


def test_calls_at_once_are_never_more_than_the_limit(practice: Practice, sandbox: Sandbox, limit):
    """Who comes too early waits, and everybody is answered."""
    limit(HAIKU, max_concurrency=2)
    sandbox.script(share=1.0, latency_ms=30)
    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: ask(practice, urgency="real_time"), range(16)))
    assert {reply.status for reply in replies} == {200}
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_process_with_too_many_open_requests_turns_more_away(
    open_practice, sandbox: Sandbox, tmp_path, shared_database
):
    """Before their body is read, with a time to come back."""
    small = Gateway(sandbox.base_url, tmp_path / "web.log", environment={"MAX_OPEN_REQUESTS": "2"})
    small.start()
    try:
        practice = open_practice(small)
        sandbox.script(next=2, latency_ms=HELD_MS)
        with ThreadPoolExecutor(2) as callers:
            held = [callers.submit(ask, practice) for _ in range(2)]
            wait_until(lambda: len(sandbox.requests()) == 2)
            shed = [ask(practice) for _ in range(10)]
            sandbox.release()
            assert [each.result().status for each in held] == [200] * 2
        assert {reply.status for reply in shed} == {503}
        assert {reply.problem for reply in shed} == {"overloaded"}
        assert {reply.headers["retry-after"] for reply in shed} == {"1"}
        assert len(sandbox.requests()) == 2
        assert ask(practice).status == 200
    finally:
        small.stop()
