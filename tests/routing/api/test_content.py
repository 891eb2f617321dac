"""Blocks and tools have the members of the protocol, each in its own shape, and no others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.api import body
from routing.errors import InvalidRequest
from tests.routing.test_request_body import grant

VALUE = "Maria Gonzalez SSN 123-45-6789"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
CACHED = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
TEXT = {"type": "text", "text": "hello"}
IMAGE: dict[str, Any] = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "aGk="},
}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
FOUND = {"type": "search_result", "source": "kb/1", "title": "Metformin", "content": [TEXT]}
USE = {"type": "tool_use", "id": "toolu_01A-b", "name": "find", "input": {"any thing": VALUE}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_01A-b"}
THOUGHT = {"type": "thinking", "thinking": "Let me see.", "signature": "c2ln+/=="}


def read(**fields: Any) -> object:
    return body.read(fields, request_id="r-1", grant=grant(), received_at=NOW)


def of(*blocks: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(blocks)}]}


def tool(**members: Any) -> dict[str, Any]:
    return {"prompt": "Hi.", "tools": [{"name": "find", "input_schema": {}, **members}]}


@pytest.mark.parametrize(
    "block",
    [
        {**TEXT, **CACHED, "citations": None},
        {**TEXT, "citations": [{"type": "char_location", "cited_text": "x"}]},
        {**TEXT, "cache_control": None},
        {**TEXT, "cache_control": {"type": "ephemeral"}},
        {**IMAGE, **CACHED},
        {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_01A"}},
        {"type": "document", "source": PDF, "title": "A", "context": "B", **CACHED},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
        {"type": "document", "source": {"type": "content", "content": [TEXT, IMAGE]}},
        {"type": "document", "source": PDF, "citations": {"enabled": True}},
        {**FOUND, "citations": {"enabled": True}, **CACHED},
        {**RESULT, "content": [FOUND]},
        {**USE, **CACHED},
        {**USE, "caller": {"type": "direct"}, "toolset_name": None},
        {**USE, "toolset_name": "browser"},
        {**RESULT, "toolset_name": "browser"},
        {**RESULT, "content": "x", "is_error": True, **CACHED},
        {**RESULT, "content": [TEXT, IMAGE]},
        RESULT,
        THOUGHT,
        {"type": "redacted_thinking", "data": "c2ln"},
    ],
    ids=str,
)
def test_blocks_of_the_protocol_are_taken(block: dict[str, Any]) -> None:
    assert read(**of(block))


@pytest.mark.parametrize(
    ("block", "member"),
    [
        ({**TEXT, "id": VALUE}, "id"),
        ({**TEXT, "model": VALUE}, "model"),
        ({**TEXT, "citations": VALUE}, "citations"),
        ({**TEXT, "cache_control": {"type": "ephemeral", "x": VALUE}}, "cache_control.x"),
        ({**TEXT, "cache_control": {"type": VALUE}}, "cache_control.type"),
        ({**TEXT, "cache_control": {"type": "ephemeral", "ttl": VALUE}}, "cache_control.ttl"),
        ({**TEXT, "cache_control": {}}, "cache_control.type"),
        ({"type": "text"}, "text"),
        ({**IMAGE, "id": VALUE}, "id"),
        ({"type": "image"}, "source"),
        ({"type": "image", "source": {"type": VALUE}}, "source.type"),
        ({"type": "image", "source": {**IMAGE["source"], "media_type": VALUE}}, "media_type"),
        ({"type": "image", "source": {**IMAGE["source"], "data": VALUE}}, "data"),
        ({"type": "image", "source": {**IMAGE["source"], "note": VALUE}}, "note"),
        ({"type": "image", "source": {"type": "url", "url": VALUE}}, "url"),
        ({"type": "image", "source": {"type": "file", "file_id": VALUE}}, "file_id"),
        ({"type": "image", "source": {"type": "text", "data": VALUE}}, "source.type"),
        ({"type": "document", "source": {"type": "text", "data": "x"}}, "media_type"),
        ({"type": "document", "source": PDF, "name": VALUE}, "name"),
        ({"type": "document", "source": PDF, "citations": {"x": VALUE}}, "citations.x"),
        ({"type": "document", "source": {"type": "content", "content": [USE]}}, "content[0].type"),
        ({**FOUND, "source": {"type": "url"}}, "source"),
        ({**FOUND, "content": []}, "content"),
        ({**FOUND, "content": VALUE}, "content"),
        ({**FOUND, "content": [IMAGE]}, "content[0].type"),
        ({**FOUND, "note": VALUE}, "note"),
        ({"type": "search_result", "source": "x", "content": [TEXT]}, "title"),
        ({**USE, "id": VALUE}, "id"),
        ({**USE, "name": VALUE}, "name"),
        ({**USE, "input": VALUE}, "input"),
        ({**USE, "caller": {"type": VALUE}}, "caller.type"),
        ({**USE, "model": VALUE}, "model"),
        ({**USE, "toolset_name": VALUE}, "toolset_name"),
        ({**RESULT, "tool_use_id": VALUE}, "tool_use_id"),
        ({**RESULT, "is_error": VALUE}, "is_error"),
        ({**RESULT, "content": [{**TEXT, "id": VALUE}]}, "content[0].id"),
        ({**RESULT, "content": [THOUGHT]}, "content[0].type"),
        ({**THOUGHT, "signature": VALUE}, "signature"),
        ({**THOUGHT, "id": VALUE}, "id"),
        ({"type": "thinking", "thinking": "x"}, "signature"),
        ({"type": "redacted_thinking", "data": VALUE}, "data"),
    ],
    ids=str,
)
def test_what_the_protocol_does_not_have_is_refused_and_named(
    block: dict[str, Any], member: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(**of(block))
    assert refusal.value.extra["field"].startswith("messages[0].content[0].")
    assert refusal.value.extra["field"].endswith(f".{member}")
    assert VALUE not in str(refusal.value)


def test_tool_may_say_what_is_usual_for_tools() -> None:
    assert read(**tool(defer_loading=False, allowed_callers=["direct"], eager_input_streaming=None))


def test_more_marks_for_the_cache_than_a_provider_takes_are_refused_by_name() -> None:
    """Wherever they stand; the provider's refusal names no part of the request."""
    kept = {**TEXT, **CACHED}
    fields = {**of({**RESULT, "content": [kept]}, kept, TEXT), "tools": tool(**CACHED)["tools"]}
    assert read(**fields, system=[kept])
    with pytest.raises(InvalidRequest) as refusal:
        read(**fields, system=[kept, kept])
    assert refusal.value.extra["field"] == "cache_control"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": "Hi.", "system": [{**TEXT, "id": VALUE}]}, "system[0].id"),
        ({"prompt": "Hi.", "system": [IMAGE]}, "system[0].type"),
        (tool(name=VALUE), "tools[0].name"),
        (tool(name=""), "tools[0].name"),
        (tool(description={"a": VALUE}), "tools[0].description"),
        (tool(model=VALUE), "tools[0].model"),
        (tool(defer_loading=VALUE), "tools[0].defer_loading"),
        (tool(allowed_callers=[VALUE]), "tools[0].allowed_callers[0]"),
        (tool(input_schema=VALUE), "tools[0].input_schema"),
        ({"prompt": "Hi.", "tool_choice": {"type": "tool", "name": VALUE}}, "tool_choice.name"),
        ({"prompt": "Hi.", "tool_choice": {"type": "auto", "note": VALUE}}, "tool_choice.note"),
    ],
    ids=str,
)
def test_system_and_tools_have_their_members_only(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(**fields)
    assert refusal.value.extra["field"] == field
    assert VALUE not in str(refusal.value)
