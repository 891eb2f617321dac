"""HL7 version 2 segments about people: the field number decides (HL7 2.5.1, chapters 2A to 12).

Of each field the components that identify are taken, by its data type; codes, authorities and
states stay. The header segment says which characters separate; line ends may be escaped.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

# data type -> components that identify, each with (category, token type)
_NAME, _DATE, _ADDRESS = ("name", "NAME"), ("date", "DATE"), ("address", "ADDR")
_PHONE, _EMAIL = ("phone", "PHONE"), ("email", "EMAIL")
_MRN, _PLAN, _ACCOUNT = ("mrn", "MRN"), ("health_plan", "PLAN"), ("account", "ACCT")
_SSN, _LICENSE, _ID = ("ssn", "SSN"), ("license", "LIC"), ("other", "ID")
_Parts = dict[int, tuple[str, str]]
_XPN: Final[_Parts] = {1: _NAME, 2: _NAME, 3: _NAME}
_XCN: Final[_Parts] = {1: _LICENSE, 2: _NAME, 3: _NAME, 4: _NAME}
_XON: Final[_Parts] = {1: _NAME}
_XAD: Final[_Parts] = {1: _ADDRESS, 2: _ADDRESS, 3: _ADDRESS, 5: _ADDRESS, 8: _ADDRESS, 9: _ADDRESS}
_XTN: Final[_Parts] = {1: _PHONE, 4: _EMAIL, 6: _PHONE, 7: _PHONE, 12: _PHONE}
_DTM: Final[_Parts] = {1: _DATE}


def _id(kind: tuple[str, str]) -> _Parts:
    return {1: kind}


_CX_MRN, _CX_PLAN, _CX_ACCOUNT, _ANY_ID = _id(_MRN), _id(_PLAN), _id(_ACCOUNT), _id(_ID)
_PLACE, _NAMED = _id(_ADDRESS), _id(_NAME)
FIELDS: Final[dict[str, dict[int, _Parts]]] = {
    "EVN": {2: _DTM, 3: _DTM, 5: _XCN, 6: _DTM},
    "PID": {
        **{2: _CX_MRN, 3: _CX_MRN, 4: _CX_MRN, 5: _XPN, 6: _XPN, 7: _DTM, 9: _XPN, 11: _XAD},
        **{12: _PLACE, 13: _XTN, 14: _XTN, 18: _CX_ACCOUNT, 19: _id(_SSN), 20: _id(_LICENSE)},
        **{21: _CX_MRN, 23: _PLACE, 29: _DTM, 33: _DTM},
    },
    "PD1": {3: _XON, 4: _XCN, 14: _XON, 19: _DTM, 20: _DTM},
    "NK1": {
        **{2: _XPN, 4: _XAD, 5: _XTN, 6: _XTN, 8: _DTM, 9: _DTM, 12: _ANY_ID, 13: _XON, 16: _DTM},
        **{26: _XPN, 30: _XPN, 31: _XTN, 32: _XAD, 33: _ANY_ID, 37: _id(_SSN), 38: _PLACE},
    },
    "GT1": {
        **{2: _CX_ACCOUNT, 3: _XPN, 4: _XPN, 5: _XAD, 6: _XTN, 7: _XTN, 8: _DTM, 12: _id(_SSN)},
        **{13: _DTM, 14: _DTM, 16: _XON, 17: _XAD, 18: _XTN, 19: _ANY_ID, 21: _XON, 24: _DTM},
        **{29: _ANY_ID, 31: _DTM, 32: _DTM, 42: _XPN, 45: _XPN, 46: _XTN, 51: _XON, 56: _PLACE},
    },
    "IN1": {
        **{6: _XPN, 7: _XTN, 8: _CX_PLAN, 9: _CX_PLAN, 10: _CX_PLAN, 11: _XON, 12: _DTM, 13: _DTM},
        **{14: _id(_PLAN) | {2: _DATE}, 16: _XPN, 18: _DTM, 19: _XAD, 24: _DTM, 26: _DTM, 29: _DTM},
        **{30: _XCN, 36: _CX_PLAN, 44: _XAD, 49: _CX_PLAN, 52: _PLACE},
    },
    "IN2": {
        **{1: _CX_PLAN, 2: _id(_SSN), 3: _XCN, 6: _CX_PLAN, 7: _XPN, 8: _CX_PLAN, 9: _XPN},
        **{10: _CX_PLAN, 22: _XPN, 25: _CX_PLAN, 26: _CX_PLAN, 32: _PLACE, 40: _XPN, 49: _XPN},
        **{50: _XTN, 52: _XPN, 53: _XTN, 55: _DTM, 56: _DTM, 58: _XTN, 61: _CX_PLAN, 63: _XTN},
        **{64: _XTN, 69: _XON, 70: _XON},
    },
    "IN3": {
        **{2: _CX_PLAN, 3: _XCN, 6: _DTM, 7: _DTM, 8: _XCN, 9: _DTM, 10: _DTM, 12: _XCN, 13: _DTM},
        **{14: _XCN, 15: _DTM, 16: _XTN, 19: _XTN, 25: _XCN},
    },
    "PV1": {
        **{5: _CX_ACCOUNT, 7: _XCN, 8: _XCN, 9: _XCN, 17: _XCN, 19: _CX_ACCOUNT, 25: _DTM},
        **{30: _DTM, 35: _DTM, 44: _DTM, 45: _DTM, 50: _CX_ACCOUNT, 52: _XCN},
    },
    "PV2": {
        **{8: _DTM, 9: _DTM, 13: _XCN, 14: _DTM, 17: _DTM, 23: _XON, 26: _DTM, 28: _DTM, 29: _DTM},
        **{33: _DTM, 46: _DTM, 47: _DTM, 48: _DTM},
    },
    "DB1": {3: _CX_MRN, 5: _DTM, 6: _DTM, 7: _DTM, 8: _DTM},
    "MRG": {1: _CX_MRN, 2: _CX_MRN, 3: _CX_ACCOUNT, 4: _CX_MRN, 5: _CX_ACCOUNT, 7: _XPN},
    "ORC": {
        **{2: _ANY_ID, 3: _ANY_ID, 4: _ANY_ID, 9: _DTM, 10: _XCN, 11: _XCN, 12: _XCN, 14: _XTN},
        **{15: _DTM, 19: _XCN, 21: _XON, 22: _XAD, 23: _XTN, 24: _XAD, 27: _DTM},
    },
    "OBR": {
        **{2: _ANY_ID, 3: _ANY_ID, 6: _DTM, 7: _DTM, 8: _DTM, 10: _XCN, 14: _DTM, 16: _XCN},
        **{17: _XTN, 18: _ANY_ID, 20: _ANY_ID, 22: _DTM, 28: _XCN, 32: _XCN, 33: _XCN, 34: _XCN},
        **{35: _XCN, 36: _DTM, 53: _ANY_ID},
    },
    "OBX": {14: _DTM, 16: _XCN, 18: _ANY_ID, 19: _DTM, 23: _XON, 24: _XAD, 25: _XCN},
    "TXA": {
        **{4: _DTM, 5: _XCN, 6: _DTM, 7: _DTM, 8: _DTM, 9: _XCN, 10: _XCN, 11: _XCN, 12: _ANY_ID},
        **{13: _ANY_ID, 14: _ANY_ID, 15: _ANY_ID, 16: _ANY_ID, 22: _XCN, 23: _XCN},
    },
    "SCH": {
        **{
            1: _ANY_ID,
            2: _ANY_ID,
            11: {4: _DATE, 5: _DATE},
            12: _XCN,
            13: _XTN,
            14: _XAD,
            16: _XCN,
        },
        **{17: _XTN, 18: _XAD, 20: _XCN, 21: _XTN, 26: _ANY_ID, 27: _ANY_ID},
    },
    "AIP": {3: _XCN, 6: _DTM},
    "AIS": {4: _DTM},
    "AIL": {6: _DTM},
    "AIG": {8: _DTM},
    "SPM": {2: _ANY_ID, 17: _DTM, 18: _DTM},
    "DG1": {5: _DTM, 16: _XCN, 19: _DTM},
    "DRG": {2: _DTM},
    "PR1": {5: _DTM, 8: _XCN, 11: _XCN, 12: _XCN},
    "PDA": {4: _DTM, 5: _XCN, 7: _DTM, 8: _XCN},
    "AL1": {6: _DTM},
    "ACC": {1: _DTM, 3: _PLACE, 7: _XCN, 8: _NAMED, 9: _NAMED, 11: _XAD},
    "RXA": {3: _DTM, 4: _DTM, 10: _XCN, 15: _ANY_ID},
    "RXE": {13: _XCN, 14: _XCN, 15: _ANY_ID, 18: _DTM},
    "RXO": {14: _XCN, 15: _XCN},
    "RXD": {3: _DTM, 7: _ANY_ID, 10: _XCN},
    "ROL": {4: _XCN, 5: _DTM, 6: _DTM, 11: _XAD, 12: _XTN},
    "PRT": {5: _XCN, 8: _XON, 11: _DTM, 12: _DTM, 14: _XAD, 15: _XTN},
    "CON": {11: _XCN, 12: _DTM, 13: _DTM, 14: _DTM, 15: _DTM, 24: _XPN},
    "PRB": {2: _DTM, 7: _DTM, 8: _DTM, 9: _DTM, 15: _DTM, 16: _DTM},
    "GOL": {2: _DTM, 7: _DTM, 8: _DTM, 9: _DTM},
    "FT1": {2: _ANY_ID, 4: _DTM, 5: _DTM, 20: _XCN, 21: _XCN, 24: _XCN},
    "STF": {1: _id(_LICENSE), 3: _XPN, 6: _DTM, 10: _XTN, 11: _XAD, 15: {1: _EMAIL}},
    "CTD": {2: _XPN, 3: _XAD, 5: _XTN},
    "PRD": {2: _XPN, 3: _XAD, 5: _XTN, 7: _id(_LICENSE)},
    "IAM": {11: _DTM, 13: _DTM, 14: _XPN, 18: _XCN, 20: _DTM},
    "NTE": {5: _XCN, 6: _DTM},
    "QRD": {1: _DTM, 8: _XCN},
    "MSH": {7: _DTM},
}
_VALUE_TYPES: Final[dict[str, _Parts]] = {
    **{"DT": _DTM, "TS": _DTM, "DTM": _DTM, "XPN": _XPN, "PN": _XPN, "XCN": _XCN, "CN": _XCN},
    **{"XAD": _XAD, "AD": _XAD, "XTN": _XTN, "TN": _XTN, "CX": _ANY_ID, "XON": _XON},
}
_PERSONAL: Final = frozenset({"PID", "PV1", "NK1", "GT1", "IN1", "IN2", "IN3", "MRG"})
_HEADER = re.compile(r"MSH([^A-Za-z0-9\s])(\S)(\S)(\S)(\S)")
_BROKEN_OFF = re.compile(r"\r?\n>{0,3} ?(?![A-Z][A-Z0-9]{2}[|])[^\r\n|]*[|^][^\r\n]*")
_LONGEST_SEGMENT = 20_000
_RANGE = re.compile(r"\d{1,4}(?:\.\d+)?-\d")
_BARE = re.compile(r"\d{7,12}")
_DAY = re.compile(r"(?:19|20)\d{6}")
_BLANK = frozenset({'""', "UNKNOWN", "NONE", "N/A", "NULL"})


class HL7:
    """The recognizer of all person segments."""

    name = "hl7"
    category = "name"
    pattern = rf"(?:^|[\r\n\x0b>\"' ])((?:{'|'.join(FIELDS)})[|^!#*~$][^\r\n]*)"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        header = _HEADER.search(view.text)
        separators = header.groups() if header else ("|", "^", "~", "\\", "&")
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if view.text[start + 3] == separators[0]:
                stop = _end(view.text, start, end)
                yield from _Segment(view.text, start, stop, separators).hits()


class _Segment:
    """One segment of a message, with the separators its header names."""

    def __init__(self, text: str, start: int, end: int, separators: tuple[str, ...]) -> None:
        self._name = text[start : start + 3]
        self._start = start
        self._fields = text[start:end].split(separators[0])
        self._component, self._repeat, _, self._part = separators[1:5]

    def hits(self) -> Iterator[Hit]:
        decides = FIELDS[self._name]
        at = self._start
        # In the header the field separator counts as the first field.
        for number, field in enumerate(self._fields, 1 if self._name == "MSH" else 0):
            parts = self._value_parts() if self._is_value(number) else decides.get(number)
            if parts and field:
                yield from self._field(field, at, parts)
            elif self._name in _PERSONAL and _BARE.fullmatch(field):
                yield from self._parts(field, at, *(_DATE if _DAY.match(field) else _ACCOUNT))
            at += len(field) + 1

    def _is_value(self, number: int) -> bool:
        return self._name == "OBX" and number == 5

    def _value_parts(self) -> _Parts | None:
        return _VALUE_TYPES.get(self._fields[2]) if len(self._fields) > 2 else None

    def _field(self, field: str, at: int, parts: _Parts) -> Iterator[Hit]:
        for repetition in field.split(self._repeat):
            place = at
            for number, component in enumerate(repetition.split(self._component), 1):
                decided = parts.get(number)
                if decided:
                    yield from self._parts(component, place, *decided)
                place += len(component) + 1
            at += len(repetition) + 1

    def _parts(self, component: str, at: int, category: str, kind: str) -> Iterator[Hit]:
        for part in component.split(self._part):
            value = part.strip()
            if _identifies(value, kind):  # of a timestamp the clock too
                start = at + part.index(value)
                if kind == "PHONE" and "@" in value:
                    category, kind = _EMAIL
                yield Hit(start, start + len(value), category, kind, "hl7", 1.0)
            at += len(part) + 1


def _identifies(value: str, kind: str) -> bool:
    if len(value) < 2 or value.upper() in _BLANK or not any(map(str.isalnum, value)):
        return False
    if kind == "NAME":
        return any(map(str.isalpha, value))
    if kind == "LIC" and _RANGE.match(value):
        return False
    return kind != "DATE" or len(value) > 4  # a year alone is no identifier


def _end(text: str, start: int, end: int) -> int:
    """Return the end of a segment with the lines a mail program broke off it."""
    while end - start < _LONGEST_SEGMENT:
        line = _BROKEN_OFF.match(text, end)
        if line is None:
            return end
        end = line.end()
    return end


SEGMENTS = HL7()
