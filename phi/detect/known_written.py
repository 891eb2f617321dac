"""Known e-mail addresses and birthdays written out, which no list of spellings covers.

"k.sorensen at lakemail dot org", "year 1952, month 03, day 04", "three four fifty-two".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from phi.detect.canonical import canonical, usual
from phi.detect.recognizer import Hit, compiled_of_known
from phi.detect.view import View, view_of
from phi.types import KnownIdentifier

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS: Final = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
_TENS_OF_YEARS: Final = {**_TENS, 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
_NO_LETTER: Final = "[^0-9A-Za-z\\xc0\\xe0]"
_SAID: Final = "at|a|arroba|dot|punkt|punto|point|underscore|dash|hyphen"
_GAP: Final = rf"(?:{_NO_LETTER}{{0,4}}|[^0-9A-Za-z]{{0,3}}(?:{_SAID})[^0-9A-Za-z]{{0,3}})"
_PAUSE: Final = r"(?:[ ,./-]{1,3}(?:slash |dash |and )?)"


@dataclass(frozen=True)
class Written:
    """One known value and the pattern of its written-out forms; group 1 is the value.

    Where all words of none of `needed` stand in a text, in lower case, nothing can be found.
    """

    pattern: str
    needed: tuple[tuple[bytes, ...], ...]
    category: str
    kind: str
    canonical: str

    @cached_property
    def program(self) -> Any:
        return compiled_of_known(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        lowered = view.octets.lower()
        if not any(all(word in lowered for word in words) for words in self.needed):
            return
        common = usual(self.kind, self.canonical)
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            yield Hit(start, end, self.category, self.kind, "known", 1.0, self.canonical, common)


def written_of(one: KnownIdentifier) -> Iterator[Written]:
    """Yield the written-out forms of a known identifier."""
    folded = view_of(one.value).text
    if one.category == "email":
        yield from _mail(folded.lower(), canonical("EMAIL", folded))
    elif one.category == "date":
        value = canonical("DATE", folded)
        if len(value) == 10 and not value.startswith("--"):
            day = int(value[:4]), int(value[5:7]), int(value[8:])
            forms = "|".join(_birthdays(*day))
            pattern = rf"(?i)(?:^|[^0-9A-Za-z])({forms})\b"
            yield Written(pattern, _needed_of_birthday(*day), "date", "DATE", value)


def _mail(lowered: str, value: str) -> Iterator[Written]:
    """Yield an address whose marks are words, blanks or slips; the last part may be missing."""
    local, _, host = lowered.partition("@")
    parts = re.findall("[a-z0-9]+", local)
    labels = re.findall("[a-z0-9]+", host)
    if not parts or len(labels) < 2 or len(local) < 3:
        return
    words = [*parts, *labels[:-1]]
    pattern = rf"(?i)(?:^|[^0-9A-Za-z])({_GAP.join(words)}(?:{_GAP}{labels[-1]}\b)?)"
    needed = (tuple(word.encode() for word in words),)
    yield Written(pattern, needed, "email", "EMAIL", value)


def _birthdays(year: int, month: int, day: int) -> Iterator[str]:
    name = _MONTHS[month - 1]
    named = rf"(?:0?{month}|{name}|{name[:3]})"
    figure = rf"0?{day}(?:st|nd|rd|th)?"
    # In pieces, as forms and voice menus ask for it.
    yield rf"month[^0-9A-Za-z]{{1,3}}{named}\b[^.\n]{{0,24}}\bday[^0-9A-Za-z]{{1,3}}{figure}"
    yield rf"day[^0-9A-Za-z]{{1,3}}{figure}\b[^.\n]{{0,24}}\bmonth[^0-9A-Za-z]{{1,3}}{named}"
    # The day and the year beside a month with a slip.
    yield rf"{name[0]}[a-z]{{1,9}}\.?[ \n]{figure},?[ \n]{year}"
    yield rf"{figure}[ \n](?:of )?{name[0]}[a-z]{{1,9}}\.?,?[ \n]{year}"
    yield _PAUSE.join((_said(month), _said(day), _said_year(year)))


def _needed_of_birthday(year: int, month: int, day: int) -> tuple[tuple[bytes, ...], ...]:
    """Return the words of which one row stands wherever a form of a birthday does."""
    said = _ONES[day] if day < 20 else _TENS[day // 10]
    return (
        (b"month", b"day"),
        (f" {year}".encode(),),
        (f"\n{year}".encode(),),
        (_ONES[month].encode(), said.encode()),
    )


def _said(number: int) -> str:
    if number < 20:
        return rf"(?:oh |zero )?{_ONES[number]}" if number < 10 else _ONES[number]
    ones = number % 10
    return _TENS[number // 10] + (f"[ -]{_ONES[ones]}" if ones else "")


def _said_year(year: int) -> str:
    tens, ones = divmod(year % 100, 10)
    if tens < 2:
        short = f"(?:oh|zero) {_ONES[ones]}" if tens == 0 else _ONES[10 + ones]
    else:
        short = _TENS_OF_YEARS[tens] + (f"[ -]{_ONES[ones]}" if ones else "")
    if year < 2000:
        return rf"(?:nineteen[ -](?:hundred )?)?{short}"
    return rf"(?:twenty {short}|two thousand (?:and )?{_ONES[year % 100 % 20]}|{short})"
