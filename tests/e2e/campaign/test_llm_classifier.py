"""A small model asked about a request in doubt: what it changes, what it costs, what breaks it."""

import os
from collections.abc import Callable, Iterator

import pytest
import redis

from routing.models import LlmClassifier
from tests.gateway_server import Gateway, Reply
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox

pytestmark = pytest.mark.service
QUESTION = "You classify requests of a clinic"  # only the classifier's calls hold this
EXPLAIN = "/api/v1/route/explain"
USUAL = {
    "is_enabled": True,
    "asks_from": 0.0,
    "asks_up_to": 1.0,
    "timeout_ms": 10_000,
    "label_ttl_seconds": 86_400,
}


def in_doubt() -> str:
    """Return a text that looks like no tier in particular; here, every text leaves a doubt.

    It is the same each time: one of random figures may look like a value that is critical.
    """
    return "What about the other plan, then?"


def answer_of(tier: str, confidence: float = 0.9) -> str:
    return f'{{"tier": "{tier}", "confidence": {confidence}, "reason_code": "ambiguous"}}'


def kinds(reply: Reply) -> list[str]:
    return [each["kind"] for each in reply.body["routing"]["attempts"]]


def codes(reply: Reply) -> list[str]:
    return [reason["code"] for reason in reply.body["routing"]["reasons"]]


@pytest.fixture
def asking(
    open_practice: Callable[..., Practice], sandbox: Sandbox, gateway_process: Gateway
) -> Iterator[Callable[..., Practice]]:
    """Return a function that opens a practice while the stage is on, with settings of its own."""

    def make(*, cap_nano_usd: int = 50_000_000_000, **settings) -> Practice:
        LlmClassifier.objects.update(**{**USUAL, **settings})
        return open_practice(cap_nano_usd=cap_nano_usd)

    yield make
    LlmClassifier.objects.update(is_enabled=False)


def test_a_label_decides_what_the_text_leaves_open_and_is_on_the_bill(asking, sandbox):
    practice = asking()
    sandbox.script(nonce=QUESTION, text=answer_of("complex"))
    reply = practice.pms.route(in_doubt())
    routing, cost = reply.body["routing"], reply.body["cost"]
    assert (routing["tier"], routing["source"], routing["complexity"]) == ("opus", "llm", "complex")
    assert kinds(reply) == ["classifier", "main"]
    assert "llm_label" in codes(reply)
    billed = {line["model"]: line["nano_usd"] for line in sandbox.book()}
    assert len(billed) == 2
    assert cost["classifier_usd"] != "0.000000000"
    assert cost["other_usd"] == "0.000000000"
    record = practice.requests()[0]
    assert record.cost_nano_usd == sum(billed.values()) == practice.sums[0]
    assert record.classifier_nano_usd == billed["claude-haiku-4-5-20251001"]
    assert (record.state, record.tier, record.source) == ("completed", "opus", "llm")
    assert record.decision["reasons"][-1][0] == "deployment"
    assert [a.kind for a in practice.attempts()] == ["classifier", "main"]
    assert [e.kind for e in practice.audited()].count("attempt.admitted") == 2
    assert reply.headers["x-router-tier"] == "opus"


def test_the_same_question_is_not_paid_twice(asking, sandbox):
    practice, text = asking(), in_doubt()
    assert kinds(practice.pms.route(text)) == ["classifier", "main"]
    again = practice.pms.route(text)
    assert kinds(again) == ["main"]
    assert again.body["cost"]["classifier_usd"] == "0.000000000"
    assert again.body["routing"]["source"] == "llm"


def test_labels_can_be_forgotten(asking, sandbox):
    practice, text = asking(label_ttl_seconds=0), in_doubt()
    assert [kinds(practice.pms.route(text))[0] for _ in range(2)] == ["classifier"] * 2


def test_what_leaves_holds_no_identifier(asking, sandbox):
    practice = asking()
    patient = {"name": "Zephyrine Quillfeather", "mrn": "MRN-7718203"}
    reply = practice.pms.route(
        f"About Zephyrine Quillfeather, MRN-7718203. {in_doubt()}", patient=patient
    )
    assert kinds(reply) == ["classifier", "main"]
    for request in sandbox.requests():
        assert "Quillfeather" not in str(request)
        assert "7718203" not in str(request)


BROKEN: dict[str, tuple[dict[str, object], str, str]] = {
    "busy": ({"status": 529}, "llm_unavailable", "void"),
    "refused": ({"status": 400}, "llm_unavailable", "void"),
    "broken": ({"status": 500}, "llm_unavailable", "unknown"),
    "cut": ({"cut": {"after_bytes": 40, "how": "rst"}}, "llm_unavailable", "unknown"),
    "another model": ({"answer_model": "claude-opus-4-6"}, "llm_unavailable", "unknown"),
    "nonsense": ({"text": "It depends."}, "llm_unreadable", "settled"),
    "a tier of its own": ({"text": answer_of("opus")}, "llm_unreadable", "settled"),
    "cut short": (
        {"text": answer_of("simple"), "stop_reason": "max_tokens"},
        "llm_unreadable",
        "settled",
    ),
    "refusal": ({"stop_reason": "refusal"}, "llm_unreadable", "settled"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_whatever_breaks_the_stage_the_local_verdict_answers(fault, asking, sandbox):
    """The answer comes as without the stage, says why, and every call is accounted for."""
    rule, code, state = BROKEN[fault]
    practice = asking()
    sandbox.script(nonce=QUESTION, **rule)
    text = in_doubt()
    alone = practice.pms.post(EXPLAIN, {"prompt": text, "llm_classifier": False})
    reply = practice.pms.route(text)
    assert reply.status == 200
    for name in ("tier", "source"):
        assert reply.body["routing"][name] == alone.body["routing"][name]
    assert code in codes(reply)
    attempts = practice.attempts()
    assert [(a.kind, a.state) for a in attempts] == [("classifier", state), ("main", "settled")]
    posted, held, unknown = practice.sums
    assert (posted, held) == (sum(a.cost_nano_usd for a in attempts), 0)
    assert unknown == (attempts[0].hold_nano_usd if state == "unknown" else 0)


def test_a_slow_model_is_not_waited_for(asking, sandbox):
    for timeout_ms in (100, 1_000, 10_000):  # the first that suffices to ask
        practice = asking(timeout_ms=timeout_ms)
        sandbox.reset()
        sandbox.script(nonce=QUESTION, latency_ms=HELD_MS)
        reply = practice.pms.route(in_doubt())
        if len(sandbox.requests()) == 2:
            break
    assert (reply.status, "llm_timed_out" in codes(reply)) == (200, True)
    assert [a.state for a in practice.attempts()] == ["unknown", "settled"]


def test_a_budget_without_room_for_the_question_says_so(asking, sandbox):
    """The question holds less than the answer, so this is the budget of both."""
    practice = asking(cap_nano_usd=1_000)
    reply = practice.pms.route(in_doubt())
    assert (reply.status, reply.problem) == (402, "budget-exceeded")
    assert not reply.body["billed"]
    assert sandbox.book() == []
    record = practice.requests()[0]
    assert (record.state, record.attempts) == ("denied", 0)
    assert ["classifier", "llm_over_budget", ""] in record.decision["reasons"]


def test_a_budget_with_room_for_the_question_alone_refuses_and_bills_it(asking, sandbox):
    practice = asking(cap_nano_usd=6_000_000)
    reply = practice.pms.route(in_doubt(), headers={"Idempotency-Key": "once"})
    assert (reply.status, reply.body["billed"]) == (402, True)
    assert [a.kind for a in practice.attempts()] == ["classifier"]
    record = practice.requests()[0]
    assert (record.state, record.tier, record.source) == ("failed", "sonnet", "llm")
    assert record.cost_nano_usd == record.classifier_nano_usd == practice.sums[0] > 0
    again = practice.pms.route(in_doubt(), headers={"Idempotency-Key": "once"})
    assert again.status == 402  # no answer was bought, so the key may be used again


@pytest.mark.parametrize(
    "fields",
    [
        {"urgency": "real_time"},
        {"max_tokens": 64},
        {"llm_classifier": False},
        {"task_type": "demographic_extraction"},
        {"model": "haiku"},
        {"accuracy": "critical", "model": "opus"},
    ],
    ids=str,
)
def test_nobody_asks_where_it_is_no_use(fields, asking, sandbox):
    assert kinds(asking().pms.route(in_doubt(), **fields)) == ["main"]


def test_nobody_asks_outside_the_band(asking, sandbox):
    practice = asking(asks_up_to=0.3)
    assert kinds(practice.pms.route(in_doubt())) == ["main"]


def test_a_stream_is_decided_the_same_way(asking, sandbox):
    practice = asking()
    sandbox.script(nonce=QUESTION, text=answer_of("complex"))
    stream = practice.pms.stream(in_doubt())
    assert stream.headers["x-router-tier"] == "opus"
    assert [a["kind"] for a in stream.summary["routing"]["attempts"]] == ["classifier", "main"]


def test_an_explanation_asks_and_bills_unless_told_otherwise(asking, sandbox):
    practice, text = asking(), in_doubt()
    free = practice.pms.post(EXPLAIN, {"prompt": text, "llm_classifier": False})
    assert (kinds(free), sandbox.book(), practice.requests()) == ([], [], [])
    asked = practice.pms.post(EXPLAIN, {"prompt": text})
    assert (kinds(asked), asked.body["routing"]["source"]) == (["classifier"], "llm")
    record = practice.requests()[0]
    assert (record.state, record.outcome) == ("completed", "explained")
    assert record.cost_nano_usd == sandbox.totals()["nano_usd"] == practice.sums[0] > 0
    known = practice.pms.post(EXPLAIN, {"prompt": text})
    assert (kinds(known), len(practice.requests())) == ([], 1)


def test_counting_tokens_asks_nobody(asking, sandbox):
    practice = asking()
    body = {"model": "auto", "messages": [{"role": "user", "content": in_doubt()}]}
    assert practice.pms.post("/v1/messages/count_tokens", body).status == 200
    assert [each.kind for each in practice.attempts()] == ["count"]


def test_a_label_that_somebody_else_wrote_is_asked_for_again(asking, sandbox):
    """Whatever stands in Redis under its keys."""
    practice, text = asking(), in_doubt()
    practice.pms.route(text)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        for key in client.scan_iter("label:*"):
            client.set(key, "opus, please")
    assert kinds(practice.pms.route(text)) == ["classifier", "main"]
