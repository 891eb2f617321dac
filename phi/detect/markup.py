"""XML: FHIR, CCDA and any other, by the names of elements and attributes.

A tolerant reading of tags in one pass; no entities are resolved and nothing is built.
"""

import re
from collections.abc import Iterator
from typing import Final

from phi.detect.fields import EMPTY_VALUES, decided_by
from phi.detect.recognizer import Hit
from phi.detect.view import View

_TAG = re.compile(
    r"<(/?)([A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})((?:\s+[\w:.-]{1,60}\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)"
    r"\s*(/?)>([^<]*)"
)
_ATTRIBUTE = re.compile(r"([\w:.-]{1,60})\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_NAME, _DATE, _ADDRESS = ("name", "NAME"), ("date", "DATE"), ("address", "ADDR")
_PHONE, _MRN, _ID = ("phone", "PHONE"), ("mrn", "MRN"), ("other", "ID")
# Elements whose text, `value` attribute or `extension` identifies.
_ELEMENTS: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(("given", "family", "suffixname"), _NAME),
    **dict.fromkeys(("birthtime", "birthdate", "deceaseddatetime", "deceasedtime"), _DATE),
    **dict.fromkeys(("streetaddressline", "streetname", "housenumber", "line"), _ADDRESS),
    **dict.fromkeys(("city", "county", "postalcode", "precinct", "district"), _ADDRESS),
    "telecom": _PHONE,
}
_TIMES: Final = frozenset(
    {
        "effectivetime",
        "time",
        "low",
        "high",
        "center",
        "effectivedatetime",
        "issued",
        "start",
        "end",
    }
    | {"recordeddate", "onsetdatetime", "authoredon", "performeddatetime", "date", "lastupdated"}
    | {"occurrencedatetime", "created", "sent", "received"}
)
_PEOPLE: Final = frozenset(
    {"patientrole", "patient", "assignedauthor", "assignedentity", "relatedentity", "guardian"}
    | {"associatedentity", "encompassingencounter", "patientperson", "subject", "intendedrecipient"}
)
_DISPLAYED: Final = frozenset(
    {
        "subject",
        "patient",
        "performer",
        "author",
        "practitioner",
        "individual",
        "generalpractitioner",
    }
    | {"recorder", "asserter", "requester", "contact", "relatedperson", "sender", "recipient"}
)
_DAY = re.compile(r"(?:19|20)\d{2}-?(?:\d{2})(?:-?\d{2})?")
_REFERENCE = re.compile(
    r"(?:Patient|Practitioner|RelatedPerson|Person|Encounter|Coverage|Account|Claim)/([A-Za-z0-9.-]{1,64})"
)
_MOST_OPEN = 60


class Markup:
    """The recognizer of identifying elements and attributes."""

    name = "field"
    category = "name"
    pattern = (
        r"(?i)<(?:[a-z]+:)?(?:patient|given|family|birthtime|birthdate|telecom|streetaddressline|name|"
        r"patientrole|address|addr|ssn|mrn|dob|lastname|firstname|last_name|first_name|phone|email|"
        r"identifier|subject|person|member|city|zip|postalcode|line|reference|clinicaldocument)\b"
    )

    def hits(self, view: View) -> Iterator[Hit]:
        opened: list[str] = []
        for match in _TAG.finditer(view.text):
            name = match[3].lower()
            if match[1]:
                if name in opened:
                    del opened[_last(opened, name) :]
                continue
            yield from _element(match, name, opened)
            if not match[5] and len(opened) < _MOST_OPEN:
                opened.append(name)


def _last(opened: list[str], name: str) -> int:
    return len(opened) - 1 - opened[::-1].index(name)


def _element(match: re.Match[str], name: str, opened: list[str]) -> Iterator[Hit]:
    decided = _decided(name, opened)
    for attribute in _ATTRIBUTE.finditer(match[4]):
        group = 2 if attribute[2] is not None else 3
        key = attribute[1].lower()
        found = _attribute(key, attribute[group], decided, name, opened)
        if found:
            yield from _hit(match.start(4) + attribute.start(group), attribute[group], *found)
    if decided and match[6].strip():
        yield from _hit(match.start(6), match[6], *decided)


def _decided(name: str, opened: list[str]) -> tuple[str, str] | None:
    if name in _ELEMENTS:
        return _ELEMENTS[name]
    if name in _TIMES:
        return _DATE
    if name == "display" and opened and opened[-1] in _DISPLAYED:
        return _NAME
    if name in {"text", "value"} and opened:
        return _ELEMENTS.get(opened[-1]) or _inside(name, opened)
    if name == "name":
        return _NAME if opened and opened[-1] in _PEOPLE | {"assignedperson", "person"} else None
    return decided_by(name) if name not in {"id", "address", "addr"} else None


def _inside(name: str, opened: list[str]) -> tuple[str, str] | None:
    return {"identifier": _MRN, "name": _NAME, "address": _ADDRESS}.get(opened[-1])


def _attribute(
    key: str, value: str, decided: tuple[str, str] | None, name: str, opened: list[str]
) -> tuple[str, str] | None:
    if key == "value":
        if name == "reference" and _REFERENCE.match(value):
            return _ID
        return decided
    if key == "extension" and name == "id":
        return _MRN if "patientrole" in opened else _ID
    if key in {
        "root",
        "code",
        "codesystem",
        "displayname",
        "codesystemname",
        "use",
        "type",
        "unit",
    }:
        return None
    return decided_by(key)


def _hit(at: int, text: str, category: str, kind: str) -> Iterator[Hit]:
    value = text.strip()
    start = at + text.index(value)
    for lead in ("tel:", "mailto:", "fax:"):
        if value.lower().startswith(lead):
            start, value = start + len(lead), value[len(lead) :]
    if reference := _REFERENCE.match(value):
        start, value = start + reference.start(1), reference[1]
    if len(value) < 2 or value.lower() in EMPTY_VALUES or not any(map(str.isalnum, value)):
        return
    if kind == "DATE":
        day = _DAY.match(value)
        if day is None:
            return
        value = value[: day.end()]
    if kind == "PHONE" and "@" in value:
        category, kind = "email", "EMAIL"
    yield Hit(start, start + len(value), category, kind, "field", 1.0)


MARKUP = Markup()
