"""What a client of a provider tells the router beside its request, by headers `x-router-*`.

A header that is misspelt is refused: a patient that was not announced would not be protected.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from routing.api.body import ACCURACIES, LONGEST_DEADLINE_MS, URGENCIES
from routing.api.checks import label, one_of, refuse
from routing.errors import InvalidRequest
from routing.providers.base import HOP

PREFIX: Final = "x-router-"
# These say how an answer is waited for, and not which one is asked for.
_WAITING: Final = frozenset({"x-router-deadline-ms", "x-router-cache"})


def _flag(field: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise refuse(field, "must be true or false.")
    return value == "true"


def _milliseconds(field: str, value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(LONGEST_DEADLINE_MS))
    if not is_number or not 1 <= int(value) <= LONGEST_DEADLINE_MS:
        raise refuse(field, f"must be a whole number from 1 to {LONGEST_DEADLINE_MS}.")
    return int(value)


def _patient(field: str, value: str) -> tuple[Mapping[str, Any], ...]:
    return ({"id": label(field, value)},)


# header -> the field of a request, and its check
_HEADERS: Final[Mapping[str, tuple[str, Callable[[str, str], Any]]]] = {
    "x-router-task-type": ("task_type", label),
    "x-router-urgency": ("urgency", one_of(*URGENCIES)),
    "x-router-accuracy": ("accuracy", one_of(*ACCURACIES)),
    "x-router-patient": ("patients", _patient),
    "x-router-patient-facing": ("patient_facing", _flag),
    "x-router-session": ("session_id", label),
    "x-router-case": ("case_id", label),
    "x-router-deadline-ms": ("deadline_ms", _milliseconds),
    "x-router-cache": ("cache", _flag),
}


def read(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that headers name, each in small letters. Raises InvalidRequest."""
    fields = {}
    for header, value in headers.items():
        if not header.startswith(PREFIX):
            continue
        if header == HOP:
            raise InvalidRequest("The request comes from a router, which is no client of another.")
        if header not in _HEADERS:
            raise refuse(header, "is no header of the router.")
        field, check = _HEADERS[header]
        fields[field] = check(header, value)
    return fields


def parameters(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that make another request of the same body, by their name."""
    return {n: v for n, v in headers.items() if n.startswith(PREFIX) and n not in _WAITING}
