"""What a model is asked with: messages and their blocks, system, tools, and the answer's form.

Each block has the members of Anthropic's schema and no others, each in its own shape, so that
nothing readable travels in a place where the protocol has an id.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from routing.api.checks import (
    LABEL_CHARACTERS,
    Check,
    flag,
    items,
    mapping,
    members,
    one_of,
    refuse,
    text,
    whole,
    word,
)

ROLES: Final = ("user", "assistant")
TOOL_CHOICES: Final = ("auto", "any", "tool", "none")
THINKING: Final = ("enabled", "adaptive", "disabled")
IMAGE_TYPES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
MOST_MESSAGES: Final = 2_000
MOST_TOOLS: Final = 256
MOST_OUTPUT_TOKENS: Final = 1_000_000
LONGEST_ADDRESS: Final = 2_000
MOST_CALLERS: Final = 16
MOST_CACHE_MARKS: Final = 4
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_ADDRESS: Final = re.compile(r"https?://[!-~]+")


def messages(field: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    """Anthropic messages: the first is the user's; blocks of the known types only."""
    found = items(field, value, MOST_MESSAGES)
    if not found:
        raise refuse(field, "must not be empty.")
    for index, message in enumerate(found):
        _message(f"{field}[{index}]", message)
    if found[0]["role"] != "user":
        raise refuse(f"{field}[0].role", "must be user.")
    return tuple(found)


def system(field: str, value: Any) -> Any:
    """A string, or text blocks."""
    if isinstance(value, str):
        return value or None
    for index, block in enumerate(items(field, value, MOST_MESSAGES)):
        _block(f"{field}[{index}]", block, _TEXT)
    return value


def tools(field: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    found = items(field, value, MOST_TOOLS)
    for index, tool in enumerate(found):
        members(f"{field}[{index}]", tool, _TOOL, "name", "input_schema")
    return tuple(found)


def tool_choice(field: str, value: Any) -> Mapping[str, Any]:
    found = mapping(field, value)
    kind = one_of(*TOOL_CHOICES)(f"{field}.type", found.get("type"))
    allowed = {"type", "disable_parallel_tool_use", *(("name",) if kind == "tool" else ())}
    for name, inner in found.items():
        if name not in allowed:
            raise refuse(f"{field}.{name[:LABEL_CHARACTERS]}", "is not a field of this choice.")
        if name == "disable_parallel_tool_use":
            flag(f"{field}.{name}", inner)
    if kind == "tool":
        word(f"{field}.name", found.get("name"))
    return found


def thinking(field: str, value: Any) -> Mapping[str, Any]:
    found = mapping(field, value)
    kind = one_of(*THINKING)(f"{field}.type", found.get("type"))
    for name in found:
        if name != "type" and not (name == "budget_tokens" and kind == "enabled"):
            raise refuse(f"{field}.{name[:LABEL_CHARACTERS]}", "is not a field of this thinking.")
    if kind == "enabled":
        whole(1_024, MOST_OUTPUT_TOKENS)(f"{field}.budget_tokens", found.get("budget_tokens"))
    return found


def output_format(field: str, value: Any) -> Mapping[str, Any]:
    found = mapping(field, value)
    if found.get("type") != "json_schema" or set(found) != {"type", "schema"}:
        raise refuse(field, 'must be {"type": "json_schema", "schema": {..}}.')
    mapping(f"{field}.schema", found["schema"])
    return found


def _message(place: str, value: Any) -> None:
    message = mapping(place, value)
    one_of(*ROLES)(f"{place}.role", message.get("role"))
    if set(message) != {"role", "content"}:
        raise refuse(place, "must have role and content, and nothing else.")
    content = message["content"]
    if isinstance(content, str):
        if not content.strip():
            raise refuse(f"{place}.content", "must not be empty.")
        return
    blocks = items(f"{place}.content", content, MOST_MESSAGES)
    if not blocks:
        raise refuse(f"{place}.content", "must not be empty.")
    for index, block in enumerate(blocks):
        _block(f"{place}.content[{index}]", block, BLOCK_TYPES)


def _block(place: str, value: Any, allowed: frozenset[str]) -> None:
    kind = mapping(place, value).get("type")
    if not isinstance(kind, str) or kind not in allowed:
        raise refuse(f"{place}.type", "is not a content block that is known here.")
    checks, needed = _BLOCKS[kind]
    members(place, value, checks, *needed)


def _blocks(allowed: frozenset[str]) -> Check:
    """A string, or blocks of these types."""

    def check(place: str, value: Any) -> None:
        if isinstance(value, str):
            return
        for index, block in enumerate(items(place, value, MOST_MESSAGES)):
            _block(f"{place}[{index}]", block, allowed)

    return check


def base64_text(place: str, value: Any) -> None:
    """The bytes of an image or a file."""
    if not isinstance(value, str) or not _BASE64.fullmatch(value):
        raise refuse(place, "must be base64.")


def address(place: str, value: Any) -> None:
    """Where a provider may fetch an image or a file."""
    if len(text(place, value)) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(value):
        raise refuse(place, "must be an address of http or https.")


def _image_source(place: str, value: Any) -> None:
    _source(place, value, "base64", "url", "file", media=IMAGE_TYPES)


def _document_source(place: str, value: Any) -> None:
    _source(place, value, "base64", "url", "file", "text", "content", media=("application/pdf",))


def _source(place: str, value: Any, *kinds: str, media: tuple[str, ...]) -> None:
    kind = one_of(*kinds)(f"{place}.type", mapping(place, value).get("type"))
    checks: dict[str, dict[str, Check]] = {
        "base64": {"media_type": one_of(*media), "data": base64_text},
        "url": {"url": address},
        "file": {"file_id": word},
        "text": {"media_type": one_of("text/plain"), "data": text},
        "content": {"content": _blocks(_CITABLE)},
    }
    members(place, value, {"type": text, **checks[kind]}, *checks[kind])


def cache_control(place: str, value: Any) -> Mapping[str, Any]:
    """Where the provider may keep what stands before it, and for how long."""
    checks = {"type": one_of("ephemeral"), "ttl": one_of("5m", "1h")}
    return members(place, value, checks, "type")


def check_cache_marks(*parts: Any) -> None:
    """Raise InvalidRequest where more blocks have a mark for the cache than a provider takes."""
    waiting, marks = list(parts), 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            marks += bool(part.get("cache_control"))
            waiting += [part.get("content"), part.get("source")]
        elif isinstance(part, list | tuple):
            waiting += part
    if marks > MOST_CACHE_MARKS:
        raise refuse("cache_control", f"may be set at most {MOST_CACHE_MARKS} times.")


def _citations(place: str, value: Any) -> None:
    for index, citation in enumerate(items(place, value, MOST_MESSAGES)):
        mapping(f"{place}[{index}]", citation)


def _texts(place: str, value: Any) -> None:
    """Text blocks, at least one."""
    if not value:
        raise refuse(place, "must not be empty.")
    for index, block in enumerate(items(place, value, MOST_MESSAGES)):
        _block(f"{place}[{index}]", block, _TEXT)


def _may_cite(place: str, value: Any) -> None:
    members(place, value, {"enabled": flag})


def _callers(place: str, value: Any) -> None:
    """Who may call a tool: the model itself; its code would run elsewhere."""
    for index, caller in enumerate(items(place, value, MOST_CALLERS)):
        one_of(_DIRECT)(f"{place}[{index}]", caller)


_DIRECT: Final = "direct"
_TEXT: Final = frozenset({"text"})
_CITABLE: Final = frozenset({"text", "image"})
_RESULTS: Final = frozenset({"text", "image", "document", "search_result"})
_EVERY: Final[Mapping[str, Check]] = {"type": text, "cache_control": cache_control}
# block type -> its members, and which of them it needs
_BLOCKS: Final[Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]]] = {
    "text": ({**_EVERY, "text": text, "citations": _citations}, ("text",)),
    "image": ({**_EVERY, "source": _image_source}, ("source",)),
    "document": (
        {
            **_EVERY,
            "source": _document_source,
            "title": text,
            "context": text,
            "citations": _may_cite,
        },
        ("source",),
    ),
    "search_result": (
        {**_EVERY, "source": text, "title": text, "content": _texts, "citations": _may_cite},
        ("source", "title", "content"),
    ),
    "tool_use": (
        {
            **_EVERY,
            "id": word,
            "name": word,
            "input": mapping,
            "caller": lambda place, value: members(place, value, {"type": one_of(_DIRECT)}),
            "toolset_name": word,
        },
        ("id", "name", "input"),
    ),
    "tool_result": (
        {
            **_EVERY,
            "tool_use_id": word,
            "content": _blocks(_RESULTS),
            "is_error": flag,
            "toolset_name": word,
        },
        ("tool_use_id",),
    ),
    "thinking": (
        {"type": text, "thinking": text, "signature": base64_text},
        ("thinking", "signature"),
    ),
    "redacted_thinking": ({"type": text, "data": base64_text}, ("data",)),
}
BLOCK_TYPES: Final = frozenset(_BLOCKS)
_TOOL: Final[Mapping[str, Check]] = {
    "type": one_of("custom"),
    "name": word,
    "description": text,
    "input_schema": mapping,
    "cache_control": cache_control,
    "strict": flag,
    "eager_input_streaming": flag,
    "defer_loading": flag,
    "allowed_callers": _callers,
    "input_examples": lambda place, value: items(place, value, MOST_MESSAGES),
}
