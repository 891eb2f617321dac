"""The `patient` object: how much of what it may hold, so that looking for it stays cheap."""

from collections.abc import Mapping
from typing import Any, Final

from routing.api.checks import Check, items, mapping, members, refuse

MOST_PATIENTS: Final = 50
MOST_VALUES: Final = 20  # in one list
MOST_OTHERS: Final = 50
MOST_IDENTIFIERS: Final = 1_000  # of all patients of a request
LONGEST_VALUE: Final = 200
LONGEST_LINE: Final = 400  # an address in one line, or a value of `other`
LARGEST_NUMBER: Final = 10**30


def patient(field: str, value: Any) -> Mapping[str, Any]:
    for name in mapping(field, value):
        if name not in PATIENT_FIELDS:
            raise refuse(f"{field}.{name}", "is not a field of a patient.")
    return members(field, value, _PATIENT)


def patients(field: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    found = items(field, value, MOST_PATIENTS)
    people = tuple(patient(f"{field}[{index}]", each) for index, each in enumerate(found))
    if sum(map(_count, people)) > MOST_IDENTIFIERS:
        raise refuse(field, f"must hold at most {MOST_IDENTIFIERS} values in all.")
    return people


def _short(field: str, value: Any) -> None:
    _text(field, value, LONGEST_VALUE)


def _line(field: str, value: Any) -> None:
    _text(field, value, LONGEST_LINE)


def _text(field: str, value: Any, longest: int) -> None:
    """A string; a number of a record may come as a whole number."""
    if type(value) is int and abs(value) < LARGEST_NUMBER:
        return
    if not isinstance(value, str):
        raise refuse(field, "must be a string.")
    if len(value) > longest:
        raise refuse(field, f"must have at most {longest} characters.")


def _several(field: str, value: Any) -> None:
    for index, each in enumerate(items(field, value, MOST_VALUES)):
        _short(f"{field}[{index}]", each)


def _line_or(checks: Mapping[str, Check]) -> Check:
    """A string, or an object with these members."""

    def check(field: str, value: Any) -> None:
        if isinstance(value, dict):
            members(field, value, checks)
        elif isinstance(value, str):
            _line(field, value)
        else:
            raise refuse(field, f"must be a string or an object of {', '.join(checks)}.")

    return check


def _other(field: str, value: Any) -> None:
    found = mapping(field, value)
    if len(found) > MOST_OTHERS:
        raise refuse(field, f"must have at most {MOST_OTHERS} members.")
    for label, each in found.items():
        if len(label) > LONGEST_VALUE:
            raise refuse(field, f"must have labels of at most {LONGEST_VALUE} characters.")
        if each is not None:
            _line(f"{field}.{label}", each)


def _count(value: Any) -> int:
    """Return how many values an object holds."""
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


_NAME: Final = _line_or(dict.fromkeys(("first", "middle", "last", "preferred"), _short))
_ADDRESS: Final = _line_or(
    dict.fromkeys(("street", "line1", "line2", "city", "state", "zip", "country"), _short)
)
_REACHED: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("phone", "fax", "email"), _short),
    "name": _NAME,
    "address": _ADDRESS,
}
_PATIENT: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("id", "birth_date", "dob", "sex", "mrn", "ssn", "phone", "email"), _short),
    **dict.fromkeys(("insurance_member_id", "group_number", "account_number"), _short),
    "name": _NAME,
    "phones": _several,
    "address": _ADDRESS,
    "portal_username": _short,
    "employer": _line_or(_REACHED),
    "emergency_contact": _line_or({**_REACHED, "relationship": _short}),
    "pcp": _line_or({**_REACHED, "npi": _short}),
    "other": _other,
}
PATIENT_FIELDS: Final = frozenset(_PATIENT)
