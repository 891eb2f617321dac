"""A provider that is away for long: little is sent to it, nothing is owed, and it is soon back."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway_server import Gateway
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage.capacity import looking
from usage.capacity.breaker import FAILURES_IN_A_ROW
from usage.models import ModelCard

pytestmark = pytest.mark.service
OPUS = "claude-opus-4-6"


# What is critical is not lowered by its text, so that Opus is asked first.
BODY = {"task_type": "contract_analysis", "accuracy": "critical"}


def ask(practice: Practice, **fields):
    return practice.pms.route("Review the terms.", **BODY, **fields)


def asked_of_opus(sandbox: Sandbox) -> int:
    return sum(OPUS in str(request["body"]) for request in sandbox.requests())


def explain(practice: Practice):
    body = {"prompt": "Review the terms.", **BODY}
    return practice.pms.post("/api/v1/route/explain", body).body["routing"]


@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.soak)])
def test_outage_is_not_made_worse(practice: Practice, sandbox: Sandbox, count: int):
    """Of a hundred requests no more than a hundred and ten calls arrive; soon hardly any."""
    sandbox.script(share=1.0, status=529)
    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: ask(practice), range(count)))
    assert {(reply.status, reply.problem) for reply in replies} == {(502, "provider-failed")}
    assert not any(reply.body["billed"] for reply in replies)
    assert len(sandbox.book()) <= count * 1.1
    assert any(int(reply.headers.get("retry-after", 0)) >= 1 for reply in replies)
    assert practice.sums == (0, 0, 0)
    assert {each.state for each in practice.requests()} == {"failed"}
    assert {each.state for each in practice.attempts()} == {"void"}


def reach_the_spending_limit(sandbox: Sandbox) -> None:
    """Let each call of Opus fail as when the account's limit is reached."""
    details = {"error_code": "enforced_spend_limit_reached"}
    error = {"type": "rate_limit_error", "message": "Ask Mabel.", "details": details}
    sandbox.script(model=OPUS, status=429, body={"type": "error", "error": error})


def test_open_breaker_is_passed_by_with_a_reason(practice: Practice, sandbox: Sandbox):
    """What the decision says is what happens: another place answers, and the model is not asked.

    A spending limit opens it for a minute. After ten failures it would be five seconds, and a busy
    machine needs more for two requests: then the next one is a probe.
    """
    reach_the_spending_limit(sandbox)
    assert ask(practice).status == 200
    told = explain(practice)
    assert "breaker_open" in [reason["code"] for reason in told["reasons"]]
    assert told["model"] != OPUS
    reply = ask(practice)
    assert reply.status == 200
    assert reply.body["routing"]["model"] == told["model"]
    assert [each["kind"] for each in reply.body["routing"]["attempts"]] == ["main"]
    assert asked_of_opus(sandbox) == 1


def test_spending_limit_is_met_once(practice: Practice, sandbox: Sandbox, gateway_process: Gateway):
    """Waiting is no use, so the deployment is left alone at once and somebody is told."""
    reach_the_spending_limit(sandbox)
    assert [ask(practice).status for _ in range(3)] == [200] * 3
    assert asked_of_opus(sandbox) == 1
    log = gateway_process.log.read_text()
    assert "provider.needs_attention" in log
    assert "Mabel" not in log


def test_caller_in_a_hurry_closes_nothing(practice: Practice, sandbox: Sandbox):
    """A client with deadlines that nobody can meet does not take the model from the others."""
    sandbox.script(model=OPUS, latency_ms=HELD_MS)
    for _ in range(FAILURES_IN_A_ROW + 1):
        assert ask(practice, deadline_ms=150).status == 504
    assert explain(practice)["model"] == OPUS


@pytest.fixture
def impatient_model(practice: Practice) -> Iterator[str]:
    """Give Opus hardly any time; return the slug of its place."""
    opus = ModelCard.objects.filter(model_id=OPUS)
    before = opus.get().timeout_ms
    opus.update(timeout_ms=200)
    practice.wait_for_configuration()
    yield "anthropic-direct-opus"
    opus.update(timeout_ms=before)


def test_silence_beyond_the_models_own_time_counts(
    practice: Practice, sandbox: Sandbox, impatient_model: str
):
    """However short an admin made it: the caller would have waited, and another model answers."""
    sandbox.script(model=OPUS, latency_ms=HELD_MS)
    assert ask(practice).status == 200
    failures = looking.look([impatient_model])[impatient_model].failures
    assert failures[0].cause == "timeout"


@pytest.mark.soak
def test_provider_that_is_back_is_used_again(practice: Practice, sandbox: Sandbox):
    sandbox.script(model=OPUS, status=529)
    for _ in range(FAILURES_IN_A_ROW):
        ask(practice)
    sandbox.reset()
    wait_until(lambda: ask(practice).body["routing"]["model"] == OPUS)


def test_readiness_says_that_a_model_is_left_alone(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    reach_the_spending_limit(sandbox)
    ask(practice)
    document = gateway_process.ready()
    assert (document["status"], document["breakers_open"]) == ("degraded", 1)
    assert OPUS not in json.dumps(document)
