"""Which part of a request a provider did not take, in names of the protocol alone. Pure.

A provider's sentence may quote what it refuses. So nothing of it is passed on but names of the
protocols and of JSON Schema (both lists are closed) and small numbers; a name that anybody chose,
such as a property of a schema, ends what is told.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LONGEST_MESSAGE: Final = 2_000
MOST_KEYWORDS: Final = 4
# What a caller wrote, by the beginning of the place that the provider names: its name here.
PARTS: Final[Mapping[tuple[str, ...], str]] = {
    ("messages",): "messages",
    ("system",): "system",
    ("tools",): "tools",
    ("tool_choice",): "tool_choice",
    ("stop_sequences",): "stop_sequences",
    ("stop",): "stop_sequences",
    ("output_config", "format"): "output_format",
    ("output_format",): "output_format",
    ("response_format", "json_schema"): "output_format",
    ("response_format",): "output_format",
}
NAMES: Final = frozenset(
    {
        *("cache_control", "citations", "content", "context", "custom", "data", "description"),
        *("document", "file", "file_data", "format", "function", "id", "image", "image_url"),
        *("input", "input_schema", "is_error", "json_schema", "media_type", "name", "parameters"),
        *("role", "schema", "signature", "source", "strict", "text", "thinking", "title"),
        *("tool_call_id", "tool_calls", "tool_result", "tool_use", "tool_use_id", "ttl", "type"),
        *("base64", "url", "properties", "items", "required", "enum", "arguments"),
    }
)
KEYWORDS: Final = frozenset(
    {
        *("$defs", "$id", "$ref", "additionalProperties", "allOf", "anyOf", "const", "contains"),
        *("definitions", "dependentRequired", "dependentSchemas", "enum", "exclusiveMaximum"),
        *("exclusiveMinimum", "maxItems", "maxLength", "maxProperties", "maximum", "minItems"),
        *("minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern"),
        *("patternProperties", "prefixItems", "propertyNames", "required", "uniqueItems"),
        *("unevaluatedItems", "unevaluatedProperties"),
    }
)
_HEAD: Final = re.compile(r"[\w.\[\]]{1,200}")
_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_WORD: Final = re.compile(r"['\"`]?[$A-Za-z]+")
# Of the keywords, what is also English: counts in quotation marks only.
ENGLISH: Final = frozenset({"contains", "not", "required"})
WITH_SCHEMA: Final = ("output_format", "tools")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the request (`tools.2.input_schema`), and which of JSON Schema it is about."""

    field: str
    keywords: tuple[str, ...] = ()


def place_in(content: bytes) -> Place | None:
    """Return the place that a provider's error body names, if it is one that a caller wrote."""
    message, parameter = _said(content)
    for head in (parameter, message.partition(":")[0]):
        steps = tuple(_STEP.findall(head)) if _HEAD.fullmatch(head) else ()
        for beginning, name in PARTS.items():
            if steps[: len(beginning)] == beginning:
                rest = _known(steps[len(beginning) :])
                about = _keywords(message) if name in WITH_SCHEMA else ()
                return Place(".".join((name, *rest)), about)
    return None


def _said(content: bytes) -> tuple[str, str]:
    """Return the sentence and the parameter of an error body, in whichever form it has them."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return "", ""
    error = document.get("error", document) if isinstance(document, dict) else {}
    return _text(error, "message"), _text(error, "param")


def _text(error: Any, name: str) -> str:
    found = error.get(name) if isinstance(error, dict) else None
    return found[:LONGEST_MESSAGE] if isinstance(found, str) else ""


def _known(steps: tuple[str, ...]) -> Iterator[str]:
    """Yield the steps up to the first that is no name of a protocol."""
    for step in steps:
        if step not in NAMES and not (step.isdecimal() and len(step) <= 3):
            return
        yield step


def _keywords(message: str) -> tuple[str, ...]:
    words = (word for word in _WORD.findall(message) if word not in ENGLISH)
    found = dict.fromkeys(word.lstrip("'\"`") for word in words)
    return tuple(word for word in found if word in KEYWORDS)[:MOST_KEYWORDS]
