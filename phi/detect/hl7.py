"""HL7 version 2 segments about people: the field number decides (HL7 2.5.1, chapter 3 and 6)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

# segment -> field number -> (category, token type)
_NAME, _DATE, _ADDRESS = ("name", "NAME"), ("date", "DATE"), ("address", "ADDR")
_PHONE, _MRN, _PLAN = ("phone", "PHONE"), ("mrn", "MRN"), ("health_plan", "PLAN")
_ACCOUNT, _SSN, _LICENSE = ("account", "ACCT"), ("ssn", "SSN"), ("license", "LIC")
FIELDS: dict[str, dict[int, tuple[str, str]]] = {
    "PID": {
        **{2: _MRN, 3: _MRN, 4: _MRN, 5: _NAME, 6: _NAME, 7: _DATE, 9: _NAME, 11: _ADDRESS},
        **{13: _PHONE, 14: _PHONE, 18: _ACCOUNT, 19: _SSN, 20: _LICENSE, 21: _MRN, 29: _DATE},
    },
    "NK1": {
        2: _NAME,
        4: _ADDRESS,
        5: _PHONE,
        6: _PHONE,
        16: _DATE,
        30: _NAME,
        31: _PHONE,
        37: _SSN,
    },
    "GT1": {2: _ACCOUNT, 3: _NAME, 4: _NAME, 5: _ADDRESS, 6: _PHONE, 7: _PHONE, 8: _DATE, 12: _SSN},
    "IN1": {8: _PLAN, 16: _NAME, 18: _DATE, 19: _ADDRESS, 36: _PLAN, 49: _PLAN},
    "PV1": {7: _NAME, 8: _NAME, 9: _NAME, 17: _NAME, 19: _ACCOUNT, 44: _DATE, 45: _DATE},
    "MRG": {1: _MRN, 2: _MRN, 3: _ACCOUNT, 4: _MRN, 7: _NAME},
}
_CODES = frozenset({"MR", "PI", "SS", "USA", "US", "H", "M", "F", "L", "PRN", "PH", "CP", "NET"})


class HL7:
    """The recognizer of all person segments."""

    name = "hl7"
    category = "name"
    pattern = r"(?:^|[\r\n])((?:PID|NK1|GT1|IN1|PV1|MRG)\|[^\r\n]*)"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            yield from _segment(view.text, start, end)


def _segment(text: str, start: int, end: int) -> Iterator[Hit]:
    decides = FIELDS[text[start : start + 3]]
    at = start
    for number, field in enumerate(text[start:end].split("|")):
        decided = decides.get(number)
        if decided and field:
            yield from _components(field, at, *decided)
        at += len(field) + 1


def _components(field: str, at: int, category: str, kind: str) -> Iterator[Hit]:
    """Yield one hit per component that holds letters or figures of its own (not a code)."""
    for component in field.replace("~", "^").replace("&", "^").split("^"):
        if len(component) > 1 and component not in _CODES and any(map(str.isalnum, component)):
            is_day = kind == "DATE" and component[:8].isdigit() and len(component) > 8
            length = 8 if is_day else len(component)
            yield Hit(at, at + length, category, kind, "hl7", 1.0)
        at += len(component) + 1


SEGMENTS = HL7()
