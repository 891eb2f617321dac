"""A provider that fails in the middle of an answer: what is shown, what is owed, what is recorded.

Before the first delta another model answers and nobody sees it; after it the caller is told, and no
other model is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateway_server import StreamReply
from tests.patience import DEADLINES_MS
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox

pytestmark = pytest.mark.service
CANARY = "Zephyrine Quillfeather"
TEXT = " ".join(f"word{n}" for n in range(40))
OVERLOADED = {"type": "overloaded_error", "message": CANARY}


@dataclass(frozen=True)
class Case:
    """A rule of the sandbox, and what must come of it."""

    rule: dict[str, Any]
    outcome: str = "completed"  # of the stream's summary
    attempt: str = "settled"  # state in the ledger
    error: str = "api_error"
    has_whole_text: bool = False


def cut(events: int, how: str) -> dict[str, Any]:
    return {"cut": {"after_events": events, "how": how}}


BROKEN = {
    "closed in the middle": Case(cut(12, "fin"), "truncated", "unknown"),
    "reset in the middle": Case(cut(12, "rst"), "truncated", "unknown"),
    "ended in the middle": Case(cut(12, "eof"), "truncated", "unknown"),
    "no end": Case({"faults": ["no_message_stop"]}, "truncated", "unknown", has_whole_text=True),
    "bad json": Case({"faults": ["bad_json"]}, "truncated", "unknown"),
    "a line without end": Case({"faults": ["huge_line"]}, "truncated", "unknown"),
    "error after some text": Case(
        {"error_event": {**OVERLOADED, "after_events": 9}},
        "failed", "unknown", error="overloaded_error",
    ),
    "no usage": Case({"faults": ["missing_usage"]}, "failed", "unknown", has_whole_text=True),
    "usage below nothing": Case(
        {"usage": {"output_tokens": -1}}, "failed", "unknown", has_whole_text=True
    ),
    "usage that is no number": Case(
        {"usage": {"output_tokens": "NaN"}}, "failed", "unknown", has_whole_text=True
    ),
    "usage past all bounds": Case(
        {"usage": {"input_tokens": 2**63}}, "failed", "unknown", has_whole_text=True
    ),
}  # fmt: skip


def ask(practice: Practice, **fields: Any) -> StreamReply:
    """Ask for Opus work, so that a fallback stays at its tier or above."""
    asked = {"task_type": "contract_analysis", "patient": {"name": CANARY}, **fields}
    return practice.pms.stream(f"ECHO:{TEXT} of {CANARY}", **asked)


def agrees(practice: Practice, sandbox: Sandbox) -> None:
    """Assert that what is posted or in doubt covers the bill, and that audit and ledger agree."""
    posted, held, unknown = practice.sums
    billed = sandbox.totals()["nano_usd"]
    assert held == 0
    assert posted <= billed <= posted + unknown
    attempts = practice.attempts()
    assert posted == sum(each.cost_nano_usd for each in attempts)
    assert unknown == sum(each.hold_nano_usd for each in attempts if each.state == "unknown")
    ends = [e.kind for e in practice.audited() if e.kind.startswith("attempt.")]
    assert ends == [kind for a in attempts for kind in ("attempt.admitted", f"attempt.{a.state}")]


@pytest.mark.parametrize("name", BROKEN)
def test_stream_that_breaks_off_says_so_and_keeps_its_hold(
    practice: Practice, sandbox: Sandbox, name: str
):
    """Never "completed", never another model after text was shown, and the doubt stays."""
    case = BROKEN[name]
    sandbox.script(next=1, **case.rule)
    streamed = ask(practice)
    assert streamed.kinds[-2:] == ["error", "router.summary"]
    assert streamed.kinds.count("error") == streamed.kinds.count("router.summary") == 1
    assert "message_stop" not in streamed.kinds
    assert streamed.events[-2]["error"]["type"] == case.error
    assert (streamed.summary["outcome"], streamed.summary["truncated"]) == (case.outcome, True)
    whole = f"{TEXT} of {CANARY}"
    assert (streamed.text == whole) if case.has_whole_text else whole.startswith(streamed.text)
    assert streamed.summary["text"] == streamed.text
    assert [each.state for each in practice.attempts()] == [case.attempt]
    (request,) = practice.requests()
    assert (request.state, request.is_truncated) == ("failed", True)
    assert '"request_state":"failed"' in practice.audited()[-1].record
    assert len(sandbox.requests()) == 1
    agrees(practice, sandbox)


@pytest.mark.parametrize(("status", "is_billed"), [(529, False), (500, True)])
def test_when_no_model_begins_to_answer_the_caller_gets_a_problem(
    practice: Practice, sandbox: Sandbox, status: int, is_billed: bool
):
    sandbox.script(share=1.0, status=status)
    refused = ask(practice)
    assert (refused.status, refused.problem["problem"]) == (502, "provider-failed")
    assert (refused.problem["retryable"], refused.problem["billed"]) == (True, is_billed)
    assert [each.state for each in practice.requests()] == ["failed"]
    agrees(practice, sandbox)


@pytest.mark.parametrize(
    "rule",
    [{"latency_ms": HELD_MS}, {"first_byte_ms": HELD_MS}],
    ids=["silence", "headers and then silence"],
)
def test_deadline_before_the_first_delta_is_a_problem(
    open_practice: Callable[..., Practice], sandbox: Sandbox, rule: dict[str, Any]
):
    sandbox.script(share=1.0, **rule)
    for deadline_ms in DEADLINES_MS:
        practice = open_practice()
        refused = ask(practice, deadline_ms=deadline_ms)
        if sandbox.requests():
            break
    assert (refused.status, refused.problem["problem"]) == (504, "deadline-exceeded")
    assert refused.problem["billed"] is True
    assert [each.state for each in practice.attempts()] == ["unknown"]


def test_deadline_in_the_middle_breaks_the_answer_off(
    open_practice: Callable[..., Practice], sandbox: Sandbox
):
    for deadline_ms in DEADLINES_MS:
        practice = open_practice()
        sandbox.reset()
        sandbox.script(next=1, stall={"after_events": 12, "ms": HELD_MS})
        streamed = ask(practice, deadline_ms=deadline_ms)
        if streamed.events:
            break
    assert streamed.events[-2]["error"]["type"] == "timeout_error"
    assert streamed.summary["outcome"] == "truncated"
    assert [each.state for each in practice.attempts()] == ["unknown"]
    assert [each.state for each in practice.requests()] == ["failed"]
    agrees(practice, sandbox)


def test_broken_stream_cannot_be_had_again_with_its_key(practice: Practice, sandbox: Sandbox):
    """It may have been billed, so the key is not free for a second bill."""
    sandbox.script(next=1, **cut(12, "fin"))
    ask(practice, headers={"Idempotency-Key": "once"})
    again = ask(practice, headers={"Idempotency-Key": "once"})
    assert (again.status, again.problem["problem"]) == (409, "outcome-unknown")
    assert len(sandbox.book()) == 1


@pytest.mark.parametrize("fault", ["unknown_delta", "unknown_event"])
def test_answer_with_unknown_parts_says_so_and_is_kept_for_nobody(
    practice: Practice, sandbox: Sandbox, fault: str
):
    """A delta that a newer client may know is let pass; who asks again must not get less."""
    sandbox.script(next=1, faults=[fault])
    once = {"task_type": "sentiment", "headers": {"Idempotency-Key": fault}}
    streamed = ask(practice, **once)
    assert (fault == "unknown_delta") == ("smell_delta" in str(streamed.events))
    assert streamed.summary["outcome"] == "completed"
    assert "unknown-parts" in [each["code"] for each in streamed.summary["warnings"]]
    again = ask(practice, **once)
    assert (again.status, again.problem["problem"]) == (409, "answer-not-kept")
    assert len(sandbox.book()) == 1
    agrees(practice, sandbox)
