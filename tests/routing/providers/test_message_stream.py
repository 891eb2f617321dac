"""What counts as a streamed answer, what is let pass, and what makes it unbelievable."""

import json
from typing import Any

import pytest

from routing.providers.message_stream import BrokenStream, MessageReader, StreamFailed
from routing.providers.sse import ServerEvent

HAIKU = "claude-haiku-4-5-20251001"
USAGE = {"input_tokens": 9, "output_tokens": 1, "cache_creation_input_tokens": 4}
START: dict[str, Any] = {
    "type": "message_start",
    "message": {"id": "msg_1", "type": "message", "model": HAIKU, "content": [], "usage": USAGE},
}
TEXT = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
HELLO = {
    "type": "content_block_delta",
    "index": 0,
    "delta": {"type": "text_delta", "text": "Hello"},
}
CLOSE = {"type": "content_block_stop", "index": 0}
END: dict[str, Any] = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 7},
}
STOP = {"type": "message_stop"}
WHOLE = [START, TEXT, HELLO, CLOSE, END, STOP]


def named(event: Any, name: str | None = None) -> ServerEvent:
    return ServerEvent(
        (event["type"] if name is None else name).encode(), json.dumps(event).encode()
    )


def read(events: list[Any], **facts: Any) -> MessageReader:
    reader = MessageReader(HAIKU)
    for event in events:
        reader.take(event if isinstance(event, ServerEvent) else named(event))
    return reader


def reply(events: list[Any]):
    return read(events).reply(request_id="req_1", latency_ms=1.0, first_ms=None)


def changed(event: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**event, **members}


def test_events_add_up_to_the_answer():
    found = reply(WHOLE)
    assert found.content == ({"type": "text", "text": "Hello"},)
    assert (found.stop_reason, found.message_id) == ("end_turn", "msg_1")
    assert (found.usage.input_tokens, found.usage.output_tokens) == (9, 7)
    assert found.usage.cache_creation_5m_input_tokens == 4


def test_blocks_of_every_kind_are_put_together():
    events = [
        START,
        changed(TEXT, content_block={"type": "thinking", "thinking": "", "signature": ""}),
        changed(HELLO, delta={"type": "thinking_delta", "thinking": "Hm."}),
        changed(HELLO, delta={"type": "signature_delta", "signature": "c2ln"}),
        CLOSE,
        changed(
            TEXT, index=1, content_block={"type": "tool_use", "id": "t", "name": "n", "input": {}}
        ),
        changed(HELLO, index=1, delta={"type": "input_json_delta", "partial_json": '{"a":'}),
        changed(HELLO, index=1, delta={"type": "input_json_delta", "partial_json": "1}"}),
        changed(CLOSE, index=1),
        changed(TEXT, index=2),
        changed(HELLO, index=2, delta={"type": "citations_delta", "citation": {"cited_text": "x"}}),
        changed(HELLO, index=2),
        changed(CLOSE, index=2),
        END,
        STOP,
    ]
    assert reply(events).content == (
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        {"type": "text", "text": "Hello", "citations": [{"cited_text": "x"}]},
    )


@pytest.mark.parametrize("arguments", ['{"dose_mg": 5', "[5]", "five"])
def test_call_without_its_arguments_counts_as_cut(arguments: str):
    """Models that write arguments as they think of them may write what is no JSON."""
    call = {"type": "tool_use", "id": "t", "name": "order", "input": {}}
    grown = changed(HELLO, delta={"type": "input_json_delta", "partial_json": arguments})
    asks = changed(END, delta={"stop_reason": "tool_use"})
    found = reply([START, changed(TEXT, content_block=call), grown, CLOSE, asks, STOP])
    assert (found.content, found.stop_reason) == ((call,), "max_tokens")


ODD: dict[str, tuple[list[Any], str]] = {
    "no event names": ([named(e, "") for e in WHOLE], "event-name-missing"),
    "wrong event names": ([named(e, "ping") for e in WHOLE], "event-name-wrong"),
    "a second end": ([*WHOLE, STOP], "event-after-the-end"),
    "an unknown event": ([START, {"type": "weather"}, *WHOLE[1:]], "unknown-event"),
    "an unknown delta": (
        [START, TEXT, changed(HELLO, delta={"type": "smell_delta"}), *WHOLE[2:]],
        "unknown-delta",
    ),
    "unknown members": ([changed(e, novelty=3) for e in WHOLE] + [STOP], "event-after-the-end"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_merely_odd_is_noted_and_the_answer_is_whole(name: str):
    events, oddity = ODD[name]
    reader = read(events)
    assert reader.oddities == {oddity}
    assert reply(events).content == ({"type": "text", "text": "Hello"},)
    assert reply(events).has_unknown is oddity.startswith("unknown-")


def test_blocks_are_shown_without_gaps_in_their_numbers():
    reader = read([START])
    begun = reader.take(named(changed(TEXT, index=4)))
    grown = reader.take(named(changed(HELLO, index=4)))
    ended = reader.take(named(changed(CLOSE, index=4)))
    assert [each and each["index"] for each in (begun, grown, ended)] == [0, 0, 0]


BROKEN: dict[str, list[Any]] = {
    "bad json": [START, ServerEvent(b"ping", b'{"type":"pi')],
    "a number that is none": [ServerEvent(b"ping", b'{"type":"ping","n":NaN}')],
    "no object": [ServerEvent(b"ping", b"[]")],
    "no type": [ServerEvent(b"ping", b"{}")],
    "no beginning": [TEXT],
    "two beginnings": [START, START],
    "another model": [changed(START, message=changed(START["message"], model="claude-opus-4-6"))],
    "delta of no block": [START, HELLO],
    "delta of another block": [START, TEXT, changed(HELLO, index=7)],
    "block within a block": [START, TEXT, changed(TEXT, index=1)],
    "block again": [START, TEXT, CLOSE, TEXT],
    "block number that is none": [START, changed(TEXT, index="0")],
    "block number below nothing": [START, changed(TEXT, index=-2)],
    "end of another block": [START, TEXT, changed(CLOSE, index=1)],
    "text that is none": [START, TEXT, changed(HELLO, delta={"type": "text_delta", "text": 5})],
    "delta without a type": [START, TEXT, changed(HELLO, delta={})],
    "end within a block": [START, TEXT, END],
    "stop within a block": [START, TEXT, STOP],
    "stop at once": [STOP],
    "beginning without an id": [changed(START, message={**START["message"], "id": None})],
    "text block without a text": [START, changed(TEXT, content_block={"type": "text"})],
    "call without a name": [
        START,
        changed(TEXT, content_block={"type": "tool_use", "id": "toolu_1", "input": {}}),
    ],
    "call without an id": [
        START,
        changed(TEXT, content_block={"type": "tool_use", "name": "look", "input": {}}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_contradicts_the_grammar_is_no_answer(name: str):
    with pytest.raises(BrokenStream):
        read(BROKEN[name])


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"output_tokens": None},
        {"output_tokens": -1},
        {"output_tokens": "NaN"},
        {"output_tokens": 2**63},
        {"output_tokens": 7, "input_tokens": -1},
        {"output_tokens": True},
    ],
    ids=str,
)
def test_unbelievable_usage_is_no_usage(usage: Any):
    """What the provider's SDK passes through unchecked would be posted as money."""
    with pytest.raises(BrokenStream):
        reply([START, TEXT, HELLO, CLOSE, changed(END, usage=usage), STOP])


def test_explicit_zero_stays_zero():
    start = changed(
        START, message=changed(START["message"], usage={"input_tokens": 0, "output_tokens": 0})
    )
    found = reply([start, changed(END, usage={"output_tokens": 0}), STOP])
    assert (found.usage.input_tokens, found.usage.output_tokens) == (0, 0)  # fmt: skip


def test_error_of_the_provider_is_known_by_its_type():
    with pytest.raises(StreamFailed) as failed:
        read([START, {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}])
    assert failed.value.kind == "overloaded_error"


def test_type_of_an_error_that_is_a_sentence_is_not_repeated():
    with pytest.raises(StreamFailed) as failed:
        read([START, {"type": "error", "error": {"type": "John Smith is ill"}}])
    assert failed.value.kind == "unnamed"
