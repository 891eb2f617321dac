"""The fault table, continued: a provider that half works for a while.

It has a router of its own, since a router remembers failures for ten seconds.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.campaign.test_fault_table import audited
from tests.gateway_server import Gateway
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
OPUS = "claude-opus-4-6"
ASKED = {"task_type": "contract_analysis", "accuracy": "critical"}
URGENCIES = ["real_time", "interactive", "background"] * 12


@pytest.fixture
def router(sandbox: Sandbox, tmp_path: Path, shared_database) -> Iterator[Gateway]:
    server = Gateway(sandbox.base_url, tmp_path / "web.log").start()
    yield server
    server.stop()


def test_provider_that_half_works_fails_nobody_who_can_be_answered_elsewhere(
    router: Gateway, open_practice: Callable[..., Practice], sandbox: Sandbox
):
    """A third of a model's calls fail, and all of them are slow; plain and streamed."""
    practice = open_practice(router)
    sandbox.script(model=OPUS, share=0.3, status=529, latency_ms=100)
    sandbox.script(model=OPUS, share=1.0, latency_ms=50)
    with ThreadPoolExecutor(8) as callers:
        ends = list(callers.map(lambda n: end_of(practice, n), range(len(URGENCIES))))
    assert set(ends) == {"completed"}
    practice.wait_until_settled()
    assert {each.state for each in practice.requests()} == {"completed"}
    assert {each.state for each in practice.attempts()} <= {"settled", "void"}
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert any(OPUS in str(request["body"]) for request in sandbox.requests())
    audited(practice)


def end_of(practice: Practice, number: int) -> str:
    """Return how a request ended: `completed`, or its problem."""
    asked = {**ASKED, "urgency": URGENCIES[number]}
    if number % 2:
        streamed = practice.pms.stream("Review the terms.", **asked)
        return str(streamed.summary["outcome"] if streamed.summary else streamed.problem)
    reply = practice.pms.route("Review the terms.", **asked)
    return "completed" if reply.status == 200 else str(reply.problem)
