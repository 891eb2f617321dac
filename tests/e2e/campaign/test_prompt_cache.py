"""A provider's prompt cache, through the router: kept as long, read as much, billed to the cent."""

import json
from typing import Any

import httpx2
import pytest

from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
MODEL = "claude-sonnet-4-6"
TURNS = 20
PEOPLE = ("Zephyrine Quillfeather", "Ambrose Thistlewood", "Ottoline Fairweather")
MARK: dict[str, Any] = {"type": "ephemeral"}
LOOKUP: dict[str, Any] = {
    "name": "read_note",
    "description": "Reads one note of the record. " * 40,
    "input_schema": {"type": "object", "properties": {"number": {"type": "integer"}}},
}
SYSTEM = "You prepare visits from the notes of a record, one note at a time. " * 90


def transcript(turn: int) -> list[dict[str, Any]]:
    """Return what has been said when a turn begins. New people appear on the way."""
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": "Prepare the next visit."}]}
    ]
    for number in range(turn):
        person = PEOPLE[min(number // 7, len(PEOPLE) - 1)] if number >= 3 else "the patient"
        call = {
            "type": "tool_use",
            "id": f"call_{number}",
            "name": "read_note",
            "input": {"number": number},
        }
        note = f"Note {number}. Patient name: {person}, MRN: 0048291{number % 3}. " + (
            "Knee pain after a fall, no swelling, full range of motion. " * 12
        )
        result = {"type": "tool_result", "tool_use_id": f"call_{number}", "content": note}
        turns += [
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ]
    return turns


def body(turn: int, *, ttl: str | None = None, is_marked: bool = True) -> dict[str, Any]:
    """Return a turn as a client sends it that marks its tools, its system prompt and its end."""
    mark = {"cache_control": {**MARK, **({"ttl": ttl} if ttl else {})}} if is_marked else {}
    turns = transcript(turn)
    turns[-1]["content"][-1].update(mark)
    return {
        "model": MODEL,
        "max_tokens": 40,
        "tools": [{**LOOKUP, **mark}],
        "tool_choice": {"type": "none"},
        "system": [{"type": "text", "text": SYSTEM, **mark}],
        "messages": turns,
    }


def share(lines: list[dict[str, Any]]) -> float:
    """Return how much of the input was read from the cache."""
    read = sum(line["cache_read_input_tokens"] for line in lines)
    kinds = ("input_tokens", "cache_creation_5m_input_tokens", "cache_creation_1h_input_tokens")
    return float(read / (read + sum(line[kind] for line in lines for kind in kinds)))


def send(practice: Practice, asked: dict[str, Any]) -> Any:
    headers = {"anthropic-version": "2026-10-21", "x-router-case": "case-1"}
    reply = practice.pms.post("/v1/messages", asked, headers=headers)
    assert reply.status == 200, reply.body
    return reply.body


def directly(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    headers = {"x-api-key": "a program without a router", "anthropic-version": "2026-10-21"}
    answer = httpx2.post(
        f"{sandbox.base_url}/v1/messages", json=asked, headers=headers, timeout=LIMIT_SECONDS
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def pinned(practice: Practice) -> Practice:
    """A client that gets the very models it names."""
    practice.client.model_ids = "pin"
    practice.client.save(update_fields=["model_ids"])
    practice.wait_for_configuration()
    return practice


@pytest.mark.parametrize("ttl", [None, "1h"])
def test_session_reads_as_much_as_one_without_a_router(
    pinned: Practice, sandbox: Sandbox, ttl: str | None
):
    """The tokens of a case stay the same, and the rule about them is there from the first turn."""
    for turn in range(TURNS):
        directly(sandbox, body(turn, ttl=ttl))
    direct = sandbox.book()
    for turn in range(TURNS):
        usage = send(pinned, body(turn, ttl=ttl))["usage"]
    routed = sandbox.book()[TURNS:]
    assert len(routed) == TURNS
    assert share(direct) > 0.8
    assert share(routed) >= 0.99 * share(direct)
    assert usage["cache_read_input_tokens"] == routed[-1]["cache_read_input_tokens"] > 0
    assert pinned.sums == (sum(line["nano_usd"] for line in routed), 0, 0)
    kind = "cache_creation_1h_input_tokens" if ttl else "cache_creation_5m_input_tokens"
    assert sum(getattr(each, kind) for each in pinned.attempts()) == sum(
        line[kind] for line in routed
    )
    assert not any(person in json.dumps(sandbox.requests()[-1]) for person in PEOPLE)


def test_marks_of_the_caller_go_out_as_they_came(pinned: Practice, sandbox: Sandbox):
    asked = body(3)
    send(pinned, asked)
    sent = json.loads(sandbox.requests()[-1]["body"])
    assert sent["tools"] == asked["tools"]
    assert sent["system"][0] == asked["system"][0]
    assert json.dumps(sent).count('"cache_control"') == json.dumps(asked).count('"cache_control"')


def test_session_without_marks_gets_those_of_the_router(pinned: Practice, sandbox: Sandbox):
    """At a cost well below that of the same session sent as it is."""
    for turn in range(TURNS):
        directly(sandbox, body(turn, is_marked=False))
    direct = sandbox.totals()["nano_usd"]
    for turn in range(TURNS):
        send(pinned, body(turn, is_marked=False))
    routed = sandbox.book()[TURNS:]
    assert share(routed) > 0.8
    assert pinned.sums[0] < 0.5 * direct
    assert pinned.sums == (sum(line["nano_usd"] for line in routed), 0, 0)


def test_single_question_is_not_written_to_the_cache(practice: Practice, sandbox: Sandbox):
    """It would cost a quarter more, and nobody would ever read it."""
    practice.pms.route("Summarize: " + "knee pain, no swelling. " * 400, task_type="quick_summary")
    (line,) = sandbox.book()
    assert line["cache_creation_5m_input_tokens"] == line["cache_read_input_tokens"] == 0


def test_context_of_the_moment_does_not_spoil_what_is_kept(practice: Practice, sandbox: Sandbox):
    turns: list[dict[str, Any]] = [{"role": "user", "content": "knee pain, no swelling. " * 900}]
    for number in range(3):
        turns += [
            {"role": "assistant", "content": "Noted. " * 50},
            {"role": "user", "content": f"And visit {number}? " * 50},
        ]
        reply = practice.pms.post(
            "/api/v1/route",
            {"messages": turns, "task_type": "refactoring", "context": {"room": number}},
        )
        assert reply.status == 200, reply.body
    assert sandbox.book()[-1]["cache_read_input_tokens"] > 4_000
