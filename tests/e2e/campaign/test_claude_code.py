"""What Claude Code sends, by its own words: headers, blocks and fields of a session with tools."""

import json
from typing import Any, Final

import pytest

from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
CANARY: Final = "Zephyrine Quillfeather"
SESSION: Final = "0b2a7f5e-6a53-4a4e-9a34-d0d7c1f5a001"
HEADERS: Final = {
    "accept": "application/json",
    "user-agent": "claude-cli/2.1.208 (external, cli)",
    "x-app": "cli",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,"
    "context-management-2025-06-27,effort-2025-11-24",
    "anthropic-dangerous-direct-browser-access": "true",
    "x-claude-code-session-id": SESSION,
    "x-stainless-lang": "js",
    "x-stainless-retry-count": "0",
    "x-stainless-timeout": "600",
}
READ: Final = {
    "name": "Read",
    "description": "Reads a file from the local filesystem.",
    "input_schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"file_path": {"type": "string"}, "limit": {"type": "number"}},
        "required": ["file_path"],
        "additionalProperties": False,
    },
}
KEPT: Final = {"cache_control": {"type": "ephemeral"}}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def body(*turns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a turn as the program makes it."""
    session = {"device_id": "d" * 64, "account_uuid": "", "session_id": SESSION}
    return {
        "model": "auto",
        "max_tokens": 32_000,
        "system": [
            text("x-anthropic-billing-header: cc_version=2.1.208.1; cc_entrypoint=cli;"),
            text("You are Claude Code, Anthropic's official CLI for Claude.", **KEPT),
            text("You are an interactive agent that helps with software tasks.", **KEPT),
        ],
        "messages": list(turns),
        "tools": [READ],
        "metadata": {"user_id": json.dumps(session)},
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "medium"},
        "stream": True,
        **changes,
    }


ASKED: Final = {
    "role": "user",
    "content": [
        text("<system-reminder>\nToday's date is 2026-03-02.\n</system-reminder>"),
        text(f"Rename the fixture {CANARY} in notes.py.", **KEPT),
    ],
}


def post(practice: Practice, path: str, sent: dict[str, Any]) -> Any:
    headers = {**HEADERS, "Authorization": f"Bearer {practice.pms.key}"}
    url = f"{practice.pms.url}{path}"
    return practice.pms.client.post(url, json=sent, headers=headers)


def test_turn_of_a_session_is_answered_event_by_event(practice: Practice, sandbox: Sandbox):
    """The tool of the terminal is called, its result is answered, and what is left out is said."""
    sandbox.script(next=1, tool={"name": "Read", "input": {"file_path": "notes.py"}})
    first = post(practice, "/v1/messages?beta=true", body(ASKED))
    assert first.status_code == 200, first.text
    assert "event: message_stop" in first.text
    assert '"tool_use"' in first.text
    said = set(first.headers["x-router-warnings"].split(","))
    assert {"beta-dropped", "context-management-dropped"} <= {each.strip() for each in said}
    call = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "a.py"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1  x = 1"}
    turns = (
        ASKED,
        {"role": "assistant", "content": [text("Reading it."), call]},
        {"role": "user", "content": [{**result, **KEPT}]},
    )
    second = post(practice, "/v1/messages?beta=true", body(*turns))
    assert second.status_code == 200, second.text
    assert [each.state for each in practice.requests()] == ["completed"] * 2
    for asked in sandbox.requests():
        assert asked["path"] == "/v1/messages"
        assert asked["headers"]["anthropic-beta"] == "interleaved-thinking-2025-05-14"
        assert SESSION not in asked["body"]


def test_what_the_system_says_within_a_session_keeps_its_place(
    practice: Practice, sandbox: Sandbox
):
    """As the program sends it to models that it does not know; none of it leaves unmasked."""
    told = {"role": "system", "content": f"Available agents: one for {CANARY}, MRN: 00482913."}
    reply = post(practice, "/v1/messages?beta=true", body(ASKED, told))
    assert reply.status_code == 200, reply.text
    assert "system-as-text" in reply.headers["x-router-warnings"]
    (asked,) = sandbox.requests()
    (message,) = json.loads(asked["body"])["messages"]
    assert message["role"] == "user"
    *own, last = message["content"]
    assert [each.get("cache_control") for each in own] == [None, KEPT["cache_control"]]
    assert "Available agents" in last["text"]
    assert "00482913" not in asked["body"]


@pytest.mark.parametrize(
    "sent",
    [
        {"output_config": {"effort": "xhigh"}},
        {"max_tokens": 1, "tools": [], "messages": [{"role": "user", "content": "quota"}]},
        {
            "model": "claude-haiku-4-5-20251001",
            "tools": [],
            "thinking": {"type": "disabled"},
            "temperature": 1,
            "output_config": {
                "format": {
                    "type": "json_schema",
                    "schema": {
                        "type": "object",
                        "properties": {"title": {"type": "string"}},
                        "required": ["title"],
                        "additionalProperties": False,
                    },
                }
            },
        },
        {"thinking": {"type": "enabled", "budget_tokens": 31_999}},
    ],
    ids=[
        *("much effort", "whether the key works"),
        *("title of the session", "thinking with a budget"),
    ],
)
def test_other_calls_of_a_session_are_answered(
    practice: Practice, sandbox: Sandbox, sent: dict[str, Any]
):
    reply = post(practice, "/v1/messages?beta=true", body(ASKED, **sent))
    assert reply.status_code == 200, reply.text
    assert "event: message_stop" in reply.text


def test_size_of_a_conversation_is_told(practice: Practice, sandbox: Sandbox):
    sent = {"model": "auto", "messages": [ASKED], "tools": [READ]}
    reply = post(practice, "/v1/messages/count_tokens?beta=true", sent)
    assert reply.status_code == 200, reply.text
    assert reply.json()["input_tokens"] > 0


def test_models_can_be_discovered(practice: Practice):
    """The program takes those whose id begins with the name of the family."""
    headers = {**HEADERS, "Authorization": f"Bearer {practice.pms.key}"}
    url = f"{practice.pms.url}/v1/models?limit=1000"
    found = practice.pms.client.get(url, headers=headers).json()["data"]
    assert [each for each in found if each["id"].startswith("claude") and each["display_name"]]


@pytest.mark.parametrize("path", ["/", "/v1/messages", "/v1/models"])
def test_look_whether_anybody_is_there_is_no_defect(practice: Practice, path: str):
    """A HEAD without a key, say. What is there, or may not be looked at, is said without a body."""
    reply = practice.pms.client.head(f"{practice.pms.url}{path}")
    assert reply.status_code < 500
    assert reply.content == b""
    assert practice.requests() == []
