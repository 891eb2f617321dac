"""Chat completions in the terms of the Messages API, and back. No server."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest

from routing import message_schema
from routing.api.v1 import chat_body, chat_messages, chat_schema, closed_schema
from routing.api.v1.chat_schema import Chunks
from routing.errors import InvalidRequest
from routing.message_schema import MESSAGE
from usage.pricing import TokenCounts

ASKED: Any = {"role": "user", "content": "Who?"}
CALL: Any = {"id": "c-1", "type": "function", "function": {"name": "find", "arguments": '{"a":1}'}}
USE = {"type": "tool_use", "id": "c-1", "name": "find", "input": {"a": 1}}


def refused(read: Callable[[], Any]) -> str:
    with pytest.raises(InvalidRequest) as raised:
        read()
    return str(raised.value.extra["field"])


def test_roles_become_those_of_the_messages_api():
    turns = chat_messages.read(
        "messages",
        [
            {"role": "system", "content": "One."},
            {"role": "developer", "content": [{"type": "text", "text": "Two."}]},
            ASKED,
            {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None},
            {"role": "tool", "tool_call_id": "c-1", "content": "64"},
            {"role": "tool", "tool_call_id": "c-2", "content": [{"type": "text", "text": "65"}]},
            {"role": "user", "content": "And now?"},
            {"role": "assistant", "refusal": "No."},
        ],
    )
    assert [block["text"] for block in turns.system] == ["One.", "Two."]
    assert not turns.is_system_moved
    assert [message["role"] for message in turns.messages] == [
        *("user", "assistant", "user", "assistant")
    ]
    assert turns.messages[1]["content"] == [USE]
    assert [block["type"] for block in turns.messages[2]["content"]] == [
        *("tool_result", "tool_result", "text")
    ]
    assert turns.messages[3]["content"] == "No."


PARTS = [
    ({"type": "text", "text": "a"}, {"type": "text", "text": "a"}),
    (
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
        },
    ),
    (
        {"type": "image_url", "image_url": {"url": "https://pms.test/a.png", "detail": "low"}},
        {"type": "image", "source": {"type": "url", "url": "https://pms.test/a.png"}},
    ),
    (
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"},
        },
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"},
            "title": "a.pdf",
        },
    ),
]


@pytest.mark.parametrize(("part", "block"), PARTS)
def test_part_becomes_a_block(part: Any, block: Any):
    turns = chat_messages.read("messages", [{"role": "user", "content": [part]}])
    assert turns.messages == [{"role": "user", "content": [block]}]


def test_what_the_other_schema_has_no_place_for_finds_one():
    """A greeting, messages that say nothing, a system that nobody answers yet."""
    greeting = {"role": "assistant", "content": "Hello, how can I help?"}
    silent = [{"role": "assistant", "content": None}, {"role": "assistant", "content": ""}]
    parts = [{"type": "text", "text": ""}, {"type": "text", "text": "Why?"}]
    asked = {"role": "user", "content": parts}
    turns = chat_messages.read("messages", [greeting, ASKED, *silent, asked])
    assert turns.is_opening_moved
    assert [block["text"] for block in turns.system] == [
        "You began the conversation with these words:\nHello, how can I help?"
    ]
    assert turns.messages == [ASKED, {"role": "user", "content": parts[1:]}]
    alone = chat_messages.read("messages", [{"role": "system", "content": "Say hello."}])
    assert (alone.is_system_asking, alone.system) == (True, [])
    assert alone.messages == [{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}]


BAD_MESSAGES: dict[str, tuple[str, Any]] = {
    "no list": ("messages", "Who?"),
    "none": ("messages", []),
    "nobody": ("messages", [{"role": "system", "content": ""}]),
    "assistant alone": ("messages", [{"role": "assistant", "content": "a"}]),
    "call before anybody asked": ("messages", [{"role": "assistant", "tool_calls": [CALL]}]),
    "parts that say nothing": (
        "messages[0].content", [{"role": "user", "content": [{"type": "text", "text": ""}]}],
    ),
    "role": ("messages[0].role", [{"role": "function", "name": "f", "content": "a"}]),
    "empty": ("messages[0].content", [{"role": "user", "content": " "}]),
    "no parts": ("messages[0].content", [{"role": "user", "content": []}]),
    "number": ("messages[0].content", [{"role": "user", "content": 5}]),
    "audio": (
        "messages[0].content[0].type",
        [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}],
    ),
    "media": (
        "messages[0].content[0].image_url.url",
        [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}}]}],
    ),
    "scheme": (
        "messages[0].content[0].image_url.url",
        [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
    ),
    "file id": (
        "messages[0].content[0].file.file_id",
        [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f-1"}}]}],
    ),
    "call without id": (
        "messages[1].tool_calls[0].id",
        [ASKED, {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}],
    ),
    "custom call": (
        "messages[1].tool_calls[0].type",
        [ASKED, {"role": "assistant", "tool_calls": [{**CALL, "type": "custom"}]}],
    ),
    "list as arguments": (
        "messages[1].tool_calls[0].function.arguments",
        [ASKED, {"role": "assistant", "tool_calls": [
            {**CALL, "function": {"name": "f", "arguments": "[1]"}}]}],
    ),
    "deep arguments": (
        "messages[1].tool_calls[0].function.arguments",
        [ASKED, {"role": "assistant", "tool_calls": [
            {**CALL, "function": {"name": "f", "arguments": '{"a":' * 90 + "1" + "}" * 90}}]}],
    ),
    "two members of a name": (
        "messages[1].tool_calls[0].function.arguments",
        [ASKED, {"role": "assistant", "tool_calls": [
            {**CALL, "function": {"name": "f", "arguments": '{"a":1,"a":2}'}}]}],
    ),
    "result of nothing": ("messages[1].tool_call_id", [ASKED, {"role": "tool", "content": "a"}]),
    "old call": (
        "messages[1].function_call",
        [ASKED, {"role": "assistant", "content": "a", "function_call": {"name": "f"}}],
    ),
    "unknown member": ("messages[0].novelty", [{**ASKED, "novelty": 1}]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_wrong_message_is_refused_by_its_place(name: str):
    field, messages = BAD_MESSAGES[name]
    assert refused(lambda: chat_messages.read("messages", messages)) == field


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("stop", "END", ("END",)),
        ("stop", ["a", "b"], ("a", "b")),
        ("tool_choice", "none", {"type": "none"}),
        ("tool_choice", "required", {"type": "any"}),
        (
            "tool_choice",
            {"type": "function", "function": {"name": "f"}},
            {"type": "tool", "name": "f"},
        ),
        (
            "tools",
            [{"type": "function", "function": {"name": "f", "strict": False}}],
            ({"name": "f", "input_schema": {"type": "object", "properties": {}}},),
        ),
        ("response_format", {"type": "text"}, {"type": "text"}),
        ("n", 1, 1),
        ("modalities", ["text"], ["text"]),
    ],
)
def test_field_is_read(name: str, value: Any, found: Any):
    assert chat_body.CHECKS[name](name, value) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stop", " \n"),
        ("stop", ["a", 5]),
        ("tool_choice", {"type": "allowed_tools", "allowed_tools": {}}),
        ("tools", [{"type": "function", "function": {"name": "a b"}}]),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "n"}}),
        ("response_format", {"type": "grammar"}),
        ("n", True),
        ("n", 2),
        ("logprobs", True),
        ("temperature", 2.1),
        ("max_tokens", 0),
        ("stream_options", {"include": True}),
    ],
)
def test_wrong_field_is_refused(name: str, value: Any):
    assert refused(lambda: chat_body.CHECKS[name](name, value)).startswith(name)


def test_schema_is_closed_where_it_names_its_properties():
    inner = {"type": "object", "properties": {"b": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": inner}, "object": {"type": "string"}},
        "$defs": {"c": {"anyOf": [inner, {"type": "null"}]}},
    }
    closed = closed_schema.closed("s", schema)
    assert closed["additionalProperties"] is False
    assert closed["properties"]["a"]["items"]["additionalProperties"] is False
    assert closed["$defs"]["c"]["anyOf"][0]["additionalProperties"] is False
    assert closed_schema.closed("s", closed) == closed


@pytest.mark.parametrize("members", [{}, {"properties": {}, "additionalProperties": {}}])
def test_schema_that_cannot_be_closed_is_refused_by_its_place(members: Any):
    schema = {"type": "object", **members}
    assert refused(lambda: closed_schema.closed("s", [schema])) == "s[0]"


TOKENS = TokenCounts(
    input_tokens=5,
    output_tokens=7,
    thinking_tokens=2,
    cache_creation_5m_input_tokens=11,
    cache_read_input_tokens=13,
)
DOCUMENT: Any = {
    "id": str(uuid4()),
    "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "AA=="},
        {"type": "text", "text": "Two "},
        {"type": "text", "text": "calls."},
        USE,
        {**USE, "id": "c-2", "input": {}},
    ],
    "stop_reason": "tool_use",
    MESSAGE: {
        "id": "msg_1",
        "model": "claude-haiku-4-5",
        "stop_sequence": None,
        "usage": message_schema.usage_of(TOKENS),
    },
}


def test_answer_has_its_text_its_calls_and_its_tokens():
    completion = chat_schema.completion_of(DOCUMENT)
    (choice,) = completion["choices"]
    assert choice["message"]["content"] == "Two calls."
    assert [call["function"]["arguments"] for call in choice["message"]["tool_calls"]] == [
        *('{"a":1}', "{}")
    ]
    assert completion["usage"]["prompt_tokens"] == 29
    assert completion["usage"]["total_tokens"] == 36
    assert completion["usage"]["prompt_tokens_details"]["cached_tokens"] == 13
    assert completion["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2


@pytest.mark.parametrize("with_usage", [False, True])
def test_chunks_add_up_to_the_answer(with_usage: bool):
    chunks = Chunks(DOCUMENT["id"], with_usage=with_usage)
    shown = [c for event in message_schema.events_of(DOCUMENT) for c in chunks.of(event)]
    whole = chat_schema.completion_of(DOCUMENT)
    deltas = [chunk["choices"][0]["delta"] for chunk in shown]
    assert "".join(delta.get("content") or "" for delta in deltas) == "Two calls."
    calls: dict[int, str] = {}
    for call in (call for delta in deltas for call in delta.get("tool_calls", ())):
        calls[call["index"]] = calls.get(call["index"], "") + call["function"]["arguments"]
    assert {index: orjson.loads(each) for index, each in calls.items()} == {0: {"a": 1}, 1: {}}
    finished = [chunk["choices"][0]["finish_reason"] for chunk in shown]
    assert finished == [None] * (len(shown) - 1) + ["tool_calls"]
    assert all(("usage" in chunk) == with_usage for chunk in shown)
    assert {chunk["id"] for chunk in shown} == {whole["id"]}
    assert chunks.usage(DOCUMENT)["usage"] == whole["usage"]


@pytest.mark.parametrize(
    ("stop_reason", "finished"),
    [
        *((known, shown) for known, shown in chat_schema.FINISHED.items()),
        ("a_new_one", "stop"),
        (None, "length"),
    ],
)
def test_every_end_has_a_word(stop_reason: str | None, finished: str):
    assert chat_schema.finish_reason(stop_reason) == finished
