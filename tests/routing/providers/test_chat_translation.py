"""Chat completions as servers of several makes really write them. No server."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from routing.errors import CannotSay, ProviderAmbiguous
from routing.providers import chat_reply, chat_request
from routing.providers.chat_stream import ChunkReader
from routing.providers.message_stream import BrokenStream, StreamFailed
from routing.providers.openai import completions_url
from routing.types import Candidate
from tests.routing.tables import place, price
from usage.catalog import ModelCard

GEMMA = ModelCard("gemma3:27b", "Gemma 3 27B", "sonnet", "on-premise", temperature=True)
THERE = Candidate("sonnet", GEMMA, place("there", GEMMA.model_id), price(1, "m", "0", "0"))
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
USE = {"type": "tool_use", "id": "c-1", "name": "find", "input": {"a": 1}}


def translated(candidate: Candidate = THERE, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": []}
    return chat_request.request_of({**body, **fields}, candidate)


def test_conversation_keeps_its_order_and_loses_what_only_one_provider_reads():
    found = translated(
        system=[
            {"type": "text", "text": "One.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Two."},
        ],
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Who?"}, IMAGE]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "AA=="},
                    {"type": "text", "text": "Looking."},
                    USE,
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "c-1",
                        "is_error": True,
                        "content": [{"type": "text", "text": "none"}, IMAGE],
                    }
                ],
            },
        ],
    )
    system, asked, said, result, picture = found["messages"]
    assert system == {"role": "system", "content": "One.\n\nTwo."}
    assert [part["type"] for part in asked["content"]] == ["text", "image_url"]
    assert said["content"] == "Looking."
    assert said["tool_calls"][0]["function"] == {"name": "find", "arguments": '{"a":1}'}
    assert result == {"role": "tool", "tool_call_id": "c-1", "content": "Error: none"}
    assert picture["content"][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert "Hm." not in orjson.dumps(found).decode()


def test_documents_are_said_in_words_where_they_have_words():
    source = {"type": "text", "media_type": "text/plain", "data": "Seen today."}
    blocks = [{"type": "document", "source": source, "title": "Visit"}]
    found = translated(messages=[{"role": "user", "content": blocks}])
    assert [part["text"] for part in found["messages"][0]["content"]] == ["Visit", "Seen today."]


def test_search_results_are_said_in_words_wherever_they_stand():
    found_text = {"type": "text", "text": "500 mg twice daily."}
    hit = {"type": "search_result", "source": "kb/1", "title": "Dose", "content": [found_text]}
    result = {"type": "tool_result", "tool_use_id": "c-1", "content": [hit]}
    found = translated(messages=[{"role": "user", "content": [hit]}])
    later = translated(messages=[{"role": "user", "content": [result]}])
    texts = ["Dose", "kb/1", "500 mg twice daily."]
    assert [part["text"] for part in found["messages"][0]["content"]] == texts
    assert [part["text"] for part in later["messages"][1]["content"]] == texts


@pytest.mark.parametrize("kind", ["image", "document"])
def test_file_that_another_provider_keeps_has_no_words(kind: str):
    blocks = [{"type": kind, "source": {"type": "file", "file_id": "f-1"}}]
    with pytest.raises(CannotSay) as failed:
        translated(messages=[{"role": "user", "content": blocks}])
    assert failed.value.may_fall_back


@pytest.mark.parametrize(
    ("temperature", "is_on_premise", "name"),
    [
        (True, False, "max_tokens"),
        (True, True, "max_tokens"),
        (False, True, "max_tokens"),
        (False, False, "max_completion_tokens"),
    ],
)
def test_limit_has_the_name_that_the_server_knows(
    temperature: bool, is_on_premise: bool, name: str
):
    model = replace(GEMMA, temperature=temperature)
    there = replace(THERE.deployment, is_on_premise=is_on_premise)
    assert translated(replace(THERE, model=model, deployment=there))[name] == 9


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://ollama:11434", "http://ollama:11434/v1/chat/completions"),
        ("http://ollama:11434/", "http://ollama:11434/v1/chat/completions"),
        ("http://vllm:8000/v1/", "http://vllm:8000/v1/chat/completions"),
        ("https://host/openai/v1", "https://host/openai/v1/chat/completions"),
    ],
)
def test_address_may_leave_the_usual_path_out(address: str, url: str):
    assert str(completions_url(address)) == url


USAGE = {"prompt_tokens": 30, "completion_tokens": 4}
WHOLE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-2024-08-06",
    "choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}],
    "usage": USAGE,
}


def read(document: Any) -> Any:
    return chat_reply.read(
        orjson.dumps(document),
        content_type="application/json",
        request_id="",
        asked_model="gpt-4o",
        model_id="gpt-4o",
        latency_ms=1.0,
    )


def test_snapshot_answers_for_its_model_and_details_may_be_missing():
    reply = read({**WHOLE, "usage": {**USAGE, "prompt_tokens_details": None}})
    assert (reply.model, reply.usage.input_tokens, reply.stop_reason) == ("gpt-4o", 30, "end_turn")
    assert reply.provider_request_id == "chatcmpl-1"


def test_call_of_a_small_server_is_a_call():
    """Without an id, its arguments an object, and said to have stopped as usual."""
    call = {"function": {"name": "find", "arguments": {"a": 1}}}
    choice = {"message": {"content": None, "tool_calls": [call]}, "finish_reason": "stop"}
    reply = read({**WHOLE, "choices": [choice]})
    assert reply.content == ({**USE, "id": "call_0"},)
    assert reply.stop_reason == "tool_use"


REFUSED = "I cannot help with that."
PARTS = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Yes."}]


@pytest.mark.parametrize(
    ("message", "shown", "reason"),
    [
        ({"content": None, "refusal": REFUSED}, REFUSED, "refusal"),
        ({"content": PARTS}, "Yes.", "end_turn"),
        ({"content": "Yes.", "reasoning_content": "Hm."}, "Yes.", "end_turn"),
    ],
)
def test_text_and_its_end_are_read_alike_whole_and_in_chunks(
    message: dict[str, Any], shown: str, reason: str
):
    """A refusal is said to have stopped as usual; some servers give the text in parts."""
    choice = {"message": message, "finish_reason": "stop"}
    reply = read({**WHOLE, "choices": [choice]})
    assert (reply.content, reply.stop_reason) == (({"type": "text", "text": shown},), reason)
    found = events(chunk(message), *END)
    assert [e["delta"]["text"] for e in found if e["type"] == "content_block_delta"] == [shown]
    assert found[-2]["delta"]["stop_reason"] == reason


@pytest.mark.parametrize("finish", ["stop", "tool_calls", "length"])
@pytest.mark.parametrize("arguments", ['{"dose_mg": 5', "[5]", "five"])
def test_call_without_its_arguments_is_not_to_be_made(arguments: str, finish: str):
    """As one that the output limit cut: a program would run its tool with nothing."""
    call = {"index": 0, "id": "c-0", "function": {"name": "order", "arguments": arguments}}
    choice = {"message": {"tool_calls": [call]}, "finish_reason": finish}
    reply = read({**WHOLE, "choices": [choice]})
    assert (reply.content[0]["input"], reply.stop_reason) == ({}, "max_tokens")
    found = events(chunk({"tool_calls": [call]}), chunk({}, finish), *END[1:])
    assert found[-2]["delta"]["stop_reason"] == "max_tokens"


def test_arguments_of_a_small_server_may_be_an_object_in_chunks_too():
    call = {"index": 0, "id": "c-0", "function": {"name": "find", "arguments": {"a": 1}}}
    found = events(chunk({"tool_calls": [call]}), *END)
    assert found[2]["delta"] == {"type": "input_json_delta", "partial_json": '{"a":1}'}
    assert found[-2]["delta"]["stop_reason"] == "tool_use"


def test_chunk_about_the_prompt_alone_begins_nothing():
    first = orjson.dumps({"id": "", "model": "", "choices": [], "prompt_filter_results": [{}]})
    found = events(first, chunk({"content": "a"}), *END)
    assert (found[0]["type"], found[0]["message"]["id"]) == ("message_start", "c")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "gpt-4o-mini"},
        {"choices": []},
        {"choices": [{"message": {"content": 5}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": "a"}, "finish_reason": "a sentence"}]},
        {"usage": None},
        {"usage": {**USAGE, "prompt_tokens_details": {"cached_tokens": 31}}},
        {"usage": {**USAGE, "completion_tokens": True}},
    ],
)
def test_answer_that_cannot_be_believed_is_a_doubt(changes: dict[str, Any]):
    with pytest.raises(ProviderAmbiguous):
        read({**WHOLE, **changes})


def chunk(delta: Any = None, finish: str | None = None, **fields: Any) -> bytes:
    choices = [] if delta is None else [{"delta": delta, "finish_reason": finish}]
    return orjson.dumps({"id": "c", "model": "gpt-4o", "choices": choices, **fields})


def events(*chunks: bytes) -> list[Any]:
    reader = ChunkReader(asked_model="gpt-4o", model_id="gpt-4o")
    return [event for each in chunks for event in reader.take(each)]


END = (chunk({}, "stop"), chunk(usage=USAGE), b"[DONE]")


def test_calls_that_a_server_numbers_alike_are_told_apart_by_their_ids():
    calls = [
        {"index": 0, "id": f"c-{n}", "function": {"name": "find", "arguments": '{"a":1}'}}
        for n in range(2)
    ]
    found = events(*(chunk({"tool_calls": [call]}) for call in calls), *END)
    blocks = [e["content_block"]["id"] for e in found if e["type"] == "content_block_start"]
    assert blocks == ["c-0", "c-1"]
    assert found[-2]["delta"]["stop_reason"] == "tool_use"


def test_text_after_a_call_is_a_block_of_its_own():
    call = {"index": 0, "id": "c-0", "function": {"name": "find", "arguments": "{}"}}
    found = events(chunk({"content": "a"}), chunk({"tool_calls": [call]}), chunk({"content": "b"}))
    begun = [e for e in found if e["type"] == "content_block_start"]
    assert [(e["index"], e["content_block"]["type"]) for e in begun] == [
        *((0, "text"), (1, "tool_use"), (2, "text"))
    ]


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk({"content": "a"}), b"[DONE]"),
        (chunk({"content": "a"}), chunk({}, "stop"), b"[DONE]"),
        (b"{",),
        (b"[1]",),
        (orjson.dumps({"model": "gpt-4o-mini", "choices": []}),),
        (chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),),
        (chunk(usage={"prompt_tokens": "9"}),),
    ],
)
def test_stream_that_contradicts_itself_is_broken(chunks: tuple[bytes, ...]):
    with pytest.raises(BrokenStream):
        events(*chunks)


@pytest.mark.parametrize("error", [{"type": "server_error", "message": "x"}, "a sentence"])
def test_error_in_a_stream_is_told_by_its_type_alone(error: Any):
    with pytest.raises(StreamFailed) as failed:
        events(chunk({"content": "a"}), orjson.dumps({"error": error}))
    assert failed.value.kind in ("server_error", "unnamed")
