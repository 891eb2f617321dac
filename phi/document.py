"""Where in a request text can stand: the walk every examination and every replacement takes.

What the protocol has a place and a shape for (roles, ids, tool names, a schema's structure) is a
`WORD`: it is looked through for known identifiers only. What a provider signed is `SEALED` or a
`BLOB`: it is examined and never altered. Every other string, member name and longer number, and
whatever stands in a protocol's place without its shape, is `TEXT`. A block whose inside cannot be
examined is refused unless the policy allows its kind.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from phi.errors import PhiBlocked
from phi.types import PhiPolicy

TEXT: Final = "text"
WORD: Final = "word"
SEALED: Final = "sealed"
BLOB: Final = "blob"

SIGNED_BLOCKS = frozenset({"thinking", "redacted_thinking"})
_TEXT_BLOCKS = frozenset({"text", "input_text", "output_text", "refusal"})
_TOOL_USE_BLOCKS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_TOOL_RESULT_BLOCKS = frozenset({"tool_result", "mcp_tool_result"})
_IMAGE_BLOCKS = frozenset({"image", "image_url", "input_image"})
_FILE_BLOCKS = frozenset({"file", "input_file", "container_upload"})
_BLOCKS = (_TEXT_BLOCKS | _TOOL_USE_BLOCKS | _TOOL_RESULT_BLOCKS | _IMAGE_BLOCKS | _FILE_BLOCKS) | {
    "document",
    "search_result",
    *SIGNED_BLOCKS,
}

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MODEL = re.compile(r"[A-Za-z0-9_.:/@-]{1,128}")
_LOWER = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,100}")
_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_DATA_ADDRESS = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,100};base64,[A-Za-z0-9+/]*={0,2}")
_PROPERTY = re.compile(r"[A-Za-z0-9_.$-]{1,128}")
_REFERENCE = re.compile(r"#(?:/[A-Za-z0-9_.$-]{1,128}){0,16}")
_LONGEST_WORD_BLOB = 20_000  # longer ones are left to the last scan

_ROLES = frozenset({"user", "assistant", "system", "developer", "tool"})
_CACHE_CONTROL = {"type": frozenset({"ephemeral"}), "ttl": frozenset({"5m", "1h"})}
_CHOICES = frozenset({"auto", "any", "tool", "none", "required", "function"})
_SOURCES = frozenset({"base64", "url", "file", "text", "content"})
_JSON_TYPES = frozenset({"string", "number", "integer", "object", "array", "boolean", "null"})

_SCHEMA_VALUES = frozenset({"default", "const", "enum", "examples", "example"})
_SCHEMA_MAPS = frozenset(
    {"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"}
)
_SUBSCHEMAS = frozenset(
    {"items", "additionalProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"}
    | {"prefixItems", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"}
    | {"additionalItems"}
)
_SCHEMA_NUMBERS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"}
    | {"maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)
LONGEST_PLAIN_NUMBER: Final = 999
_MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text of a document, with the name of the member it stands in and how it is treated."""

    text: str
    field: str = ""
    is_number: bool = False
    use: str = TEXT


Visit = Callable[[Leaf], Any]  # returns what stands in the leaf's place
Read = Callable[[Any], Any]


def walk(document: Any, policy: PhiPolicy, visit: Visit) -> Any:
    """Return the document with each leaf replaced by what `visit` returns for it.

    Raises PhiBlocked for blocks that may not or cannot be examined.
    """
    return _Walk(policy, visit).start(document)


def number_of(text: str) -> int | float:
    """Return the number whose leaf text this is."""
    return int(text) if text.lstrip("-").isdigit() else float(text)


class _Walk:
    def __init__(self, policy: PhiPolicy, visit: Visit) -> None:
        self._policy = policy
        self._visit = visit

    def start(self, document: Any) -> Any:
        if isinstance(document, Mapping):
            return self._start_mapping(document)
        if isinstance(document, list | tuple):
            return _alike(document, [self.start(item) for item in document])
        return self._plain(document)

    def _start_mapping(self, value: Mapping[str, Any]) -> Any:
        if "messages" in value or "tools" in value or "system" in value:
            return self._members(value, self._request_readers())
        if "role" in value and ("content" in value or "tool_calls" in value):
            return self._message(value)
        if _kind(value) in _BLOCKS:
            return self._block(value)
        if "name" in value and ("input_schema" in value or "function" in value):
            return self._tool(value)
        return self._plain(value)

    # Readers are made where they are used: kept in `self` they would hold it in a cycle, and leave
    # each request's texts in memory until the garbage collector comes by.
    def _request_readers(self) -> dict[str, Read]:
        return {
            "messages": lambda item: self._each(item, self._message),
            "system": self._content,
            "tools": lambda item: self._each(item, self._tool),
            "tool_choice": self._choice,
            "model": lambda item: self._word(item, _MODEL),
            "output_format": self._format,
            "output_config": self._format,
            "response_format": self._format,
            **dict.fromkeys(("context", "stop_sequences", "metadata"), self._plain),
            **dict.fromkeys(("session_id", "case_id", "user"), self._plain),
        }

    def _file_texts(self) -> dict[str, Read]:
        return dict.fromkeys(("title", "context", "citations"), self._plain)

    def _members(self, value: Any, readers: Mapping[str, Read]) -> Any:
        """Read each member in its way; one the protocol does not have is free JSON."""
        if not isinstance(value, Mapping):
            return self._plain(value)
        result = {}
        for key, item in value.items():
            reader = readers.get(key)
            if reader is None:
                result[self._visit(Leaf(key)) if key else key] = self._free(item, key, 0)
            else:
                result[key] = reader(item)
        if len(result) != len(value):
            raise PhiBlocked(reasons=["member-names-collide"])
        return result

    def _plain(self, value: Any) -> Any:
        return self._free(value, "", 0)

    def _each(self, items: Any, read: Read) -> Any:
        if isinstance(items, list | tuple):
            return _alike(items, [read(item) for item in items])
        return self._plain(items)

    def _word(self, value: Any, shape: re.Pattern[str]) -> Any:
        """Read a protocol value; without its shape it is a text like any other."""
        if isinstance(value, str) and shape.fullmatch(value):
            return self._visit(Leaf(value, use=WORD))
        return self._plain(value)

    def _name(self, value: Any) -> Any:
        return self._word(value, _NAME)

    def _lower(self, value: Any) -> Any:
        return self._word(value, _LOWER)

    def _one_of(self, value: Any, allowed: frozenset[str]) -> Any:
        if isinstance(value, str) and value in allowed:
            return value
        return self._plain(value)

    def _type(self, value: Any) -> Any:
        return self._one_of(value, _BLOCKS)

    def _cache_control(self, value: Any) -> Any:
        if isinstance(value, Mapping) and all(
            isinstance(item, str) and item in _CACHE_CONTROL.get(key, ())
            for key, item in value.items()
        ):
            return value
        return self._plain(value)

    def _choice(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._one_of(value, _CHOICES)
        return self._members(
            value,
            {
                "type": lambda item: self._one_of(item, _CHOICES),
                "name": self._name,
                "disable_parallel_tool_use": self._plain,
                "function": lambda item: self._members(item, {"name": self._name}),
            },
        )

    def _message(self, value: Any) -> Any:
        return self._members(
            value,
            {
                "role": lambda item: self._one_of(item, _ROLES),
                "content": self._content,
                "tool_calls": lambda item: self._each(item, self._call),
                "tool_call_id": self._name,
                "id": self._name,
                "type": lambda item: self._one_of(item, frozenset({"message"})),
                "model": lambda item: self._word(item, _MODEL),
                "stop_reason": self._lower,
            },
        )

    def _call(self, value: Any) -> Any:
        """Read a tool call of the chat completions schema."""
        return self._members(
            value,
            {
                "id": self._name,
                "type": lambda item: self._one_of(item, _CHOICES),
                "function": lambda item: self._members(
                    item, {"name": self._name, "arguments": self._plain}
                ),
            },
        )

    def _content(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return _alike(value, [self._block(item) for item in value])
        if isinstance(value, Mapping):
            return self._block(value)
        return self._plain(value)

    def _block(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._visit(Leaf(value))
        kind = _kind(value)
        readers: dict[str, Read] = {"type": self._type, "cache_control": self._cache_control}
        if kind in SIGNED_BLOCKS:
            return self._signed(value)
        if kind in _TEXT_BLOCKS:
            texts = dict.fromkeys(("text", "title", "citations"), self._plain)
            return self._members(value, {**readers, **texts})
        if kind == "search_result":
            texts = dict.fromkeys(("source", "title", "citations"), self._plain)
            return self._members(value, {**readers, **texts, "content": self._content})
        if kind in _TOOL_USE_BLOCKS:
            names = dict.fromkeys(("id", "name", "server_name"), self._name)
            return self._members(value, {**readers, **names, "input": self._plain})
        if kind in _TOOL_RESULT_BLOCKS:
            return self._members(
                value,
                {
                    **readers,
                    "tool_use_id": self._name,
                    "content": self._content,
                    "is_error": self._plain,
                },
            )
        return self._file(kind, value, readers)

    def _signed(self, value: Mapping[str, Any]) -> Any:
        """Read a block a provider signed: examined, and refused rather than altered."""
        for key, item in value.items():
            if key == "type":
                continue
            if key in {"signature", "data"}:
                self._blob(item)
            elif key == "thinking" and isinstance(item, str):
                self._visit(Leaf(item, use=SEALED))
            else:
                raise PhiBlocked(reasons=["signed-block-malformed"])
        return value

    def _blob(self, value: Any) -> Any:
        if not isinstance(value, str) or not _BASE64.fullmatch(value):
            raise PhiBlocked(reasons=["signed-block-malformed"])
        if len(value) <= _LONGEST_WORD_BLOB:
            self._visit(Leaf(value, use=BLOB))
        return value

    def _file(self, kind: Any, value: Any, readers: Mapping[str, Read]) -> Any:
        if kind in _IMAGE_BLOCKS:
            if not self._policy.allows_images:
                raise PhiBlocked(reasons=["image-not-allowed"])
        elif kind == "document" and _is_readable(value.get("source")):
            return self._members(value, {**readers, **self._file_texts(), "source": self._source})
        elif kind == "document" or kind in _FILE_BLOCKS:
            if not self._policy.allows_documents:
                raise PhiBlocked(reasons=["document-not-allowed"])
        else:
            raise PhiBlocked(reasons=["unknown-block-type"])
        places = ("source", "image_url", "file", "file_id", "file_data")
        return self._members(
            value, {**readers, **self._file_texts(), **dict.fromkeys(places, self._payload)}
        )

    def _source(self, source: Any) -> Any:
        """Read a source whose text can be examined."""
        return self._members(
            source,
            {
                "type": lambda item: self._one_of(item, _SOURCES),
                "media_type": lambda item: self._word(item, _MEDIA_TYPE),
                "data": self._plain,
                "content": self._content,
            },
        )

    def _payload(self, value: Any) -> Any:
        """Read what cannot be examined and may leave all the same: only in its proper shape."""
        if not isinstance(value, Mapping):
            return self._payload_text(value)
        return self._members(
            value,
            {
                "type": lambda item: self._one_of(item, _SOURCES),
                "media_type": lambda item: self._word(item, _MEDIA_TYPE),
                "detail": self._lower,
                **dict.fromkeys(("data", "url", "file_id", "file_data"), self._payload_text),
            },
        )

    def _payload_text(self, value: Any) -> Any:
        if not isinstance(value, str):
            return self._plain(value)
        if _NAME.fullmatch(value):
            return self._visit(Leaf(value, use=WORD))
        if _BASE64.fullmatch(value) or _DATA_ADDRESS.fullmatch(value):
            return value  # left to the last scan
        if _ADDRESS.fullmatch(value):
            self._visit(Leaf(value, use=BLOB))  # an address with tokens would lead nowhere
            return value
        return self._plain(value)

    def _tool(self, value: Any) -> Any:
        return self._members(
            value,
            {
                "name": self._name,
                "type": self._lower,
                "description": self._plain,
                "cache_control": self._cache_control,
                "input_schema": self._schema,
                "parameters": self._schema,
                "function": self._tool,
            },
        )

    def _format(self, value: Any) -> Any:
        """Read what an answer shall look like."""
        return self._members(
            value,
            {
                "type": self._lower,
                "name": self._name,
                "effort": self._lower,
                "schema": self._schema,
                "json_schema": self._format,
                "format": self._format,
            },
        )

    def _schema(self, value: Any, depth: int = 0) -> Any:
        """Read the texts of a JSON schema; its structure stays as it is."""
        _check_depth(depth)
        if isinstance(value, list | tuple):
            return _alike(value, [self._schema(item, depth + 1) for item in value])
        if not isinstance(value, Mapping):
            return self._free(value, "", depth)
        result = {}
        for key, item in value.items():
            result[self._property(key)] = self._keyword(key, item, depth)
        if len(result) != len(value):
            raise PhiBlocked(reasons=["member-names-collide"])
        return result

    def _keyword(self, key: str, item: Any, depth: int) -> Any:
        if key in _SCHEMA_MAPS and isinstance(item, Mapping):
            return self._named_schemas(item, depth)
        if key in _SUBSCHEMAS and isinstance(item, Mapping | list | tuple):
            return self._schema(item, depth + 1)
        if key == "type":
            return self._each_or_one(item, lambda one: self._one_of(one, _JSON_TYPES))
        if key == "required":
            return self._each_or_one(item, self._property)
        if key == "format":
            return self._lower(item)
        if key == "pattern" and isinstance(item, str):
            return self._visit(Leaf(item, use=WORD))
        if key == "$ref" and isinstance(item, str) and _REFERENCE.fullmatch(item):
            return "/".join(self._property(step) for step in item.split("/"))
        if key in {"$id", "$schema"}:
            return self._word(item, _ADDRESS)
        if key in _SCHEMA_NUMBERS and isinstance(item, int | float):
            return item
        return self._free(item, "", depth)

    def _named_schemas(self, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        result = {
            self._property(name): self._schema(item, depth + 1) for name, item in value.items()
        }
        if len(result) != len(value):
            raise PhiBlocked(reasons=["member-names-collide"])
        return result

    def _property(self, value: Any) -> Any:
        return value if value in _STEPS else self._word(value, _PROPERTY)

    def _each_or_one(self, value: Any, read: Read) -> Any:
        return self._each(value, read) if isinstance(value, list | tuple) else read(value)

    def _free(self, value: Any, field: str, depth: int) -> Any:
        """Read JSON without a known form: every string, member name and longer number."""
        if isinstance(value, str):
            return self._visit(Leaf(value, field)) if value else value
        if isinstance(value, Mapping):
            _check_depth(depth)
            return self._free_mapping(value, field, depth)
        if isinstance(value, list | tuple):
            _check_depth(depth)
            return _alike(value, [self._free(item, field, depth + 1) for item in value])
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and math.isfinite(value):
            if abs(value) <= LONGEST_PLAIN_NUMBER:
                return value
            return self._visit(Leaf(repr(value), field, is_number=True))
        raise PhiBlocked(reasons=["not-json"])

    def _free_mapping(self, value: Mapping[str, Any], field: str, depth: int) -> dict[str, Any]:
        result = {}
        for key, item in value.items():
            name = _GENERIC.get(key, key)
            inner = f"{field} {name}".strip() if key in _GENERIC else key
            result[self._visit(Leaf(key)) if key else key] = self._free(item, inner, depth + 1)
        if len(result) != len(value):
            raise PhiBlocked(reasons=["member-names-collide"])
        return result


# Member names that say nothing without the member around them: {"telecom": {"value": ...}}.
_GENERIC = {
    **{"value": "", "text": "", "name": "name", "number": "number", "id": "id"},
    **{"display": "display", "reference": "reference"},
}
# Names in schemas that are the schema language's own.
_STEPS = (
    frozenset({"", "#", "type", "format", "pattern", "required", "$ref", "$id", "$schema"})
    | (_SCHEMA_VALUES | _SCHEMA_MAPS | _SUBSCHEMAS | _SCHEMA_NUMBERS)
    | {"description", "title", "$comment", "deprecated", "uniqueItems", "nullable"}
)


def _kind(value: Any) -> str | None:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else None


def _is_readable(source: Any) -> bool:
    return _kind(source) in {"text", "content"}


def _alike(original: Any, items: list[Any]) -> Any:
    return tuple(items) if isinstance(original, tuple) else items


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise PhiBlocked(reasons=["nested-too-deep"])
