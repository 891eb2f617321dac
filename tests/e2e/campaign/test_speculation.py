"""The likely tier's call, begun beside the classifier: used, dropped, and exact on the bill."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from routerproject.shared import clock
from routing.models import LlmClassifier
from tests.gateway_server import Gateway, Reply
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage import reconciliation, sweeper, verification

pytestmark = pytest.mark.service
QUESTION = "You classify requests of a clinic"  # only the classifier's calls hold this
HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"
IN_DOUBT = "Help me with the plan."
LIKELY = SONNET  # what that text alone leads to
AGREES, RAISES = "moderate", "complex"
USUAL = {
    "is_enabled": True,
    "speculates": True,
    "asks_from": 0.0,
    "asks_up_to": 1.0,
    "timeout_ms": 10_000,
    "label_ttl_seconds": 0,
}
SLOW_MS = 700
ENOUGH = 50_000_000_000  # nano-USD


def label(tier: str) -> str:
    return f'{{"tier": "{tier}", "confidence": 0.95, "reason_code": "ambiguous"}}'


def calls(reply: Reply) -> list[tuple[str, str, str]]:
    return sorted((a["kind"], a["model"], a["outcome"]) for a in reply.body["routing"]["attempts"])


def codes(reply: Reply) -> list[str]:
    return [r["code"] for r in reply.body["routing"]["reasons"] if r["step"] == "speculation"]


def kinds(practice: Practice) -> dict[str, str]:
    return {a.kind: a.state for a in practice.attempts()}


@pytest.fixture
def speculating(
    open_practice: Callable[..., Practice], sandbox: Sandbox, gateway_process: Gateway
) -> Iterator[Callable[..., Practice]]:
    """Return a function that opens a practice whose books are right at the end."""
    opened: list[Practice] = []

    def make(*, cap_nano_usd: int = ENOUGH, **settings) -> Practice:
        LlmClassifier.objects.update(**{**USUAL, **settings})
        opened.append(open_practice(cap_nano_usd=cap_nano_usd))
        return opened[-1]

    yield make
    LlmClassifier.objects.update(is_enabled=False, speculates=False)
    for practice in opened:
        practice.wait_until_settled()
        assert list(verification.verify(practice.tenant.pk)) == []
        posted, held, unknown = practice.sums
        attempts = practice.attempts()
        assert (posted, held) == (sum(a.cost_nano_usd for a in attempts), 0)
        assert unknown == sum(a.hold_nano_usd for a in attempts if a.state == "unknown")
        for record in practice.requests():
            own = [a for a in attempts if a.request_id == record.pk]
            assert record.attempts == len(own)
            assert record.cost_nano_usd == sum(a.cost_nano_usd for a in own)
            parts = record.model_nano_usd, record.classifier_nano_usd, record.other_nano_usd
            assert sum(parts) == record.cost_nano_usd


def test_the_call_begun_meanwhile_is_the_answer_when_the_label_agrees(speculating, sandbox):
    """Held for with the question, used, closed by its own settle, and the model's cost."""
    practice = speculating()
    sandbox.script(nonce=QUESTION, text=label(AGREES))
    reply = practice.pms.route(IN_DOUBT)
    assert calls(reply) == [
        ("classifier", HAIKU, "end_turn"),
        ("speculation", LIKELY, "end_turn"),
    ]
    routing, cost = reply.body["routing"], reply.body["cost"]
    assert (routing["tier"], routing["source"], codes(reply)) == (
        *("sonnet", "llm"),
        ["speculation_kept"],
    )
    billed = {line["model"]: line["nano_usd"] for line in sandbox.book()}
    record = practice.requests()[0]
    assert (record.model_nano_usd, record.classifier_nano_usd, record.other_nano_usd) == (
        *(billed[LIKELY], billed[HAIKU]),
        0,
    )
    assert (cost["other_usd"], reply.body["warnings"]) == ("0.000000000", [])
    assert (record.state, record.tier, record.model_id) == ("completed", "sonnet", LIKELY)
    assert record.upstream_ms <= record.latency_ms
    question, likely = practice.attempts()
    assert question.admitted_at == likely.admitted_at  # one admission for both


@pytest.mark.parametrize("slow", ["the question", "the likely call", "neither"])
def test_the_call_begun_meanwhile_is_dropped_when_the_label_differs(slow, speculating, sandbox):
    """It ends by itself and is billed as what it was, on the line for all else."""
    practice = speculating()
    sandbox.script(
        nonce=QUESTION, text=label(RAISES), latency_ms=SLOW_MS if slow == "the question" else 0
    )
    sandbox.script(model=LIKELY, latency_ms=SLOW_MS if slow == "the likely call" else 0)
    reply = practice.pms.route(IN_DOUBT)
    assert (reply.body["routing"]["tier"], codes(reply)) == ("opus", ["speculation_discarded"])
    practice.wait_until_settled()
    billed = {line["model"]: line["nano_usd"] for line in sandbox.book()}
    assert set(billed) == {HAIKU, SONNET, OPUS}
    record = practice.requests()[0]
    assert (record.model_nano_usd, record.classifier_nano_usd, record.other_nano_usd) == (
        *(billed[OPUS], billed[HAIKU]),
        billed[SONNET],
    )
    assert (record.state, record.tier, record.attempts) == ("completed", "opus", 3)
    outcomes = {a.kind: a.outcome for a in practice.attempts()}
    assert outcomes["speculation"] == "discarded"
    told = reply.body["cost"]["other_usd"]
    if "settlement-pending" in [w["code"] for w in reply.body["warnings"]]:
        assert (slow, told) == ("the likely call", "0.000000000")  # it ran on; the record knows
    else:
        assert round(float(told) * 1e9) == billed[SONNET]


FAILING: dict[str, tuple[dict[str, object], str]] = {
    "busy": ({"status": 529}, "void"),
    "broken": ({"status": 500}, "unknown"),
    "cut": ({"cut": {"after_bytes": 40, "how": "rst"}}, "unknown"),
    "nonsense": ({"faults": ["bad_json"]}, "unknown"),
}


@pytest.mark.parametrize("fault", FAILING)
@pytest.mark.parametrize("tier", [AGREES, RAISES])
def test_a_call_begun_meanwhile_that_fails_is_a_failed_call(tier, fault, speculating, sandbox):
    """The right one is made again or elsewhere by the usual rules; a dropped one is no matter."""
    rule, state = FAILING[fault]
    practice = speculating()
    sandbox.script(nonce=QUESTION, text=label(tier))
    sandbox.script(model=LIKELY, next=1, **rule)
    reply = practice.pms.route(IN_DOUBT)
    assert reply.status == 200, reply.body
    practice.wait_until_settled()
    assert kinds(practice)["speculation"] == state
    assert practice.requests()[0].state == "completed"
    assert reply.body["text"]


ASIDE: dict[str, dict[str, object]] = {
    "busy": {"status": 529},
    "broken": {"status": 500},
    "nonsense": {"text": "It depends."},
    "cut": {"cut": {"after_bytes": 40, "how": "rst"}},
}


@pytest.mark.parametrize("fault", ASIDE)
def test_when_the_question_comes_to_nothing_the_likely_call_is_the_answer(
    fault, speculating, sandbox
):
    practice = speculating()
    sandbox.script(nonce=QUESTION, **ASIDE[fault])
    reply = practice.pms.route(IN_DOUBT)
    assert (reply.status, codes(reply)) == (200, ["speculation_kept"])
    assert [a.kind for a in practice.attempts()].count("main") == 0
    assert reply.body["routing"]["model"] == LIKELY


def test_a_slow_question_does_not_delay_the_answer_beyond_its_time(speculating, sandbox):
    practice = speculating(timeout_ms=1_000)
    sandbox.script(nonce=QUESTION, latency_ms=30_000)
    reply = practice.pms.route(IN_DOUBT)
    assert (codes(reply), reply.body["routing"]["model"]) == (["speculation_kept"], LIKELY)
    assert kinds(practice) == {"classifier": "unknown", "speculation": "settled"}


def test_a_budget_with_room_for_one_call_alone_has_none_for_two(speculating, sandbox):
    """What is begun early must leave room for the dearest call that the label could ask for."""
    free = speculating(speculates=False)
    sandbox.script(nonce=QUESTION, text=label(RAISES))
    alone = free.pms.route(IN_DOUBT, max_tokens=300)
    holds = {a.kind: a.hold_nano_usd for a in free.attempts()}
    assert alone.body["routing"]["tier"] == "opus"
    practice = speculating(cap_nano_usd=holds["classifier"] + holds["main"])
    reply = practice.pms.route(IN_DOUBT, max_tokens=300)
    assert (reply.status, reply.body["routing"]["tier"]) == (200, "opus")
    assert [a.kind for a in practice.attempts()] == ["classifier", "main"]
    assert codes(reply) == []


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"speculates": False}, {}),
        ({}, {"urgency": "background"}),
        ({}, {"tools": [{"name": "look_up", "input_schema": {"type": "object"}}]}),
        ({}, {"llm_classifier": False}),
        ({"asks_up_to": 0.3}, {}),
    ],
    ids=str,
)
def test_nothing_is_begun_where_it_could_do_harm_or_is_no_use(
    settings, fields, speculating, sandbox
):
    practice = speculating(**settings)
    assert practice.pms.route(IN_DOUBT, **fields).status == 200
    assert "speculation" not in kinds(practice)


def test_real_time_requests_wait_for_nobody(speculating, sandbox):
    practice = speculating()
    practice.pms.route(IN_DOUBT, urgency="real_time")
    assert list(kinds(practice)) == ["main"]


@pytest.mark.parametrize(
    ("tier", "model", "outcome"), [(AGREES, SONNET, "end_turn"), (RAISES, OPUS, "discarded")]
)
def test_a_stream_is_begun_early_too(tier, model, outcome, speculating, sandbox):
    """Nothing of it is shown before the label is known, and nothing of a dropped one ever."""
    practice = speculating()
    sandbox.script(nonce=QUESTION, text=label(tier), latency_ms=200)
    if tier == RAISES:
        sandbox.script(model=SONNET, text="Nobody reads this.")
    stream = practice.pms.stream(IN_DOUBT)
    assert stream.summary["routing"]["model"] == model
    assert "Nobody reads this" not in str(stream.events)
    assert stream.text == stream.summary["text"] != ""
    practice.wait_until_settled()
    assert {a.kind: a.outcome for a in practice.attempts()}["speculation"] == outcome
    assert practice.requests()[0].model_id == model


@pytest.mark.parametrize("tier", [AGREES, RAISES])
def test_a_caller_who_leaves_a_stream_pays_for_what_was_begun(tier, speculating, sandbox):
    practice = speculating()
    sandbox.script(nonce=QUESTION, text=label(tier))
    sandbox.script(next=3, chunk_ms=30, text="word " * 40)
    practice.pms.leave_after(1, prompt=IN_DOUBT)
    practice.wait_until_settled()
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert practice.requests()[0].state == "cancelled"


def test_a_router_that_dies_loses_nothing(
    speculating, open_practice, sandbox, tmp_path_factory: pytest.TempPathFactory
):
    """kill -9 while a dropped call runs on after its request, and while two run for one request."""
    LlmClassifier.objects.update(**USUAL)
    mortal = Gateway(sandbox.base_url, tmp_path_factory.mktemp("mortal") / "web.log").start()
    practice = open_practice(mortal)
    sandbox.script(nonce=QUESTION, text=label(RAISES), next=1)
    sandbox.script(nonce=QUESTION, text=label(RAISES), latency_ms=30_000)
    sandbox.script(model=LIKELY, latency_ms=30_000)
    assert practice.pms.route(IN_DOUBT).body["routing"]["model"] == OPUS
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(practice.pms.route, IN_DOUBT)
        mortal.wait_until(lambda: len(sandbox.requests()) == 5)
        mortal.kill()
        assert lost.exception() is not None
    later = clock.now() + timedelta(hours=1)
    sweeper.mark_overdue_attempts(later)
    sweeper.close_abandoned_requests(later)
    answered, abandoned = practice.requests()
    assert (answered.state, abandoned.state) == ("completed", "unknown")
    unknown = [a for a in practice.attempts() if a.state == "unknown"]
    assert sorted(a.kind for a in unknown) == ["classifier", "speculation", "speculation"]
    assert practice.sums[1:] == (0, sum(a.hold_nano_usd for a in unknown))
    for attempt in unknown:
        reconciliation.resolve(attempt_id=attempt.pk, cost=7, by="test", evidence={})
    answered, abandoned = practice.requests()
    assert (answered.other_nano_usd, abandoned.other_nano_usd) == (7, 7)
    assert (abandoned.state, abandoned.classifier_nano_usd) == ("resolved", 7)
    assert practice.sums == (answered.cost_nano_usd + 14, 0, 0)


def test_one_key_is_one_set_of_calls(speculating, sandbox):
    practice = speculating()
    sandbox.script(nonce=QUESTION, text=label(RAISES))
    once, text = {"Idempotency-Key": "once"}, IN_DOUBT
    first, second = (practice.pms.route(text, headers=once) for _ in range(2))
    assert first.body["id"] == second.body["id"]
    assert len(sandbox.book()) == 3
    practice.wait_until_settled()


def test_an_explanation_begins_nothing(speculating, sandbox):
    practice = speculating()
    practice.pms.post("/api/v1/route/explain", {"prompt": IN_DOUBT})
    assert list(kinds(practice)) == ["classifier"]


def test_what_leaves_early_holds_no_identifier(speculating, sandbox):
    practice = speculating()
    patient = {"name": "Zephyrine Quillfeather", "mrn": "MRN-7718203"}
    about = {"patient": "Zephyrine Quillfeather"}
    reply = practice.pms.route(IN_DOUBT, patient=patient, context=about)
    assert reply.status == 200
    assert "speculation" in kinds(practice)
    assert "Quillfeather" not in str(sandbox.requests())
