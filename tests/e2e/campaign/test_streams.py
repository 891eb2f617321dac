"""Streamed answers: what the caller sees, what is written, and that both agree with the bill."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from tests.gateway_server import ROUTE
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox

pytestmark = pytest.mark.service
CANARY = "Zephyrine Quillfeather"
PATIENT = {"name": CANARY, "mrn": "00482913"}
LONG = "ECHO:" + " ".join(f"word{n} of {CANARY}," for n in range(60))
STALL = {"after_events": 40, "ms": HELD_MS}  # nobody is still there when it goes on
SHORT = "ECHO:" + " ".join(f"word{n}" for n in range(30))
GRAMMAR = {
    "message_start": {"content_block_start", "message_delta"},
    "content_block_start": {"content_block_delta", "content_block_stop"},
    "content_block_delta": {"content_block_delta", "content_block_stop"},
    "content_block_stop": {"content_block_start", "message_delta"},
    "message_delta": {"message_stop"},
    "message_stop": {"router.summary"},
}


def test_stream_is_the_plain_answer_event_by_event(practice: Practice, sandbox: Sandbox):
    """Anthropic's grammar, identifiers restored across every cut, the whole reply at the end."""
    asked: dict[str, Any] = {"prompt": LONG, "patient": PATIENT}
    plain = practice.pms.route(**asked).body
    streamed = practice.pms.stream(**asked)
    kinds = [kind for kind in streamed.kinds if kind != "ping"]
    assert kinds[0] == "message_start"
    for kind, following in pairwise(kinds):
        assert following in GRAMMAR[kind]
    assert kinds.count("router.summary") == 1
    assert streamed.text == plain["text"] == streamed.summary["text"]
    assert streamed.summary["outcome"] == "completed"
    same = ("content", "stop_reason", "truncated", "usage", "phi", "cache", "warnings")
    assert {name: streamed.summary[name] for name in same} == {n: plain[n] for n in same}
    assert set(streamed.summary) == {*plain, "type", "outcome"}
    assert CANARY not in json.dumps([request["body"] for request in sandbox.requests()])
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [each.state for each in practice.requests()] == ["completed"] * 2
    assert practice.requests()[1].is_stream


def test_decision_is_in_the_headers_before_the_first_byte(practice: Practice):
    streamed = practice.pms.stream("Is this positive: great?", task_type="sentiment")
    routing = streamed.summary["routing"]
    assert streamed.headers["x-router-tier"] == routing["tier"]
    assert streamed.headers["x-router-model"] == routing["model"]
    assert streamed.headers["x-router-reason"] == "own_tier"
    assert float(streamed.headers["x-router-confidence"]) == routing["confidence"]
    assert streamed.headers["x-router-request-id"] == streamed.summary["id"]
    assert streamed.headers["cache-control"] == "no-store"
    assert streamed.headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "application/json"])
def test_event_sources_get_problems_as_json(practice: Practice, accept: str):
    """A client that accepts only events is not turned away, and its errors can be read."""
    streamed = practice.pms.stream("Hi", headers={"Accept": accept})
    assert streamed.status == 200
    refused = practice.pms.stream("Hi", task_type="no_such", headers={"Accept": accept})
    assert (refused.status, refused.problem["problem"]) == (422, "unknown-task-type")
    assert refused.headers["content-type"] == "application/problem+json"


def test_tool_arguments_are_restored_and_parse(practice: Practice, sandbox: Sandbox):
    """Values that JSON must escape, cut after every second character."""
    names = {"name": 'Ann "Nan" O\'Hara\\Lee', "address": "1 Elm St\nFloor 2"}
    tool = {"name": "lookup", "input_schema": {"type": "object", "properties": {}}}
    sandbox.script(next=1, echo=True)
    prompt = f"{names['name']} of {names['address']}"
    token_text = practice.pms.route(prompt, patient=names)
    assert token_text.status == 200
    received = json.loads(sandbox.requests()[-1]["body"])["messages"][-1]["content"]
    sandbox.script(
        next=1, tool={"name": "lookup", "input": {"who": received, "list": [received]}},
        chunk_chars=2,
    )  # fmt: skip
    streamed = practice.pms.stream(prompt, patient=names, tools=[tool])
    call = next(b for b in streamed.summary["content"] if b["type"] == "tool_use")
    assert json.loads(streamed.grown("partial_json")) == call["input"]
    assert call["input"]["who"] == prompt
    assert streamed.summary["stop_reason"] == "tool_use"


def test_thinking_is_passed_on_byte_by_byte(practice: Practice, sandbox: Sandbox):
    """What the provider signed holds tokens, and goes back to it unchanged."""
    asked: dict[str, Any] = {
        "patient": PATIENT,
        "model": "opus",
        "thinking": {"type": "adaptive"},
        "max_tokens": 4_000,
    }
    question = f"Why would {CANARY} be short of breath? Think about the differential diagnosis."
    streamed = practice.pms.stream(question, **asked)
    block = next(b for b in streamed.summary["content"] if b["type"] == "thinking")
    assert streamed.grown("thinking") == block["thinking"]
    assert streamed.grown("signature") == block["signature"]
    again = practice.pms.stream(
        messages=[
            {"role": "user", "content": question},
            {"role": "assistant", "content": streamed.summary["content"]},
            {"role": "user", "content": "And what next?"},
        ],
        **asked,
    )
    assert again.summary["outcome"] == "completed"


def test_repeat_with_the_same_key_is_the_stored_answer_as_a_stream(
    practice: Practice, sandbox: Sandbox
):
    """One key for streamed and plain: one call, one bill, the same answer."""
    key = {"Idempotency-Key": "visit-1"}
    first = practice.pms.stream(LONG, patient=PATIENT, headers=key)
    second = practice.pms.stream(LONG, patient=PATIENT, headers=key)
    plain = practice.pms.route(LONG, patient=PATIENT, headers=key)
    assert len(sandbox.book()) == 1
    assert second.text == first.text == plain.body["text"]
    assert second.summary["id"] == first.summary["id"] == plain.body["id"]
    assert second.kinds[0] == "message_start"
    assert second.kinds[-2:] == ["message_stop", "router.summary"]
    other = practice.pms.stream("Something else.", headers=key)
    assert (other.status, other.problem["problem"]) == (422, "idempotency-mismatch")


def test_repeat_while_the_first_is_streaming_is_refused(practice: Practice, sandbox: Sandbox):
    key = {"Idempotency-Key": "visit-2", "Authorization": f"Bearer {practice.pms.key}"}
    sandbox.script(next=1, stall={"after_events": 12, "ms": HELD_MS})
    asked = {"prompt": SHORT, "stream": True}
    with practice.pms.client.stream(
        "POST", practice.pms.url + ROUTE, json=asked, headers=key
    ) as answer:
        next(answer.iter_raw())
        again = practice.pms.stream(SHORT, headers=key)
        assert (again.status, again.problem["problem"]) == (409, "idempotency-in-progress")
    sandbox.release()
    practice.wait_until_settled()


def test_answer_that_nobody_waited_for_is_kept_for_the_repeat(practice: Practice, sandbox: Sandbox):
    """Who lost the connection asks again with the same key and pays once."""
    sandbox.script(next=1, chunk_ms=5)
    headers = {"Idempotency-Key": "visit-3", "Authorization": f"Bearer {practice.pms.key}"}
    asked = {"prompt": LONG, "patient": PATIENT, "stream": True}
    with practice.pms.client.stream(
        "POST", practice.pms.url + ROUTE, json=asked, headers=headers
    ) as answer:
        next(answer.iter_raw())
    practice.wait_until_settled()
    again = practice.pms.stream(LONG, patient=PATIENT, headers={"Idempotency-Key": "visit-3"})
    assert again.text == LONG.removeprefix("ECHO:")
    assert len(sandbox.book()) == 1


@pytest.mark.parametrize("rounds", [1, pytest.param(100, marks=pytest.mark.soak)])
def test_who_hangs_up_pays_what_the_provider_bills(
    practice: Practice, sandbox: Sandbox, rounds: int
):
    """At each of twelve places in the stream: the call goes on to its usage."""
    sandbox.script(share=1.0, chunk_ms=5, stall=STALL)
    places = [place for place in range(1, 13) for _ in range(rounds)]
    leave = partial(practice.pms.leave_after, prompt=LONG, patient=PATIENT)
    with ThreadPoolExecutor(12) as callers:
        list(callers.map(leave, places))
    sandbox.release()
    practice.wait_until_settled()
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    book = {line["request_id"]: line["nano_usd"] for line in sandbox.book()}
    for attempt in practice.attempts():
        assert attempt.state == "settled"
        assert attempt.cost_nano_usd == book[attempt.provider_request_id]
    assert {each.state for each in practice.requests()} <= {"cancelled", "completed"}
    assert "client-gone" in {each.outcome for each in practice.requests()}


@pytest.mark.soak
def test_reader_who_takes_nothing_holds_up_nobody(practice: Practice, sandbox: Sandbox):
    """The answer is settled while the reader sleeps; what it did not read is not kept for ever."""
    sandbox.script(next=1, text="so much to say " * 150_000, bill={"output_tokens": 9})
    host, port = practice.pms.url.removeprefix("http://").split(":")
    body = json.dumps({"prompt": "Say much.", "stream": True, "max_tokens": 60_000}).encode()
    with socket.create_connection((host, int(port))) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        reader.sendall(
            b"POST /api/v1/route HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
            % (practice.pms.key.encode(), len(body), body)
        )
        assert reader.recv(15) == b"HTTP/1.1 200 OK"
        assert practice.pms.route("Is this positive: great?").status == 200
        practice.wait_until_settled()
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_request_over_its_budget_streams_nothing(open_practice: Any, sandbox: Sandbox):
    practice = open_practice(cap_nano_usd=1_000)
    refused = practice.pms.stream("Summarize the visit.")
    assert (refused.status, refused.problem["problem"]) == (402, "budget-exceeded")
    assert sandbox.requests() == []


def test_many_streams_at_once_never_mix(practice: Practice, sandbox: Sandbox):
    """Each gets its own answer with its own patient."""
    sandbox.script(share=1.0, chunk_ms=2)

    def ask(number: int) -> tuple[str, str]:
        name = f"Quill{'abcdefghijklmnop'[number % 16]}feather{'xyzw'[number // 16]}"
        answer = practice.pms.stream(f"ECHO:{name} nonce-{number}-", patient={"name": name})
        return answer.text, f"{name} nonce-{number}-"

    with ThreadPoolExecutor(16) as callers:
        for found, expected in callers.map(ask, range(48)):
            assert found == expected
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
