"""Cheap checks of an answer: what is plainly wrong with it, as codes and a score. Pure.

They see the tokenized answer and request, and keep neither.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from routing.types import Json, ProviderReply, RouteRequest

UNFIT_FLAG: Final = "UNFIT_FOR_THIS_TASK"
UNFIT_RULE: Final = (
    "If you cannot do this task well enough to be relied on, answer with exactly "
    f"{UNFIT_FLAG} and nothing else; a more capable model will take over."
)
# What each flaw takes from a score of 1. The answer to a refusal is no answer at all; one that
# broke off at its limit might break off again.
PENALTIES: Final[Mapping[str, float]] = {
    "refusal": 1.0,
    "empty": 1.0,
    "unfit": 1.0,
    "not_the_schema": 1.0,
    "missing_fields": 0.8,
    "foreign_numbers": 0.6,
    "truncated": 0.5,
}
CUT_OFF: Final = frozenset({None, "max_tokens", "model_context_window_exceeded"})
ASKS_FOR_TOOLS: Final = frozenset({"tool_use", "pause_turn"})
DEEPEST: Final = 32  # levels of a schema that are looked at
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_TOKEN: Final = re.compile(r"\bPH[I-Z]_[A-Z]+(?:_[A-Z0-9]+)+\b")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPS: Final = re.compile(r"[.,](?=\d{3}(?!\d))")  # between thousands
SMALLEST_NUMBER: Final = 10  # below it, figures number lists


@dataclass(frozen=True, slots=True)
class Rating:
    """How good an answer looks, from 0 to 1, and the codes of what is wrong with it."""

    score: float = 1.0
    flaws: tuple[str, ...] = ()


def rate(reply: ProviderReply, request: RouteRequest, *, checks_numbers: bool) -> Rating:
    """Return the rating of an answer to a request. A call of a tool is not judged."""
    if reply.stop_reason in ASKS_FOR_TOOLS:
        return Rating()
    found = tuple(_flaws(reply, request, checks_numbers=checks_numbers))
    return Rating(max(0.0, round(1.0 - sum(PENALTIES[flaw] for flaw in found), 4)), found)


def without_flag(reply: ProviderReply) -> ProviderReply:
    """Return an answer without the flag, which is a word between the router and the model."""
    if UNFIT_FLAG not in _text(reply):
        return reply
    content = tuple(
        {**block, "text": str(block.get("text", "")).replace(UNFIT_FLAG, "").strip()}
        if block.get("type") == "text"
        else block
        for block in reply.content
    )
    return replace(reply, content=content)


def _flaws(reply: ProviderReply, request: RouteRequest, *, checks_numbers: bool) -> Iterator[str]:
    text = _text(reply)
    if reply.stop_reason == "refusal":
        yield "refusal"
        return
    if text.lstrip().startswith(UNFIT_FLAG):
        yield "unfit"
        return
    if reply.stop_reason in CUT_OFF:
        if request.max_tokens is None:  # else the caller wanted it no longer
            yield "truncated"
        return
    if not text.strip():
        yield "empty"
        return
    if request.output_format:
        yield from _against_schema(text, request.output_format.get("schema"))
    if checks_numbers and _has_foreign_numbers(text, _source(request)):
        yield "foreign_numbers"


def _against_schema(text: str, schema: Json) -> Iterator[str]:
    try:
        document = orjson.loads(text)
    except ValueError:
        yield "not_the_schema"
        return
    flaws = {flaw for flaw in _mismatches(document, schema, DEEPEST)}
    if flaws:
        yield "not_the_schema" if "not_the_schema" in flaws else "missing_fields"


def _mismatches(value: Json, schema: Json, depth: int) -> Iterator[str]:
    """Yield what is plainly not so: types, listed values, members. Other words are not judged.

    A whole validator would run the patterns of any caller, and follow its references.
    """
    if not isinstance(schema, Mapping) or depth == 0:
        return
    if not _is_of_type(value, schema.get("type")):
        yield "not_the_schema"
        return
    listed = schema.get("enum")
    if isinstance(listed, list | tuple) and value not in listed:
        yield "not_the_schema"
    if isinstance(value, dict):
        yield from _members(value, schema, depth)
    elif isinstance(value, list):
        for each in value:
            yield from _mismatches(each, schema.get("items"), depth - 1)


def _members(value: Mapping[str, Json], schema: Mapping[str, Json], depth: int) -> Iterator[str]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    needed = schema.get("required")
    if isinstance(needed, list | tuple) and any(name not in value for name in needed):
        yield "missing_fields"
    if schema.get("additionalProperties") is False and value.keys() - known.keys():
        yield "not_the_schema"
    for name, inner in value.items():
        yield from _mismatches(inner, known.get(name), depth - 1)


def _is_of_type(value: Json, wanted: Json) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list | tuple):
        return True
    if isinstance(value, bool):
        return "boolean" in names
    kinds = tuple(kind for name in names for kind in _TYPES.get(str(name), (object,)))
    return isinstance(value, kinds)


def _text(reply: ProviderReply) -> str:
    return "".join(str(b.get("text", "")) for b in reply.content if b.get("type") == "text")


def _source(request: RouteRequest) -> str:
    parts = (request.messages, request.system, request.context)
    return orjson.dumps(parts, default=dict).decode()


def _has_foreign_numbers(text: str, source: str) -> bool:
    """Return whether a text has a figure that its source has in no way of reading it."""
    known = {number for figure in _figures(source) for number in figure}
    return any(
        max(figure) >= SMALLEST_NUMBER and figure.isdisjoint(known) for figure in _figures(text)
    )


def _figures(text: str) -> Iterator[frozenset[float]]:
    """Yield what each figure can mean: 1,250 is a thousand here and one and a quarter there."""
    for figure in _NUMBER.findall(_TOKEN.sub(" ", text)):
        readings = {_GROUPS.sub("", figure).replace(",", "."), figure.replace(",", ".")}
        yield frozenset(float(r) for r in readings if r.count(".") < 2) or frozenset({0.0})
