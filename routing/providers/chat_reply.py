"""A chat completion as a message: what was answered, why it ended, what it took, checked. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from routing.errors import ProviderAmbiguous
from routing.providers import messages
from routing.types import Json, ProviderReply

STOPPED: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_DATE: Final = re.compile(r"-\d{4}-\d{2}-\d{2}\Z")  # of a snapshot, which answers for its model
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")


def read(
    content: bytes,
    *,
    content_type: str,
    request_id: str,
    asked_model: str,
    model_id: str,
    latency_ms: float,
) -> ProviderReply:
    """Return a completion as a reply, or raise ProviderAmbiguous when it is none.

    `asked_model` is what the deployment calls the model, `model_id` what the catalog does.
    """
    if not content_type.startswith("application/json"):
        raise ProviderAmbiguous(outcome="reply-not-json")
    try:
        document = orjson.loads(content)
        check_model(document, asked_model)
        (choice,) = document["choices"]
        message = choice["message"]
        calls = [_call(place, call) for place, call in enumerate(message.get("tool_calls") or ())]
        ending = Ending(
            has_calls=bool(calls),
            is_call_cut=any(call["input"] is None for call in calls),
            is_refusal=bool(message.get("refusal")),
        )
        return ProviderReply(
            content=(*_text(message), *({**call, "input": call["input"] or {}} for call in calls)),
            stop_reason=stop_reason(choice, ending),
            stop_sequence=stop_sequence(choice),
            model=model_id,
            usage=messages.believed_usage(lambda: usage_of(document["usage"])),
            message_id=messages.printable(str(document.get("id", ""))),
            provider_request_id=messages.printable(request_id or str(document.get("id", ""))),
            latency_ms=latency_ms,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProviderAmbiguous(outcome="reply-broken") from None


def check_model(document: Mapping[str, Json], asked_model: str) -> None:
    """Raise ValueError unless the model that answered is the one that was asked."""
    if _DATE.sub("", document["model"]) != _DATE.sub("", asked_model):
        raise ValueError("Another model answered.")


def usage_of(usage: Mapping[str, Json]) -> dict[str, Any]:
    """Return the usage in the terms of the Messages API, where the input excludes the cache's.

    Raises ValueError, KeyError or TypeError for what no provider can mean.
    """
    prompt = usage.get("prompt_tokens_details") or {}
    cached = prompt.get("cached_tokens") or 0
    written = prompt.get("cache_write_tokens") or 0
    completion = usage.get("completion_tokens_details") or {}
    return {
        "input_tokens": usage["prompt_tokens"] - cached - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"thinking_tokens": completion.get("reasoning_tokens") or 0},
    }


@dataclass(frozen=True, slots=True)
class Ending:
    """What an answer holds that says more of its end than the server's word for it."""

    has_calls: bool = False
    is_call_cut: bool = False  # the arguments of one are no JSON object
    is_refusal: bool = False


def stop_reason(choice: Mapping[str, Json], ending: Ending) -> str | None:
    """Return why an answer ended. Raises ValueError for what is no word of the protocol.

    A call whose arguments are none must not be made, so its answer counts as cut.
    """
    said = choice["finish_reason"]
    if ending.is_call_cut:
        return "max_tokens"
    if said == "stop" and ending.has_calls:
        return "tool_use"  # so servers say of a call that was forced
    if said == "stop" and ending.is_refusal:
        return "refusal"
    if said == "stop" and stop_sequence(choice):
        return "stop_sequence"
    return messages.stop_reason_of({"stop_reason": STOPPED.get(said, said)})


def stop_sequence(choice: Mapping[str, Json]) -> str | None:
    """Return which stop sequence ended an answer, where the server says it, as vLLM does."""
    said = choice.get("stop_reason")
    return said if isinstance(said, str) and said else None


def call_id(place: int, given: Json) -> str:
    """Return the id of a call; some servers give none, or one that cannot be sent back."""
    return given if isinstance(given, str) and _ID.match(given) else f"call_{place}"


def text_in(said: Mapping[str, Json]) -> str:
    """Return the text of a message or of a part of one; some servers give it in parts, with what
    they thought among them. Raises KeyError or TypeError for none."""
    content = said.get("content") or said.get("refusal") or ""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    if not isinstance(content, str):
        raise TypeError("Not a text.")
    return content


def arguments_in(given: Json) -> dict[str, Any] | None:
    """Return what a call was given; None for what is no object of JSON."""
    if isinstance(given, dict):
        return given
    try:
        found = orjson.loads(given or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(message: Mapping[str, Json]) -> list[dict[str, Any]]:
    said = text_in(message)
    return [{"type": "text", "text": said}] if said else []


def _call(place: int, call: Mapping[str, Json]) -> dict[str, Any]:
    function = call["function"]
    name = function["name"]
    if not isinstance(name, str):
        raise TypeError("A call of nothing.")
    return {
        "type": "tool_use",
        "id": call_id(place, call.get("id")),
        "name": name,
        "input": arguments_in(function.get("arguments")),
    }
