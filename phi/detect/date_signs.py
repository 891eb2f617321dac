"""Days with any sign between their parts: 14 / March / 24, 14_Mar_'24, MAR-14.24, 2024, Mar 14,
14. 03. 24, 3 - 14 - '24, 14, 3, 2024."""

import re
from typing import Final

from phi.detect.date import MONTHS, NOT_A_DATE_AFTER, full_year, iso, month_of
from phi.detect.recognizer import Pattern

_SIGN: Final = r"(?: ?[./_,-] ?| |, )?"
_POINT: Final = r" ?[./_-] ?"
_YEAR: Final = r"(?:(?:19|20)\d{2}|' ?\d{2})"
_ANY_YEAR: Final = r"(?:(?:19|20)\d{2}|'? ?\d{2})"
_DAY: Final = r"[0-3]?\d(?:st|nd|rd|th)?"
_UNIT_AFTER: Final = re.compile(
    r"\s?-?(?:days?|weeks?|wks?|months?|years?|yrs?|hours?|hrs?|h\b|min|times|visits|cm|mm|mmhg|cc|"
    r"lbs?|pounds|degrees|patients|people|beds?|:\d\d|/\d|\.\d|-\d)",
    re.IGNORECASE,
)
_VERBS: Final = re.compile(r"\b(?:may|march|mar|dec)\b")
_NAME: Final = re.compile(MONTHS, re.IGNORECASE)


def _goes_on(after: str) -> bool:
    return bool(NOT_A_DATE_AFTER.match(after) or _UNIT_AFTER.match(after))


def validate_named(value: str, before: str, after: str) -> float:
    """Take a month's name between a day and a year, in any order, for a day."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    is_long = bool(re.search(r"(?:19|20)\d{2}|'", value))
    if len(numbers) != 2 or before.endswith(("-", "/", ".")) or _goes_on(after):
        return 0
    if not is_long and _VERBS.search(value):
        return 0  # may 5 10 mg, in March 14 20
    month = month_of(_NAME.search(value)[0])  # type: ignore[index]
    return 0.9 if any(iso(_year(a), month, b) for a, b in (numbers, numbers[::-1])) else 0


def validate_figures(value: str, before: str, after: str) -> float:
    """Take three numbers for a day when they are one in some order."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    if len(numbers) != 3 or before.endswith(("-", "/", ".", ",")) or _goes_on(after):
        return 0
    first, second, third = numbers
    orders = ((third, first, second), (third, second, first), (first, second, third))
    return 0.8 if any(iso(_year(y), m, d) for y, m, d in orders) else 0


def _year(number: int) -> int:
    return number if number > 99 else full_year(f"{number:02}")


def _signs(name: str, pattern: str, validate) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="date", kind="DATE", pattern=pattern, validate=validate)


NAMED = _signs(
    "date-named-any-sign",
    rf"(?i)(?:^|[^a-z0-9])({_DAY}{_SIGN}(?:{MONTHS})\.?{_SIGN}{_ANY_YEAR}|"
    rf"(?:{MONTHS})\.?{_SIGN}{_DAY}{_SIGN}{_YEAR}|"
    rf"{_ANY_YEAR}{_SIGN}(?:{MONTHS})\.?{_SIGN}{_DAY}|{_YEAR}{_SIGN}{_DAY}{_SIGN}(?:{MONTHS})|"
    rf"(?:{MONTHS})\.?(?: ?[./_,-] ?| ){_DAY}(?: ?[./_,-] ?| )\d{{2}})(?:_|\b)",
    validate_named,
)
FIGURES = _signs(
    "date-figures-any-sign",
    rf"(?:^|[^A-Za-z0-9./-])(\d{{1,2}}{_POINT}\d{{1,2}}{_POINT}{_YEAR}|"
    rf"\d{{1,2}}, ?\d{{1,2}}, ?{_YEAR}|\d{{1,2}}\. \d{{1,2}}\. \d{{2}}|\d{{1,2}} \d{{1,2}} {_YEAR}|"
    rf"\d{{1,2}} ?[/_] ?\d{{1,2}} ?[/_] ?\d{{2}}|\d{{1,2}} - \d{{1,2}} - \d{{2}}|"
    rf"{_YEAR}{_POINT}\d{{1,2}}{_POINT}\d{{1,2}}|{_YEAR},? \d{{1,2}},? \d{{1,2}})(?:_|\b)",
    validate_figures,
)
SIGNS: Final = (NAMED, FIGURES)
