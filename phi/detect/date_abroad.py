"""Days of other languages and calendars, and days that a line break or a slip of the hand parts.

A number up to 31, a word that is no English one and a year are a day in whatever language that is.
"""

import re
from typing import Final

from phi.detect.date import MONTHS
from phi.detect.recognizer import Pattern
from phi.detect.words import FORMS

_LETTER: Final = "[A-Za-z\xc0\xe0]"
# Short names of months that are words of English, or no words at all.
_SHORT: Final = (
    r"ene|feb|abr|ago|dic|gen|mag|giu|lug|set|ott|out|dez|fev|avr|mai|juil|aou|mrt|okt|mrz|maj|wrz|"
    r"paz|lis|gru|sty|lut|kwi|cze|lip|sie|mart|marso|mac|may|mei|jul|jun|oca|sub|nis|haz|tem|eyl"
)
_YEAR: Final = r"(?:19|20|25|14)\d{2}"
_SLIPS: Final = re.compile(r"[-/]{2}|\d{3}[-/]|[-/]\d{3}(?!\d)|[-/]\d{5}")
_SSN: Final = re.compile(r"\d{3}-\d{2}-\d{4}")
_UNIT_AFTER: Final = re.compile(r"\s?(?:mg|mcg|ml|mm|cm|units?|tabs?|%)", re.IGNORECASE)
_GAP: Final = r"(?: |\n[> ]{0,12})"


def _pattern(name: str, pattern: str, validate) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="date", kind="DATE", pattern=pattern, validate=validate)


def validate_word(value: str, before: str, after: str) -> float:
    """Take the word between a day and a year for a month unless it is English or clinical."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    word = _MONTH.search(value)
    if word is None or not 1 <= min(numbers) <= 31 or before.endswith(("-", "/", ".")):
        return 0
    if _SHORT_NAME.fullmatch(word[0]):
        return 0.9
    form = FORMS[word[0].lower()]
    return 0 if form.word.english > 1 or form.word.clinical or form.word.is_organization else 0.7


_MONTH = re.compile(r"[^\W\d_]{3,14}")
_SHORT_NAME = re.compile(_SHORT, re.IGNORECASE)


def _unless_unit(value: str, before: str, after: str) -> float:
    return 0 if _UNIT_AFTER.match(after) or before.endswith(("-", "/", ".")) else 0.9


def validate_slip(value: str, before: str, after: str) -> float:
    digits = sum(map(str.isdigit, value))
    is_slip = bool(_SLIPS.search(value)) and 6 <= digits <= 9 and not _SSN.fullmatch(value)
    return 0.6 if is_slip and _unless_unit(value, before, after) else 0


def validate_ideographs(value: str, before: str, after: str) -> float:
    return 1 if _IDEOGRAPHS.search(value) else 0


_IDEOGRAPHS = re.compile(r"\d ?[\u5e74\ub144\u6708\uc6d4]")

ANY_MONTH = _pattern(
    "date-abroad",
    rf"(?i)\b(\d{{1,2}}(?:st|nd|rd|th|[.])?[ ./-]{{0,2}}(?:de |di |ng |of )?{_LETTER}{{3,14}}\.?"
    rf"[ ./,-]{{1,2}}(?:de |del )?(?:{_YEAR}|'\d{{2}})|"
    rf"{_YEAR}[.,]?[ ./-]{{1,2}}(?:m\. )?{_LETTER}{{3,14}}\.?[ ./-]{{1,2}}\d{{1,2}}\.?|"
    rf"\d{{1,2}}[/-](?:{_SHORT})[/-]\d{{2}}|\d{{1,2}}[ .-](?:{_SHORT})\.?[ .-]\d{{2}})\b",
    validate_word,
)
# Passports have the month in two languages: 14 MAR/MARS 2024, 14 MAR / MAR 24.
TWO_LANGUAGES = _pattern(
    "date-in-two-languages",
    rf"(?i)\b(\d{{1,2}} (?:{MONTHS}) ?/ ?{_LETTER}{{3,9}}\.? (?:(?:19|20)\d{{2}}|\d{{2}}))\b",
    _unless_unit,
)
IDEOGRAPHS = _pattern(
    "date-ideographs-spaced",
    "((?:\xe0{2})?\\d{1,4}\xe0 ?\\d{1,2}\xe0 ?\\d{1,2}\xe0)",
    validate_ideographs,
)
VIETNAMESE = _pattern(
    "date-vietnamese",
    r"(?i)\b(ngay \d{1,2} thang \d{1,2}(?: nam \d{4})?)\b",
    _unless_unit,
)
# Moments written without a sign between day and clock: the whole row of figures is the day.
MOMENT = _pattern(
    "date-moment",
    r"(?:^|[^0-9.-])((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2,6}(?:\.\d{1,6})?(?:Z|[+-]\d{4})|"
    r"(?:[012]\d|3[01])\d{4}Z?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d{2,4})"
    r"(?:[^0-9]|$)",
    lambda value, before, after: 1,
)
COMPONENT = _pattern(
    "date-component",
    r"\^((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4,6})?(?:[+-]\d{4})?)\b",
    lambda value, before, after: 0.9,
)
ROWS = _pattern(
    "date-rows",
    r"\b((?:19|20)\d{2}[ .]{1,2}(?:0?[1-9]|1[0-2])[ .]{1,2}(?:0?[1-9]|[12]\d|3[01])\.?|"
    r"\d{1,2}\.\d{1,2}\.'\d{2}|"
    r"\d{1,2}[-. /](?:I{1,3}|IV|VI{1,3}|IX|XI{1,2})[-. /]\d{2}|"
    r"\d{1,2}/\d{1,2} ?- ?\d{2}|\d{1,2}-\d{1,2}/\d{1,2}/(?:19|20)\d{2}|"
    r"\d{1,2}\.?-\d{1,2}\.\d{1,2}\.(?:19|20)\d{2}|\d{1,2}\.\d{1,2}\.-\d{1,2}\.\d{1,2}\."
    r"(?:(?:19|20)\d{2})?|\d{1,2}/\d{1,2}-\d{1,2}/(?:19|20)\d{2})\b",
    lambda value, before, after: _unless_unit(value, before, after) * _is_dated(value, before),
)
_BEFORE_DAY = re.compile(
    r"\b(?:on|since|until|til|seen|dob|born|date|dated|from|den|am|vom|bis|d\.)[ :]*\Z",
    re.IGNORECASE,
)


def _is_dated(value: str, before: str) -> float:
    """Tell whether figures with a short year (14/3-24) stand where a day does."""
    if len(re.findall(r"\d+", value)) == 3 and re.fullmatch(r"\d{1,2}/\d{1,2} ?- ?\d{2}", value):
        return 1.0 if _BEFORE_DAY.search(before) else 0.0
    return 1.0


MONTH_POINT_YEAR = _pattern(
    "date-month-point-year",
    r"\b((?:0[1-9]|1[0-2])\.(?:19|20)\d{2}|(?:0?[1-9]|1[0-2])/'\d{2}|"
    r"(?:I{1,3}|IV|VI{1,3}|IX|XI{0,2})[./](?:19|20)\d{2}|(?:19|20)\d{2}-?W[0-5]\d)\b",
    _unless_unit,
)
BROKEN = _pattern(
    "date-broken",
    rf"(?i)\b((?:{MONTHS})\.?{_GAP}\d{{1,2}}(?:st|nd|rd|th)?,?{_GAP}(?:19|20)\d{{2}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?{_GAP}(?:of{_GAP})?(?:{MONTHS})\.?,?{_GAP}(?:19|20)\d{{2}}|"
    r"\d{1,2}[/.-]\n[> ]{0,12}\d{1,2}[/.-]\d{2,4}|\d{1,2}[/.-]\d{1,2}[/.-]\n[> ]{0,12}\d{2,4}|"
    r"(?:19|20)\d{2}-\n?[> ]{0,12}\d{2}-\n?[> ]{0,12}\d{2})\b",
    _unless_unit,
)
SLIP = _pattern(
    "date-with-a-slip",
    r"\b(\d{1,3}/{1,2}\d{1,3}/{1,2}\d{2,5}|\d{1,3}-{1,2}\d{1,3}-{1,2}\d{4,5}|"
    r"\d{3,5}-{1,2}\d{1,3}-{1,2}\d{1,3})\b",
    validate_slip,
)
ABROAD: Final = (
    *(ANY_MONTH, TWO_LANGUAGES, IDEOGRAPHS, VIETNAMESE, MOMENT, COMPONENT, ROWS),
    *(MONTH_POINT_YEAR, BROKEN, SLIP),
)
