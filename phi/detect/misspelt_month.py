"""Dates whose month is misspelt or misread: "Jaunary 19", "08 Dcc 1996", "Jan l957"."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View
from phi.detect.words import FORMS

_FULL: Final = (
    *("january", "february", "march", "april", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_SHORT: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
)
_YEAR = r"(?:[12I][9O0][0-9OIlSB]{2}|l9[0-9OIlSB]{2})"
_WORD = r"[A-Za-z0-9]{3,10}"


class MisspeltMonth:
    """The recognizer of such dates."""

    name = "date-misspelt-month"
    category = "date"
    pattern = (
        rf"\b({_WORD}\.? \d{{1,2}}(?:st|nd|rd|th)?,?\s{_YEAR}|\d{{1,2}}[ \n-]{_WORD}[ "
        rf",\n-]{{1,2}}{_YEAR}|"
        r"[A-Za-z][a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?|(?:in|since|until|last|"
        r"from)\s[A-Z][a-z]{4,9}(?: \d{1,2}(?:st|nd|rd|th)?)?)\b"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        at = 0
        while match := self.program.search(view.octets, at):
            start, end = match.span(1)
            text = view.text[start:end]
            lead = _LEAD.match(text)
            start += lead.end() if lead else 0
            word = _MONTH.search(view.text[start:end])
            if word and _is_meant(word[0].lower(), text) and _has_day(text, bool(lead)):
                yield Hit(start, end, "date", "DATE", self.name, 0.7)
                at = end
            else:
                at = start + (word.end() if word else 1)


_LEAD = re.compile(r"(?:in|since|until|last|from)\s")
_MONTH = re.compile(r"[A-Za-z0][A-Za-z0-9]{2,9}")
_DAY = re.compile(r"\b(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?\b")


_MISREAD = re.compile(r"\n|l9\d\d|[12][9O0][0-9]?[OIlSB]")


def _is_meant(word: str, text: str) -> bool:
    """Tell whether a month is meant; rightly spelled ones are read in date.py, but for the year."""
    letters = word.replace("0", "o")
    if letters in _FULL or letters in _SHORT:
        return letters != word or bool(_MISREAD.search(text))
    return _is_month(letters)


def _has_day(text: str, is_alone: bool) -> bool:
    return is_alone or bool(_DAY.search(text))


@lru_cache(maxsize=4096)
def _is_month(word: str) -> bool:
    """Tell whether a word no list has is one slip from a month."""
    known = FORMS[word].word
    if known.english or known.clinical or known.is_proper or max(known.given, known.surname) > 1:
        return False
    if len(word) < 4:
        return process.extractOne(word, _SHORT, scorer=OSA.distance, score_cutoff=1) is not None
    limit = 2 if len(word) > 7 else 1
    near = process.extractOne(word, _FULL, scorer=OSA.distance, score_cutoff=limit)
    return near is not None and near[0][0] in word[:2]


MISSPELT_MONTH = MisspeltMonth()
