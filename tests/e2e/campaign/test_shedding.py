"""Too much work: what could not be answered in time is turned away unread, and at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway_server import Gateway
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage.configuration import current_version
from usage.models import Deployment

pytestmark = pytest.mark.service
HAIKU = "claude-haiku-4-5-20251001"
CALL_MS = 2_000
# So many that the line is too long even where calls of other tests were short: what calls usually
# take follows a long one by a tenth only.
IN_LINE = 12


@pytest.fixture
def one_call_at_once(gateway_process: Gateway) -> Iterator[None]:
    """Leave one deployment, which takes one call at a time."""
    others = Deployment.objects.exclude(model__model_id=HAIKU).filter(is_enabled=True)
    off = list(others.values_list("pk", flat=True))
    others.update(is_enabled=False)
    Deployment.objects.filter(model__model_id=HAIKU).update(max_concurrency=1)
    gateway_process.wait_for_version(current_version())
    yield
    Deployment.objects.filter(pk__in=off).update(is_enabled=True)
    Deployment.objects.filter(model__model_id=HAIKU).update(max_concurrency=None)
    gateway_process.wait_for_version(current_version())


def ask(practice: Practice, **fields):
    return practice.pms.route(
        "Mood?", task_type="sentiment", max_tokens=20, llm_classifier=False, **fields
    )


@pytest.mark.usefixtures("one_call_at_once")
def test_who_could_not_be_answered_in_time_is_turned_away_unread(
    practice: Practice, sandbox: Sandbox
):
    """Once it is known how long calls take, nobody stands in a line that is too long for it;
    nothing is sent, held or written for such a request, and its key can be used again."""
    sandbox.script(next=1, latency_ms=CALL_MS)
    assert ask(practice).status == 200
    sandbox.script(next=1, latency_ms=HELD_MS)
    with ThreadPoolExecutor(IN_LINE + 2) as callers:
        held = [callers.submit(ask, practice, deadline_ms=300_000) for _ in range(IN_LINE + 1)]
        wait_until(lambda: len(sandbox.requests()) == 2)
        wait_until(lambda: is_turned_away_unread(practice))
        known = len(practice.requests())
        shed = [ask(practice, deadline_ms=1_500, headers=key(n)) for n in range(10)]
        assert len(practice.requests()) == known
        urgent = callers.submit(ask, practice, urgency="real_time", deadline_ms=300_000)
        sandbox.release()
        assert {each.result().status for each in [*held, urgent]} == {200}
    assert {(each.status, each.problem) for each in shed} == {(503, "overloaded")}
    assert all(int(each.headers["retry-after"]) >= 1 for each in shed)
    assert all((e.body["retryable"], e.body["billed"]) == (True, False) for e in shed)
    assert ask(practice, headers=key(0)).status == 200
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def key(number: int) -> dict[str, str]:
    return {"Idempotency-Key": f"late-{number}"}


def is_turned_away_unread(practice: Practice) -> bool:
    """Tell whether the line is too long by now, rather than that a wait in it was."""
    before = len(practice.requests())
    return ask(practice, deadline_ms=1_500).status == 503 and len(practice.requests()) == before
