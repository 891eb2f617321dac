"""Identifiers that only their label gives away: `MRN: 123`, `policy no. AB-12`, `Acct # 99`."""

import re
from collections.abc import Callable

from phi.detect.recognizer import Pattern

# At least three characters with at least two digits among them, no blanks.
VALUE = r"[A-Za-z]{0,5}[-/.]?\d[A-Za-z0-9]*(?:[-/.][A-Za-z0-9]+){0,5}"
# The same in groups: "943 476 5919", "A 012 345 678", "W0412 21 123456".
GROUPED = r"(?:[A-Za-z]{1,3} )?[A-Za-z]{0,3}\d{1,5}(?: \d{1,6}){1,4}|[A-Z]{1,3} \d{5,12}"
NUMBER_WORD = (
    r"(?:[ \t_-]{0,2}(?:(?:id|identification|serial|reference|registration|account|record|card)"
    r"[ \t_-])?(?:numbers?\b|num\b|nos?\b\.?|nrs?\b\.?|nbr\.?|ids?\b|identifier\b|#))"
)
_BRACKETS = r"(?:[ \t]{0,2}\([A-Za-z0-9 #./-]{1,16}\))?"
_SEPARATOR = (
    rf"{_BRACKETS}(?:[ \t]{{1,3}}(?:is|was|of|reads|ending in))?"
    r"[ \t]{0,4}(?:\.{2,40})?[:#=|*\"'>-]{0,4}[ \t]{0,4}(?:\r?\n[ \t]{0,4})?[#\"'*]{0,2}"
)
_SAME_LINE = (
    rf"{_BRACKETS}(?:[ \t]{{1,3}}(?:is|was|of|reads|ending in))?"
    r"[ \t]{0,4}[:#=|*\"'>-]{0,4}[ \t]{0,4}[#\"'*]{0,2}"
)
_MARK = r"[ \t]{0,2}[:#=]{1,2}[ \t]{0,4}[\"'*]{0,2}"
_UNITS = re.compile(
    r"[ \t]?(?:mgs?|mcg|ml|kg|days?|weeks?|years?|yo|y/o|yrs?|months?|%|hours?|minutes?|units?|iu|"
    r"tabs?|tablets?|caps(?:ules)?|doses?|cfu|copies|steps|mm|cm|meq|times|patients|people|feet|lbs?|"
    r"calories|kcal|cells|of \d)\b|[ \t]?%",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d{1,4}[-/]\d{1,4}\Z")
_FRACTION = re.compile(r"\d{1,3}/\d{1,3}\Z")
_SHORTEST_DIRECT = 6  # figures of a number right behind an everyday word


def validate(value: str, before: str, after: str) -> float:
    """Refuse what cannot be an identifier: too short, a fraction, a dose."""
    digits = sum(map(str.isdigit, value))
    if digits < 3 and len(value) < 5:
        return 0
    if digits < 2 or _FRACTION.match(value):
        return 0
    return 0 if digits < 7 and _UNITS.match(after) else 1


def validate_direct(value: str, before: str, after: str) -> float:
    """Let only longer numbers, and mixed ones in capitals, stand right behind an everyday word."""
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if _UNITS.match(after) or "." in value or _RANGE.match(value):
        return 0
    if digits >= _SHORTEST_DIRECT:
        return 1
    return 1 if letters and digits >= 2 and len(value) >= 6 and not re.search("[a-z]", value) else 0


def validate_grouped(value: str, before: str, after: str) -> float:
    digits = sum(map(str.isdigit, value))
    return 1 if 6 <= digits <= 16 and not _UNITS.match(after) else 0


def _weighed(
    check: Callable[[str, str, str], float], sureness: float
) -> Callable[[str, str, str], float]:
    return lambda value, before, after: sureness * check(value, before, after)


def labeled(
    *,
    name: str,
    category: str,
    kind: str,
    strong: str = "",
    weak: str = "",
    grouped: str = "",
    sureness: float = 1.0,
) -> tuple[Pattern, ...]:
    """Return the recognizers of values behind one of the labels.

    `strong` labels say enough alone, `weak` ones are everyday words, which count as "case no. 12"
    and "case #12", or before a longer number. Behind `grouped` ones the figures may have blanks.
    """
    branches = []
    if strong:
        branches.append(rf"(?:{strong}){NUMBER_WORD}?{_SEPARATOR}")
    if weak:
        branches.append(rf"(?:{weak})(?:{NUMBER_WORD}{_SAME_LINE}|{_MARK})")
    patterns = [(name, rf"(?i)\b(?:{'|'.join(branches)})({VALUE})\b", validate)]
    if weak:
        direct = rf"(?i)\b(?:{weak})(?:[ \t]{{1,3}}|[ \t]*\r?\n[ \t>]*)({VALUE})\b"
        patterns.append((f"{name}-direct", direct, validate_direct))
    if grouped:
        spaced = rf"(?i)\b(?:{grouped}){NUMBER_WORD}?{_SAME_LINE}({GROUPED})\b"
        patterns.append((f"{name}-grouped", spaced, validate_grouped))
    return tuple(
        Pattern(
            name=title,
            category=category,
            kind=kind,
            pattern=pattern,
            validate=_weighed(check, sureness),
        )
        for title, pattern, check in patterns
    )
