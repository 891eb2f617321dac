"""Lines of a form: "City: Springfield", "**Home address:** 12 Oak St", "Employer ..... Acme"."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from phi.detect.fields import EMPTY_VALUES, decided_by
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_LABEL = (
    r"(?im)(?:^|[|;\t]|[ ]{2})[ \t>*#_-]{0,6}([a-z][a-z /'._-]{1,28}?)(?: ?#)?[*_]{0,2}[ \t]?"
    r"(?::|\.{3,40}|=)[*_]{0,2}[ \t]{0,20}"
)
_VALUE_END = re.compile(r"[ \t]{2,}|[|;]|\t| - |[ \t](?=[A-Z][A-Za-z ]{1,20}:)|,? (?=[A-Z]{2,} ?:)")
_DECIDES = frozenset({"address", "phone", "fax", "email", "ssn", "mrn", "health_plan", "account"})
_MOST_WORDS = {"ADDR": 9, "NAME": 5}
_NUMBERED = frozenset({"MRN", "PLAN", "ACCT", "SSN", "PHONE", "FAX", "LIC", "ID", "DEVICE", "VEH"})


class Forms:
    """The recognizer of form lines whose label decides (names have their own recognizers)."""

    name = "field"
    category = "address"
    pattern = rf"{_LABEL}[^\s:=][^\n\r]"

    @cached_property
    def program(self) -> Any:
        return compiled(rf"{_LABEL}([^\s:=][^\n\r]{{1,160}})")

    def hits(self, view: View) -> Iterator[Hit]:
        at = 0
        while match := self.program.search(view.octets, at):
            start = match.start(2)
            at = start
            decided = decided_by(match.group(1).decode("latin-1"))
            if decided and decided[0] in _DECIDES:
                end = _end(view.text, start, match.end(2))
                if _is_value(view.text[start:end], decided[1]):
                    yield Hit(start, end, *decided, "field", 1.0)


def _end(text: str, start: int, end: int) -> int:
    stop = _VALUE_END.search(text, start, end)
    value = text[start : stop.start() if stop else end]
    return start + len(value.rstrip(" .,;*_"))


def _is_value(value: str, kind: str) -> bool:
    words = value.split()
    if not words or value.lower() in EMPTY_VALUES or words[0].lower() in EMPTY_VALUES:
        return False
    if len(words) > _MOST_WORDS.get(kind, 4) or value.endswith(("?", "!")):
        return False
    if kind in _NUMBERED:
        return sum(map(str.isdigit, value)) >= 3
    if kind == "EMAIL":
        return "@" in value
    return value[0].isupper() or value[0].isdigit() or value.islower()


FORMS = Forms()
