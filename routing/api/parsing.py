"""Bounded JSON: what a body may be before anything looks into it.

The bytes are bounded while they are read, the depth and the strings here. Every error is a problem
with status 400, 413 or 415, never HTML, and quotes nothing of the body.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser

from routing.errors import InvalidRequest, TooLarge, UnsupportedMediaType

MOST_ITEMS: Final = 200_000  # keys and elements of the whole body
SMALLEST_INTEGER: Final = -(2**63)
LARGEST_INTEGER: Final = 2**64 - 1
# What JSON can spell but neither a text nor a number can hold that is written again: NUL, which the
# database refuses, half surrogate pairs, integers of over 64 bits, and 1e999.
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|[0-9]{19}|[0-9][eE]\+?[0-9]{3}")


class BoundedJSONParser(BaseParser):
    """DRF's view of `parse`."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("JSON is UTF-8 (RFC 8259 8.1).")
        return parse(stream.read(settings.MAX_BODY_BYTES + 1))


def parse(body: bytes) -> Any:
    """Return the JSON value of a body. Raises InvalidRequest or TooLarge."""
    if len(body) > settings.MAX_BODY_BYTES:
        raise TooLarge(f"The body is larger than {settings.MAX_BODY_BYTES} bytes.")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise InvalidRequest("The body is not UTF-8.") from None
    except _Ambiguous:
        raise InvalidRequest("An object of the body has two members of one name.") from None
    except RecursionError:
        raise InvalidRequest(_too_deep()) from None
    except ValueError:
        raise InvalidRequest("The body is not JSON.") from None
    _check_shape(value)
    if _SUSPECT.search(body):
        _check_leaves(value)
    return value


class _Ambiguous(ValueError):
    """One reader would take the first of two members, another the last (RFC 8259 4)."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Ambiguous
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _check_shape(value: Any) -> None:
    level, items = [value], 0
    for _ in range(settings.MAX_JSON_DEPTH + 1):
        containers = [each for each in level if isinstance(each, dict | list)]
        if not containers:
            return
        level = [child for each in containers for child in _children(each)]
        items += len(level)
        if items > MOST_ITEMS:
            raise TooLarge(f"The body holds more than {MOST_ITEMS} values.")
    raise InvalidRequest(_too_deep())


def _children(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _check_leaves(value: Any) -> None:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            _check_string(each)
        elif isinstance(each, dict):
            waiting.extend(each)
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, int | float):
            _check_number(each)


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise InvalidRequest("A string holds the character NUL.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("A string holds half of a surrogate pair.") from None


def _check_number(number: float) -> None:
    if isinstance(number, float):
        is_sound = math.isfinite(number)
    else:
        is_sound = SMALLEST_INTEGER <= number <= LARGEST_INTEGER
    if not is_sound:
        raise InvalidRequest("A number is larger than 64 bits can hold.")


def _too_deep() -> str:
    return f"The body is nested deeper than {settings.MAX_JSON_DEPTH} levels."
