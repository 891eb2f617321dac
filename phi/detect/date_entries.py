"""Days that begin the entries of a list: ledgers, logs, flow sheets, diaries, calendars.

"3-20 adjustment" alone may be anything; where two lines of a text or more begin like that, all of
them with a day, each of them is one, and so is what stands in that form behind "sent" or "DOS".
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from phi.detect.date import NOT_A_DATE_AFTER, canonical
from phi.detect.recognizer import Hit, Pattern, compiled
from phi.detect.view import View

_PATTERN: Final = r"(?m)^[ \t*>|\"'-]{0,4}(\d{1,2}[-./]\d{1,2})(?:[:]?[ \t|,;])"
_FEWEST: Final = 2  # entries
_BEHIND: Final = re.compile(
    r"\b(?:dos|date of service|svc date|visit|seen|thru|stmt|filed|sent|denied|appeal(?:ed)?|paid|"
    r"posted|billed|due|recd|rec'd|pmt|appeal|fwd|and|on|by|until|since|from|last|next)[ #:]{1,2}"
    r"(\d{1,2}[-./]\d{1,2})(?=[ ,;)\n]|\.?\s|\.?$)"
)
_UNIT: Final = re.compile(
    r"[ \t]?(?:days?|weeks?|wks?|months?|mos?|years?|yrs?|hours?|hrs?|min|times|visits|reps|sets|"
    r"[a-z]?mmol|meq|mg|ml|units?|%|x\b|l\b|g\b|/)",
    re.IGNORECASE,
)


class Entries:
    """The recognizer of days that begin entries."""

    name = "date-of-entry"
    category = "date"
    pattern = _PATTERN

    def __init__(self) -> None:
        self._program: Any = compiled(_PATTERN)

    def hits(self, view: View) -> Iterator[Hit]:
        begins = [match.span(1) for match in self._program.finditer(view.octets)]
        for signs in ("-/", "."):
            entries = [span for span in begins if _has(view.text[slice(*span)], signs)]
            if _are_days(view.lower, entries):
                yield from _of_form(view, signs, entries)


def _has(value: str, signs: str) -> bool:
    return any(sign in value for sign in signs)


def _of_form(view: View, signs: str, entries: list[tuple[int, int]]) -> Iterator[Hit]:
    more = [match.span(1) for match in _BEHIND.finditer(view.lower)]
    for start, end in sorted({*entries, *more}):
        if _has(view.text[start:end], signs) and _is_day(view.lower, start, end):
            yield Hit(start, end, "date", "DATE", Entries.name, 0.7)


def _is_day(text: str, start: int, end: int) -> bool:
    after = text[end : end + 16]
    if _UNIT.match(after) or NOT_A_DATE_AFTER.match(after):
        return False
    return bool(canonical(re.sub("[-.]", "/", text[start:end])))


def _are_days(text: str, entries: list[tuple[int, int]]) -> bool:
    """Tell days from outlines (1.1, 1.2) and values: all can be days, one is no month."""
    if len(entries) < _FEWEST or not all(_is_day(text, *span) for span in entries):
        return False
    return any(int(re.split("[-./]", text[slice(*span)])[1]) > 12 for span in entries)


ENTRIES = Entries()
SERVICE = Pattern(
    name="date-of-service-figures",
    category="date",
    kind="DATE",
    pattern=r"(?i)\b(?:dos|date of service|svc date|service date)[ :#]{1,3}"
    r"((?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{1,2}[-.]\d{1,2})\b",
    validate=lambda value, before, after: 1,
)
