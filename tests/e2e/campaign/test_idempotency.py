"""One Idempotency-Key, at most one call: repeated, raced, refused, crashed, expired."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from routerproject.shared import clock
from tests.gateway_server import Gateway, Pms, Reply
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage import accounts, sweeper
from usage.configuration import current_version
from usage.models import Client, IdempotencyClaim

pytestmark = pytest.mark.service
NAME = "Zephyrine Quillfeather"
ASKED = {"prompt": f"ECHO:Dear {NAME}", "patient": {"name": NAME}, "task_type": "sentiment"}


def ask(pms: Pms, key: str, **changes) -> Reply:
    return pms.post("/api/v1/route", {**ASKED, **changes}, headers={"Idempotency-Key": key})


def test_repeat_gets_the_first_answer_without_a_second_call(practice: Practice, sandbox: Sandbox):
    """Identifiers are restored in it, although what is kept holds none."""
    first, again = ask(practice.pms, "k1"), ask(practice.pms, "k1")
    assert first.status == again.status == 200
    assert again.body["text"] == f"Dear {NAME}"
    for member in ("id", "text", "usage", "cost", "routing", "content"):
        assert again.body[member] == first.body[member]
    (asked,) = sandbox.requests()  # where such a key would be dropped without a word
    assert not any("idempotency" in name for name in asked["headers"])
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert NAME.encode() not in bytes(practice.claims()[0].answer_sealed or b"")


def test_same_values_spelled_otherwise_are_the_same_body(practice: Practice, sandbox: Sandbox):
    ask(practice.pms, "k1")
    again = practice.pms.post(
        "/api/v1/route", dict(reversed(ASKED.items())), headers={"Idempotency-Key": "k1"}
    )
    assert again.status == 200
    assert len(sandbox.requests()) == 1


def test_another_body_is_refused(practice: Practice, sandbox: Sandbox):
    ask(practice.pms, "k1")
    for changes in ({"prompt": "ECHO:other"}, {"accuracy": "high"}, {"max_tokens": 9}):
        reply = ask(practice.pms, "k1", **changes)
        assert (reply.status, reply.problem) == (422, "idempotency-mismatch")
    assert len(sandbox.requests()) == 1


def test_another_case_in_a_header_is_another_request(practice: Practice, sandbox: Sandbox):
    """Where the body has no place for it; how long the caller waits is none of it."""
    body = {
        "model": "auto",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": f"ECHO:Dear {NAME}"}],
    }

    def ask_as_client(**named: str) -> Reply:
        headers = {f"x-router-{name}": value for name, value in named.items()}
        headers["Idempotency-Key"] = "k1"
        return practice.pms.post("/v1/messages", body, headers=headers)

    first = ask_as_client(case="a", accuracy="high")
    again = ask_as_client(accuracy="high", case="a", cache="false", **{"deadline-ms": "9000"})
    assert first.body["content"][0]["text"] == again.body["content"][0]["text"] == f"Dear {NAME}"
    for other in ({"case": "b", "accuracy": "high"}, {"case": "a"}, {}):
        assert ask_as_client(**other).status == 422
    assert len(sandbox.requests()) == 1


def test_another_client_is_independent(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """Of the same tenant even: keys are the client's own."""
    other = Client.objects.create(
        tenant=practice.tenant, slug="other", name="Other", requests_per_minute=1_000
    )
    key = accounts.create_key(client=other, name="test", scopes=["route"], by=None)
    gateway_process.wait_for_version(current_version())
    ask(practice.pms, "k1")
    pms = Pms(practice.pms.url, key.text)
    with pms.client:
        reply = ask(pms, "k1", prompt="ECHO:mine")
    assert reply.body["text"] == "mine"
    assert len(sandbox.requests()) == 2


@pytest.mark.parametrize("callers", [50, pytest.param(200, marks=pytest.mark.soak)])
def test_many_at_once_make_one_call(practice: Practice, sandbox: Sandbox, callers: int):
    """The others are told to wait, or get the answer."""
    sandbox.script(share=1.0, latency_ms=100)
    with ThreadPoolExecutor(callers) as pool:
        replies = list(pool.map(lambda _: ask(practice.pms, "k1"), range(callers)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert {r.problem for r in replies if r.status == 409} <= {"idempotency-in-progress"}
    assert len({reply.body["id"] for reply in replies if reply.status == 200}) == 1
    assert len(sandbox.requests()) == 1
    assert ask(practice.pms, "k1").status == 200
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_repeat_while_the_first_runs_is_told_to_wait(practice: Practice, sandbox: Sandbox):
    sandbox.script(next=1, latency_ms=HELD_MS)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, practice.pms, "k1")
        wait_until(sandbox.requests)
        second = ask(practice.pms, "k1")
        assert (second.status, second.problem) == (409, "idempotency-in-progress")
        assert second.headers["retry-after"] == "1"
        assert second.body["retryable"] is True
        sandbox.release()
        assert first.result().status == 200
    assert ask(practice.pms, "k1").body["id"] == first.result().body["id"]


@pytest.mark.parametrize("status", [529, 400])
def test_failure_that_never_left_frees_the_key(practice: Practice, sandbox: Sandbox, status: int):
    sandbox.script(share=1.0, status=status)
    assert ask(practice.pms, "k1").status == 502
    sandbox.reset()
    assert ask(practice.pms, "k1").status == 200
    assert len(sandbox.requests()) == 1


def test_refusal_by_a_budget_frees_the_key(
    open_practice: Callable[..., Practice], gateway_process: Gateway, sandbox: Sandbox
):
    practice = open_practice(cap_nano_usd=1)
    assert ask(practice.pms, "k1").status == 402
    practice.budget.cap_nano_usd = 10**12
    practice.budget.save(update_fields=["cap_nano_usd"])
    gateway_process.wait_for_version(current_version())
    assert ask(practice.pms, "k1").status == 200


def test_failure_that_may_have_been_billed_keeps_the_key(practice: Practice, sandbox: Sandbox):
    """Sending it again is the caller's decision, with a new key."""
    sandbox.script(share=1.0, status=500)
    assert ask(practice.pms, "k1").status == 502
    sandbox.reset()
    reply = ask(practice.pms, "k1")
    assert (reply.status, reply.problem) == (409, "outcome-unknown")
    assert reply.body["retryable"] is False
    assert sandbox.requests() == []
    assert ask(practice.pms, "k2").status == 200


def test_key_of_a_process_that_died_is_of_unknown_outcome(
    open_practice: Callable[..., Practice],
    sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
):
    """kill -9 between send and answer, then the sweep: 409, and nothing is sent again."""
    log = tmp_path_factory.mktemp("mortal") / "web.log"
    mortal = Gateway(sandbox.base_url, log).start()
    practice = open_practice(mortal)
    sandbox.script(next=1, latency_ms=HELD_MS)
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(ask, practice.pms, "k1")
        mortal.wait_until(lambda: len(sandbox.requests()) == 1)
        mortal.kill()
        assert lost.exception() is not None
    heir = Gateway(sandbox.base_url, log).start()
    pms = Pms(heir.url, practice.pms.key)
    try:
        assert ask(pms, "k1").problem == "idempotency-in-progress"
        later = clock.now() + timedelta(hours=1)
        sweeper.mark_overdue_attempts(later)
        sweeper.close_abandoned_requests(later)
        reply = ask(pms, "k1")
        assert (reply.status, reply.problem) == (409, "outcome-unknown")
        assert len(sandbox.requests()) == 1
    finally:
        pms.client.close()
        heir.stop()


def test_key_expires_after_a_day(practice: Practice, sandbox: Sandbox):
    first = ask(practice.pms, "k1")
    IdempotencyClaim.objects.filter(client_id=practice.client.pk).update(expires_at=clock.now())
    again = ask(practice.pms, "k1", prompt="ECHO:another body")
    assert again.status == 200
    assert again.body["id"] != first.body["id"]
    assert len(sandbox.requests()) == 2


def test_longest_key_works(practice: Practice, sandbox: Sandbox):
    key = (str(uuid4()) * 8)[:255]
    assert ask(practice.pms, key).status == ask(practice.pms, key).status == 200
    assert len(sandbox.requests()) == 1
