"""Figures said in words: "five five five, oh one two two", "nineteen fifty-two"."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DIGITS: dict[str, str] = {
    **{word: str(number) for number, word in enumerate((*_ONES, *_TEENS))},
    **{word: str(number) for number, word in zip(range(20, 100, 10), _TENS, strict=True)},
    **{"oh": "0", "o": "0", "niner": "9", "hundred": "00", "nought": "0"},
}
SPOKEN_WORD: Final = rf"(?:{'|'.join(sorted(_DIGITS, key=len, reverse=True))})"
_WORD = rf"(?:{SPOKEN_WORD}|double|triple|\d)"
_BETWEEN = r"(?:[ \t]{0,2}(?:[,;.\-/\r\n]|dash|hyphen|slash|dot|point)?[ \t\n]{1,2}|-)"
# A gate for RE2 and the exact reading: at least four words of figures in a row.
PATTERN = rf"(?i)\b((?:double|triple|{'|'.join(_DIGITS)})(?:{_BETWEEN}{_WORD}){{3,40}})\b"
_ITEM = re.compile(rf"\b{_WORD}\b", re.IGNORECASE)
_program: Any = compiled(PATTERN)

_SHORTEST = 7  # figures that can be nothing but an identifier, however they are introduced
_LABELS = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), category, kind)
    for words, category, kind in (
        ("ssn|social", "ssn", "SSN"),
        ("mrn|medical record|chart|record", "mrn", "MRN"),
        ("fax", "fax", "FAX"),
        ("member|policy|plan|insurance|group|subscriber", "health_plan", "PLAN"),
        ("account|acct|card", "account", "ACCT"),
        ("birth|born|dob", "date", "DATE"),
        ("phone|cell|call|number|mobile|reach|extension|text", "phone", "PHONE"),
        ("zip|postal", "address", "ADDR"),
        ("id|license|last four|ending in|case|claim|serial", "other", "ID"),
    )
)


class SpelledNumber(NamedTuple):
    """Where figures are said in words, and which they are."""

    start: int
    end: int
    digits: str


def spelled_numbers(view: View) -> Iterator[SpelledNumber]:
    """Yield the rows of at least four words that are figures."""
    for match in _program.finditer(view.octets):
        start, end = match.span(1)
        yield SpelledNumber(start, end, figures_said(view.text[start:end]))


def figures_said(text: str) -> str:
    """Return the figures of a row of words: "forty eight twenty-one" are 4821."""
    digits: list[str] = []
    repeat = 1
    for word in _ITEM.findall(text.lower()):
        if word in {"double", "triple"}:
            repeat = 2 if word == "double" else 3
            continue
        figure = _DIGITS.get(word, word)
        if digits and len(figure) == 1 and figure != "0" and _is_ten(digits[-1]):
            digits[-1] = digits[-1][0] + figure  # "fifty" "two"
        else:
            digits.append(figure * repeat)
        repeat = 1
    return "".join(digits)


def _is_ten(figures: str) -> bool:
    return len(figures) == 2 and figures[1] == "0" and figures > "19"


class SpelledOut:
    """Unknown numbers said in words: seven figures and more, or four behind a label."""

    name = "spelled-number"
    category = "other"
    pattern = PATTERN

    @cached_property
    def program(self) -> Any:
        return _program

    def hits(self, view: View) -> Iterator[Hit]:
        for number in spelled_numbers(view):
            before = view.text[max(0, number.start - 40) : number.start]
            found = [
                (match.end(), category, kind)
                for label, category, kind in _LABELS
                for match in label.finditer(before)
            ]
            if len(number.digits) >= _SHORTEST or found:
                _, category, kind = max(found, default=(0, *_by_length(number.digits)))
                yield Hit(number.start, number.end, category, kind, self.name, 0.9, number.digits)


def _by_length(digits: str) -> tuple[str, str]:
    if len(digits) in {7, 10, 11}:
        return "phone", "PHONE"
    return ("ssn", "SSN") if len(digits) == 9 else ("other", "ID")


SPELLED_OUT = SpelledOut()
