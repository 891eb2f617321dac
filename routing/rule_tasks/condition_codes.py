"""Where a request names the codes of conditions: in a list of them, or in its text. Pure.

A list stands in `context` or, as JSON, in the last message: by itself, or as `condition_codes` of
an object. Else every word of the last message that is shaped like a code is one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routing.errors import NoConditionCodes, TooLarge
from routing.icd10 import codes_in, normalized
from routing.rule_tasks.handler import Restore
from routing.types import Json, RouteRequest

LIST: Final = "condition_codes"
MOST_CODES: Final = 1_000  # different ones; a chart has some dozens
MISSING: Final = (
    'The request names no ICD-10-CM code. Send them as context {"condition_codes": ["E11.9",'
    ' "I10"]}, as such JSON in the prompt, or in its text.'
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a request names, each once: codes as they are answered, and what is none.

    `codes` gives the normalized code by how the answer spells it: a code that looks like a record
    number is a token until the answer is restored.
    """

    codes: Mapping[str, str]
    not_recognized: tuple[Json, ...]


def named_in(request: RouteRequest, restore: Restore) -> Named:
    """Return the codes of a sanitized request. Raises NoConditionCodes and TooLarge."""
    text = _last_text(request.messages)
    lists = [found for part in (request.context, _parsed(text)) if (found := _list(part))]
    codes: dict[str, str] = {}
    others: dict[str, Json] = {}
    for item in (each for found in lists for each in found):
        _sort_in(item, restore, codes, others)
    if not lists:
        codes = {code: code for code in codes_in(text)}
    if not codes:
        raise NoConditionCodes(MISSING)
    if len(codes) + len(others) > MOST_CODES:
        raise TooLarge(f"A request names at most {MOST_CODES:,} different condition codes.")
    return Named(codes, tuple(others.values()))


def _sort_in(item: Json, restore: Restore, codes: dict[str, str], others: dict[str, Json]) -> None:
    code = normalized(item) if isinstance(item, str) else None
    if code:
        codes[code] = code
    elif isinstance(item, str) and (code := normalized(restore(item))):
        codes[item] = code
    else:
        others.setdefault(json.dumps(item, sort_keys=True, default=dict), item)


def _list(part: Json) -> Sequence[Json]:
    """Return the list of codes that a part of a request is or has; empty where there is none."""
    found = part.get(LIST) if isinstance(part, Mapping) else part
    return found if isinstance(found, list | tuple) else ()


def _parsed(text: str) -> Json:
    """Return a text as JSON, if it is an object or a list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _last_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the texts of the last message of the user."""
    last = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    return "\n".join(_texts(last))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for block in content:
        if block.get("type") == "text":
            yield block["text"]
