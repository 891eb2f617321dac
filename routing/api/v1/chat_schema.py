"""Answers in the schema of chat completions: whole and as chunks. Pure.

Thoughts have no place in it and are left out; how many tokens they took is in the usage.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from routing.message_schema import MESSAGE
from routing.types import Event

FINISHED: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def completion_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reply of ours as a chat completion."""
    facts = document[MESSAGE]
    choice = {
        "index": 0,
        "message": _message(document["content"]),
        "logprobs": None,
        "finish_reason": finish_reason(document["stop_reason"]),
    }
    return {
        "id": completion_id(facts["id"]),
        "object": "chat.completion",
        "created": created(document["id"]),
        "model": facts["model"],
        "choices": [choice],
        "usage": usage_of(facts["usage"]),
    }


def completion_id(message_id: str) -> str:
    return "chatcmpl-" + message_id.removeprefix("msg_").removeprefix("chatcmpl-")


def created(request_id: str) -> int:
    """Return when a request came, in seconds: its id begins with its time (RFC 9562 5.7)."""
    return (UUID(request_id).int >> 80) // 1000


def finish_reason(stop_reason: str | None) -> str:
    """Return why an answer ended, in the five words of this schema."""
    return FINISHED.get(stop_reason or "", "length" if stop_reason is None else "stop")


def usage_of(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tokens of one call; here the prompt's include those that a cache held."""
    cached = usage["cache_read_input_tokens"]
    prompt = usage["input_tokens"] + usage["cache_creation_input_tokens"] + cached
    thought = (usage.get("output_tokens_details") or {}).get("thinking_tokens", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage["output_tokens"],
        "total_tokens": prompt + usage["output_tokens"],
        "prompt_tokens_details": {
            "cached_tokens": cached,
            "cache_write_tokens": usage["cache_creation_input_tokens"],
            "audio_tokens": 0,
        },
        "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0},
    }


def _message(content: list[Mapping[str, Any]]) -> dict[str, Any]:
    text = "".join(block["text"] for block in content if block["type"] == "text")
    calls = [_call(block) for block in content if block["type"] == "tool_use"]
    message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": None}
    if calls:
        return {**message, "tool_calls": calls}
    return {**message, "content": text}


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = orjson.dumps(block["input"], default=dict).decode()
    function = {"name": block["name"], "arguments": arguments}
    return {"id": block["id"], "type": "function", "function": function}


class Chunks:
    """Turns the events of one answer into its chunks; the last two follow when it is over."""

    def __init__(self, request_id: str, *, with_usage: bool) -> None:
        self._head: dict[str, Any] = {
            "id": "",
            "object": "chat.completion.chunk",
            "created": created(request_id),
            "model": "",
        }
        self._usage = {"usage": None} if with_usage else {}
        self._calls = 0
        self._begun: Any = None  # a call's arguments as its block began; None once some were shown

    def of(self, event: Event) -> Iterator[dict[str, Any]]:
        """Yield what an event shows of the answer."""
        kind = event["type"]
        if kind == "message_start":
            message = event["message"]
            self._head.update(id=completion_id(message["id"]), model=message["model"])
            yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        elif kind == "content_block_start":
            yield from self._start(event["content_block"])
        elif kind == "content_block_delta":
            yield from self._delta(event["delta"])
        elif kind == "content_block_stop":
            yield from self._stop()
        elif kind == "message_delta":
            yield self._chunk({}, finish_reason(event["delta"].get("stop_reason")))
        elif kind == "error":
            yield {"error": _error(event["error"])}

    def usage(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chunk that says how many tokens a whole answer took."""
        return {**self._head, "choices": [], "usage": usage_of(document[MESSAGE]["usage"])}

    def _start(self, block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if block["type"] == "text" and block.get("text"):
            yield self._chunk({"content": block["text"]})
        if block["type"] == "tool_use":
            self._calls += 1
            self._begun = block.get("input") or {}
            function = {"name": block["name"], "arguments": ""}
            yield self._call({"id": block["id"], "type": "function", "function": function})

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if delta["type"] == "text_delta":
            yield self._chunk({"content": delta["text"]})
        elif delta["type"] == "input_json_delta" and delta["partial_json"]:
            self._begun = None
            yield self._call({"function": {"arguments": delta["partial_json"]}})

    def _stop(self) -> Iterator[dict[str, Any]]:
        """Yield the arguments of a call that had no deltas: none is an empty object."""
        if self._begun is not None:
            arguments = orjson.dumps(self._begun).decode()
            self._begun = None
            yield self._call({"function": {"arguments": arguments}})

    def _call(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        return self._chunk({"tool_calls": [{"index": self._calls - 1, **shown}]})

    def _chunk(self, delta: Mapping[str, Any], finished: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finished}
        return {**self._head, "choices": [choice], **self._usage}


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "message": error["message"],
        "type": "server_error",
        "param": None,
        "code": error["type"],
    }
