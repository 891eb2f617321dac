"""Plain typed checks of the API's fields; each refusal names its field and never quotes a value."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from routing.errors import InvalidRequest

LABEL_CHARACTERS: Final = 128
LONGEST_NAME: Final = 128  # of a field, as an error quotes it
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")

Check = Callable[[str, Any], Any]


def refuse(field: str, what: str) -> InvalidRequest:
    """Return the error that names the field; it never quotes the value."""
    named = field[:LONGEST_NAME]
    return InvalidRequest(f"{named} {what}", field=named)


def text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise refuse(field, "must be a string.")
    return value


def label(field: str, value: Any) -> str:
    found = text(field, value)
    if not 1 <= len(found) <= LABEL_CHARACTERS:
        raise refuse(field, f"must have 1 to {LABEL_CHARACTERS} characters.")
    return found


def flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse(field, "must be true or false.")
    return value


def one_of(*allowed: str) -> Callable[[str, Any], str]:
    def check(field: str, value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            raise refuse(field, f"must be one of {', '.join(allowed)}.")
        return value

    return check


def whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(field: str, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise refuse(field, f"must be a whole number from {low} to {high}.")
        return value

    return check


def number(low: float, high: float) -> Callable[[str, Any], float]:
    def check(field: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:  # NaN is in no range
            raise refuse(field, f"must be a number from {low} to {high}.")
        return float(value)

    return check


def mapping(field: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise refuse(field, "must be an object.")
    return value


def word(field: str, value: Any) -> str:
    """An id or name as the providers write them."""
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise refuse(field, "must be 1 to 128 letters, figures, _ or -.")
    return value


def items(field: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise refuse(field, "must be a list.")
    if len(value) > most:
        raise refuse(field, f"must have at most {most} elements.")
    return value


def members(field: str, value: Any, checks: Mapping[str, Check], *needed: str) -> Mapping[str, Any]:
    """An object with these members only; null counts as not given."""
    found = mapping(field, value)
    for name, inner in found.items():
        if name not in checks:
            raise refuse(f"{field}.{name[:LABEL_CHARACTERS]}", "is not known here.")
        if inner is not None:
            checks[name](f"{field}.{name}", inner)
    for name in needed:
        if found.get(name) is None:
            raise refuse(f"{field}.{name}", "must be given.")
    return found
