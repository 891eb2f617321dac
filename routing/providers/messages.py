"""The Messages format: the body that leaves, and the answer that comes back, checked. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from routing.betas import BY_HEADER
from routing.errors import ProviderAmbiguous, UsageImplausible
from routing.providers import blocks, chat_request, prompt_cache, without_model
from routing.providers.prompt_cache import Keeping
from routing.types import Candidate, Json, Parameters, ProviderReply, RouteRequest
from usage.pricing import TokenCounts

MOST_TOKENS = 10_000_000
NO_TOKENS: Final = TokenCounts()
_DATE: Final = re.compile(r"-(?:\d{8}|latest)\Z")
_COUNTED: Final = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
    *("cache_control", "anthropic_version"),
)
# Of the protocols that do not take a Messages request as it is.
TRANSLATIONS: Final[Mapping[str, Callable[[Mapping[str, Any], Candidate], dict[str, Any]]]] = {
    "openai": chat_request.request_of,
    "bedrock": without_model.bedrock_request,
    "vertex": without_model.vertex_request,
}
COPY_TOKENS_RULE: Final = (
    "Words such as PHI_NAME_7KQ2M stand for protected values. Copy each of them letter for letter "
    "wherever you mean that value. Never invent, translate, shorten or explain them."
)


def body_of(
    request: RouteRequest,
    candidate: Candidate,
    parameters: Parameters,
    *,
    has_tokens: bool,
    is_stream: bool = False,
    keeping: Keeping | None = None,
) -> bytes:
    """Return the request that leaves, as the bytes that are scanned, held for and sent.

    It is a Messages request, or the same in the words of the deployment's protocol. Raises
    CannotSay when that has none. A conversation has the rule about tokens from its beginning: one
    that came with the first identifier would change all that stands before it, and nothing of it
    would be read from the provider's cache.
    """
    body: dict[str, Any] = {
        "model": model_named_to(candidate),
        "max_tokens": parameters.max_output_tokens,
        "messages": _messages(request),
    }
    has_rule = has_tokens or prompt_cache.goes_on(request)
    system = _system(request.system, has_rule=has_rule)
    optional = {
        "system": system,
        "tools": list(request.tools) or None,
        "tool_choice": request.tool_choice,
        "stop_sequences": list(request.stop_sequences) or None,
        "thinking": parameters.thinking,
        "output_config": _output_config(parameters.effort, request.output_format),
        "temperature": parameters.temperature,
        "cache_control": request.cache_control,
        "stream": True if is_stream else None,
        "anthropic_beta": _betas(request, candidate),
    }
    body.update({name: value for name, value in optional.items() if value is not None})
    translate = TRANSLATIONS.get(candidate.deployment.protocol)
    if keeping is not None and translate is not chat_request.request_of:
        body = prompt_cache.marked(body, keeping, has_context=request.context is not None)
    return orjson.dumps(translate(body, candidate) if translate else body, default=dict)


def model_named_to(candidate: Candidate) -> str:
    """Return the model's id as its place knows it."""
    return candidate.deployment.provider_model_id or candidate.model.model_id


def body_to_count(body: bytes, candidate: Candidate) -> bytes:
    """Return the request that asks how many input tokens a Messages request has.

    It names the model everywhere: where an answer's address does, the one that counts does not.
    """
    asked = {"model": model_named_to(candidate), **orjson.loads(body)}
    return orjson.dumps({name: asked[name] for name in _COUNTED if name in asked})


def count_of(content: bytes) -> int:
    """Return the number of input tokens an answer tells. Raises ProviderAmbiguous."""
    try:
        return _count(orjson.loads(content)["input_tokens"])
    except (ValueError, KeyError, TypeError):
        raise ProviderAmbiguous(outcome="count-broken") from None


def read_reply(
    content: bytes, *, content_type: str, request_id: str, model_id: str, latency_ms: float
) -> ProviderReply:
    """Return a provider's answer, or raise ProviderAmbiguous when it is not one.

    An answer that is HTML, broken, of another model or with an impossible usage may have been
    billed, so its hold stays until it is reconciled.
    """
    if not content_type.startswith("application/json"):
        raise ProviderAmbiguous(outcome="reply-not-json")
    try:
        message = orjson.loads(content)  # unlike json, it takes no half surrogates and no NaN
        return ProviderReply(
            content=tuple(_blocks(message)),
            stop_reason=stop_reason_of(message),
            stop_sequence=stop_sequence_of(message),
            stop_details=stop_details_of(message),
            model=model_of(message, model_id),
            usage=believed_usage(lambda: message["usage"]),
            message_id=printable(str(message.get("id", ""))),
            provider_request_id=printable(request_id or str(message.get("id", ""))),
            latency_ms=latency_ms,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProviderAmbiguous(outcome="reply-broken") from None


def believed_usage(usage: Callable[[], Mapping[str, Json]]) -> TokenCounts:
    """Return the tokens of a whole reply; raises UsageImplausible for none, or what cannot be."""
    try:
        return usage_of(usage())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageImplausible(outcome="usage-implausible", http_status=200) from None


def usage_of(usage: Mapping[str, Json]) -> TokenCounts:
    """Return the tokens of a reply. Raises ValueError for what no provider can mean."""
    created = usage.get("cache_creation") or {}
    written = _count(usage.get("cache_creation_input_tokens") or 0)
    one_hour = _count(created.get("ephemeral_1h_input_tokens") or 0)
    if one_hour > written:
        raise ValueError("More tokens in the one-hour cache than were written.")
    details = usage.get("output_tokens_details") or {}
    return TokenCounts(
        input_tokens=_count(usage["input_tokens"]),
        output_tokens=_count(usage["output_tokens"]),
        thinking_tokens=_count(details.get("thinking_tokens") or 0),
        cache_creation_5m_input_tokens=written - one_hour,
        cache_creation_1h_input_tokens=one_hour,
        cache_read_input_tokens=_count(usage.get("cache_read_input_tokens") or 0),
    )


def error_type(content: bytes) -> str:
    """Return the type word of a provider's error body, which holds no text of the prompt."""
    return error_word(content, "type")


def error_code(content: bytes) -> str:
    """Return the code among the details of a provider's error body."""
    return error_word(content, "details", "error_code")


def error_word(content: bytes, *path: str) -> str:
    """Return a word out of a provider's error body, by its place in there."""
    try:
        word = json.loads(content)["error"]
        for name in path:
            word = word[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unreadable"
    return type_word(word)


def type_word(word: Json) -> str:
    """Return an error's type if it is a word of a protocol, and no sentence."""
    return word if isinstance(word, str) and word.isascii() and word.isidentifier() else "unnamed"


def text_of(content: Iterable[Mapping[str, Json]]) -> str:
    """Return the text of an answer's text blocks."""
    return "".join(str(block.get("text", "")) for block in content if block.get("type") == "text")


def _messages(request: RouteRequest) -> list[Mapping[str, Json]]:
    """Return the messages, with the context as a text block before the last user text."""
    messages = list(request.messages)
    if request.context is None:
        return messages
    last = max(i for i, message in enumerate(messages) if message["role"] == "user")
    content = messages[last]["content"]
    said = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    at = max((i for i, b in enumerate(said) if b.get("type") == "text"), default=len(said))
    text = orjson.dumps(request.context, default=dict).decode()
    said.insert(at, {"type": "text", "text": f"<context>\n{text}\n</context>"})
    messages[last] = {**messages[last], "content": said}
    return messages


def _system(system: Json, *, has_rule: bool) -> Json:
    """Return the system prompt. The rule about tokens comes last: what a program sends with every
    request stays the same beginning, whether there are tokens or not."""
    if not has_rule:
        return system or None
    rule = {"type": "text", "text": COPY_TOKENS_RULE}
    if not system:
        return [rule]
    own = [{"type": "text", "text": system}] if isinstance(system, str) else list(system)
    return [*own, rule]


def _betas(request: RouteRequest, candidate: Candidate) -> list[str] | None:
    """Return what the body switches on, where no header does."""
    protocol = candidate.deployment.protocol
    return None if protocol in BY_HEADER else list(request.betas.get(protocol, ())) or None


def _output_config(effort: str | None, output_format: Json) -> Json:
    config = {"effort": effort, "format": output_format}
    return {name: value for name, value in config.items() if value is not None} or None


def _blocks(message: Mapping[str, Json]) -> Iterable[Mapping[str, Json]]:
    if message["type"] != "message" or not isinstance(message["content"], list):
        raise ValueError("Not a message.")
    yield from map(blocks.checked, message["content"])


def stop_reason_of(message: Mapping[str, Json]) -> str | None:
    """Return why the answer stopped. Raises ValueError for what is no word of the protocol."""
    reason = message["stop_reason"]
    if reason is None or (isinstance(reason, str) and reason.isascii() and reason.isidentifier()):
        return reason
    raise ValueError("Not a stop reason.")


def stop_sequence_of(message: Mapping[str, Json]) -> str | None:
    """Return which of the asker's stop sequences ended the answer, if one did."""
    sequence = message.get("stop_sequence")
    return sequence if isinstance(sequence, str) else None


def stop_details_of(message: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return what more is said of why the answer stopped."""
    details = message.get("stop_details")
    return details if isinstance(details, dict) else None


def model_of(message: Mapping[str, Json], model_id: str) -> str:
    """Return the model that answered: the one that was asked, by its id with or without a date."""
    answered: str = message["model"]
    if _DATE.sub("", answered) != _DATE.sub("", model_id):
        raise ValueError("Another model answered.")
    return answered


def printable(text: str) -> str:
    """Return a text that any column can hold."""
    return "".join(filter(str.isprintable, text))


def _count(value: Json) -> int:
    if type(value) is not int or not 0 <= value <= MOST_TOKENS:
        raise ValueError("Not a count of tokens.")
    return value
