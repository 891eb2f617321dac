"""What is known to identify the patients of a request, from the `patient` object of the API."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from phi.types import KnownIdentifier

# field of the patient object -> category slug
_PLAIN_FIELDS = {
    "birth_date": "date",
    "dob": "date",
    "mrn": "mrn",
    "ssn": "ssn",
    "phone": "phone",
    "phones": "phone",
    "fax": "fax",
    "email": "email",
    "emails": "email",
    "insurance_member_id": "health_plan",
    "group_number": "health_plan",
    "account_number": "account",
    "portal_username": "other",
}
_NAME_PARTS = ("first", "middle", "last", "preferred")
_ADDRESS_PARTS = ("street", "line1", "line2", "city", "zip")
_NO_IDENTIFIERS = frozenset({"id", "sex", "gender"})
PATIENT_MEMBERS = (
    frozenset(_PLAIN_FIELDS)
    | _NO_IDENTIFIERS
    | {"name", "address", "emergency_contact", "pcp", "employer", "other"}
)


def identifiers_of(patients: Sequence[Mapping[str, Any]]) -> tuple[KnownIdentifier, ...]:
    """Return every known identifier of the patients and of the people around them.

    Fields the API contract does not name count as identifiers too (category `other`).
    """
    found: dict[KnownIdentifier, None] = {}
    for person, patient in enumerate(patients):
        for identifier in _of_patient(patient, person):
            if identifier.value:
                found[identifier] = None
    return tuple(found)


def _of_patient(patient: Mapping[str, Any], person: int) -> Iterator[KnownIdentifier]:
    for field, value in patient.items():
        if value is None or field in _NO_IDENTIFIERS:
            continue
        if field == "name":
            yield from _name(value, person, "patient")
        elif field == "address":
            yield from _address(value, person, "patient")
        elif field in _PLAIN_FIELDS:
            yield from _plain(value, _PLAIN_FIELDS[field], person)
        elif field in {"emergency_contact", "pcp"}:
            yield from _contact(value, person, field)
        elif field == "employer":
            yield from _employer(value, person)
        else:
            yield from _plain(value, "other", person)


def _plain(
    value: Any, category: str, person: int, relation: str = "patient"
) -> Iterator[KnownIdentifier]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _plain(item, category, person, relation)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _plain(item, category, person, relation)
    elif value is not None and not isinstance(value, bool):
        yield KnownIdentifier(category, str(value).strip(), person, relation=relation)


def _name(value: Any, person: int, relation: str) -> Iterator[KnownIdentifier]:
    if isinstance(value, Mapping):
        parts = {part: str(value[part]).strip() for part in _NAME_PARTS if value.get(part)}
        full = " ".join(parts[part] for part in ("first", "middle", "last") if part in parts)
    else:
        full = " ".join(str(value).split())
        parts = _split(full)
        full = " ".join(parts[part] for part in ("first", "middle", "last") if part in parts)
    yield KnownIdentifier("name", full, person, "full", relation)
    for part, text in parts.items():
        yield KnownIdentifier("name", text, person, part, relation)


def _split(full: str) -> dict[str, str]:
    """Return the parts of a name written as one string, "Last, First Middle" too."""
    if "," in full:
        last, _, rest = full.partition(",")
        words = [*rest.split(), *last.split()]
        count = len(last.split())
    else:
        words = full.split()
        count = 1
        while count < len(words) - 1 and words[-count - 1].lower() in _PARTICLES:
            count += 1
    if len(words) < 2:
        return {"last": words[0]} if words else {}
    parts = {"first": words[0], "last": " ".join(words[-count:])}
    if words[1:-count]:
        parts["middle"] = " ".join(words[1:-count])
    return parts


_PARTICLES = frozenset(
    """
    de del la las los van der den von bin ibn al el da dos di du st st. san santa mac mc o'
    """.split()  # noqa: SIM905 - words read better as text
)


def _address(value: Any, person: int, relation: str) -> Iterator[KnownIdentifier]:
    if isinstance(value, Mapping):
        for part, text in value.items():
            if text and part not in {"state", "country"}:
                name = part if part in _ADDRESS_PARTS else "other"
                yield KnownIdentifier("address", str(text).strip(), person, name, relation)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _address(item, person, relation)
    else:
        text = " ".join(str(value).split())
        yield KnownIdentifier("address", text, person, "full", relation)
        yield from _address_parts(text, person, relation)


def _address_parts(text: str, person: int, relation: str) -> Iterator[KnownIdentifier]:
    """Yield street, city and ZIP of "12 Oak St, Springfield, IL 62704"."""
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    if pieces and pieces[0][:1].isdigit():
        yield KnownIdentifier("address", pieces[0], person, "street", relation)
    last = pieces[-1].split()[-1] if pieces else ""
    if last[:5].isdigit() and len(last) in {5, 10}:
        yield KnownIdentifier("address", last, person, "zip", relation)
    if len(pieces) >= 3 and pieces[-2].replace(" ", "").isalpha():
        yield KnownIdentifier("address", pieces[-2], person, "city", relation)


def _contact(value: Any, person: int, relation: str) -> Iterator[KnownIdentifier]:
    if not isinstance(value, Mapping):
        yield from _name(value, person, relation)
        return
    for field, text in value.items():
        if not text or field == "relationship":
            continue
        if field == "name":
            yield from _name(text, person, relation)
        elif field == "address":
            yield from _address(text, person, relation)
        else:
            category = {"npi": "license"}.get(field, _PLAIN_FIELDS.get(field, "other"))
            yield from _plain(text, category, person, relation)


def _employer(value: Any, person: int) -> Iterator[KnownIdentifier]:
    if isinstance(value, Mapping):
        for field, text in value.items():
            if not text:
                continue
            if field == "address":
                yield from _address(text, person, "employer")
            else:
                category = _PLAIN_FIELDS.get(field, "name")
                for identifier in _plain(text, category, person, "employer"):
                    yield KnownIdentifier(category, identifier.value, person, "firm", "employer")
    else:
        yield KnownIdentifier("name", str(value).strip(), person, "firm", "employer")
