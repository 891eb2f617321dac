"""Answers in the schema of the Messages API: whole, as events, and as errors. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from routing.errors import RouterError
from routing.types import Event
from usage.pricing import TokenCounts

_ENDING: Final = ("stop_reason", "stop_sequence", "stop_details")
MESSAGE: Final = "message"  # the member of a reply that holds what only this schema shows


def message_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reply of ours as a message."""
    facts = document[MESSAGE]
    return {
        "id": facts["id"],
        "type": "message",
        "role": "assistant",
        "model": facts["model"],
        "content": document["content"],
        "stop_reason": document["stop_reason"],
        "stop_sequence": facts["stop_sequence"],
        "stop_details": facts.get("stop_details"),  # an answer kept by an older version has none
        "usage": facts["usage"],
    }


def usage_of(tokens: TokenCounts) -> dict[str, Any]:
    """Return the tokens of one call."""
    short, long = tokens.cache_creation_5m_input_tokens, tokens.cache_creation_1h_input_tokens
    return {
        "input_tokens": tokens.input_tokens,
        "cache_creation_input_tokens": short + long,
        "cache_read_input_tokens": tokens.cache_read_input_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": short,
            "ephemeral_1h_input_tokens": long,
        },
        "output_tokens": tokens.output_tokens,
        "output_tokens_details": {"thinking_tokens": tokens.thinking_tokens},
    }


def events_of(document: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the events that add up to a reply of ours."""
    message = message_of(document)
    begun: dict[str, Any] = {"content": [], **dict.fromkeys(_ENDING)}
    yield {"type": "message_start", "message": {**message, **begun}}
    for index, block in enumerate(message["content"]):
        start, deltas = _taken_apart(block)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ended = {name: message[name] for name in _ENDING}
    yield {"type": "message_delta", "delta": ended, "usage": message["usage"]}
    yield {"type": "message_stop"}


def error_event(error: RouterError) -> Event:
    """Return what breaks a stream off, without a word of the answer."""
    return {
        "type": "error",
        "error": {"type": error_type(error.status, error), "message": error.title},
    }


def error_type(status: int, error: RouterError) -> str:
    """Return the error type of the Messages API that fits an error of ours."""
    said = str(error.extra.get("error_type", ""))
    if said in _PASSED_ON:
        return said
    return _BY_STATUS.get(status, "api_error")


# What a provider says in its stream and its clients know what to do about.
_PASSED_ON: Final = frozenset({"overloaded_error", "rate_limit_error", "timeout_error"})
_BY_STATUS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "invalid_request_error",
    413: "request_too_large",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def _taken_apart(block: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the block as it begins, and the deltas that fill it."""
    kind = block["type"]
    if kind == "text":
        return {"type": "text", "text": ""}, [
            *(
                {"type": "citations_delta", "citation": each}
                for each in block.get("citations") or ()
            ),
            {"type": "text_delta", "text": block["text"]},
        ]
    if kind == "tool_use":
        arguments = orjson.dumps(block["input"]).decode()
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": arguments}]
    if kind == "thinking":
        return {**block, "thinking": "", "signature": ""}, [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block.get("signature", "")},
        ]
    return dict(block), []
