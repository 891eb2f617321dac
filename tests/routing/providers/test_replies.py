"""What counts as an answer of a provider, and what may have been billed but is none."""

import json

import pytest

from routing.errors import ProviderAmbiguous
from routing.providers import messages

HAIKU = "claude-haiku-4-5-20251001"


def reply(**changes) -> bytes:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": HAIKU,
        "content": [{"type": "text", "text": "Yes."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 2},
    }
    return json.dumps({**message, **changes}).encode()


def read(content: bytes, *, content_type: str = "application/json", model_id: str = HAIKU):
    return messages.read_reply(
        content, content_type=content_type, request_id="req_1", model_id=model_id, latency_ms=1.0
    )


def test_answer_is_read_with_its_tokens():
    found = read(reply())
    assert (found.usage.input_tokens, found.usage.output_tokens) == (9, 2)
    assert (found.stop_reason, found.provider_request_id) == ("end_turn", "req_1")


@pytest.mark.parametrize(
    ("asked", "answered", "is_same"),
    [
        (HAIKU, HAIKU, True),
        (HAIKU, "claude-haiku-4-5", True),
        ("claude-opus-4-6", "claude-opus-4-6-20260205", True),
        ("claude-opus-4-6", "claude-opus-4-6-latest", True),
        ("claude-opus-4-6", "claude-opus-4-60", False),
        ("claude-opus-4-6", "claude-opus-4", False),
        (HAIKU, "claude-sonnet-4-6", False),
        (HAIKU, "claude", False),
        (HAIKU, "c", False),
        (HAIKU, "", False),
        (HAIKU, None, False),
        (HAIKU, 5, False),
    ],
)
def test_only_the_model_that_was_asked_may_answer(asked, answered, is_same):
    if is_same:
        assert read(reply(model=answered), model_id=asked).model == answered
        return
    with pytest.raises(ProviderAmbiguous):
        read(reply(model=answered), model_id=asked)


@pytest.mark.parametrize(
    "usage",
    [
        *(None, [], "x", {}, {"input_tokens": 1}, {"output_tokens": 1}),
        {"input_tokens": "NaN", "output_tokens": 1},
        {"input_tokens": 1, "output_tokens": -1},
        {"input_tokens": 1, "output_tokens": 1.5},
        {"input_tokens": True, "output_tokens": 1},
        {"input_tokens": 2**63, "output_tokens": 1},
        {"input_tokens": 10**30, "output_tokens": 1},
        {"input_tokens": 1, "output_tokens": 1, "cache_read_input_tokens": "NaN"},
        {"input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": -5},
        {
            "input_tokens": 1,
            "output_tokens": 1,
            "cache_creation_input_tokens": 1,
            "cache_creation": {"ephemeral_1h_input_tokens": 2},
        },
    ],
    ids=str,
)
def test_impossible_usage_is_no_bill(usage):
    with pytest.raises(ProviderAmbiguous):
        read(reply(usage=usage))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"null", b"[]", b'"x"', b"<html>", b"{", b"\xff", reply()[:-9], b"[" * 100_000),
        reply(type="error"),
        reply(content="Yes."),
        reply(content=[5]),
        reply(content=[{}]),
        reply(content=[{"type": None}]),
        reply(content=[{"type": "text", "text": "\ud800"}]),
        reply(content=[{"type": "text"}]),
        reply(content=[{"type": "text", "text": None}]),
        reply(content=[{"type": "thinking", "thinking": None, "signature": "c2ln"}]),
        reply(content=[{"type": "thinking", "thinking": "Hm.", "signature": 5}]),
        reply(content=[{"type": "redacted_thinking"}]),
        reply(content=[{"type": "tool_use", "id": "toolu_1", "input": {}}]),
        reply(content=[{"type": "tool_use", "id": None, "name": "look", "input": {}}]),
        reply(content=[{"type": "tool_use", "id": "toolu_1", "name": "look", "input": []}]),
        reply(stop_reason="\u0000"),
        reply(stop_reason="\ud800"),
        reply(stop_reason=5),
        reply(stop_reason="two words"),
        reply().replace(b'"usage"', b'"used"'),
        reply(usage={"input_tokens": float("nan"), "output_tokens": 1}),
    ],
    ids=lambda content: str(content[:30]),
)
def test_broken_answer_is_doubt(content):
    with pytest.raises(ProviderAmbiguous):
        read(content)


def test_blocks_of_unknown_kinds_are_part_of_an_answer():
    blocks = [{"type": "hologram", "depth": 3}, {"type": "thinking", "thinking": "Hm."}]
    assert read(reply(content=blocks)).content == tuple(blocks)


@pytest.mark.parametrize("content_type", ["text/html", "", "text/event-stream", "text/plain"])
def test_other_content_type_is_doubt(content_type):
    with pytest.raises(ProviderAmbiguous):
        read(reply(), content_type=content_type)


def test_request_id_can_be_written_down():
    """What a provider calls a request goes to a column and a log."""
    found = messages.read_reply(
        reply(), content_type="application/json", request_id="req\x00\n1", model_id=HAIKU,
        latency_ms=1.0,
    )  # fmt: skip
    assert found.provider_request_id == "req1"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'{"error": {"type": "overloaded_error"}}', "overloaded_error"),
        (b'{"error": {"type": "Zephyrine Quillfeather"}}', "unnamed"),
        (b'{"error": {"type": 5}}', "unnamed"),
        (b'{"error": "x"}', "unreadable"),
        (b"<html>", "unreadable"),
        (b"[" * 100_000, "unreadable"),
    ],
)
def test_of_a_providers_error_only_its_type_is_kept(content, word):
    assert messages.error_type(content) == word
