"""Dates more exact than a year (45 CFR 164.514(b)(2)(i)(C)), in the forms people write.

A month and day in figures counts only with context, so that 5/5 strength, 120/80, 10/10 pain and
1/2 tab stay. A year alone is no identifier.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime

from phi.detect.recognizer import Pattern

MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTH_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:19|20)\d{2}|'\d{2})"
_CLOCK = r"(?:[T ]\d{2}:?\d{2}|\b)"
_WORDS_THAT_ARE_MONTHS = ("may", "mar", "march", "dec", "sep", "jan", "jun", "august", "april")
_NOT_A_DATE_AFTER = re.compile(
    r"^\s?(?:mg|mcg|ml|g\b|kg|tabs?\b|tablets?|pain|strength|mm|cm|%|units?|bpm|power|motor|score|"
    r"normal|reflex|caps?\b|x\s?\d|inch|lbs?)",
    re.IGNORECASE,
)
_OTHER_END = re.compile(r"\s?(?:-|and|to)\s?(\d{1,2}/\d{1,2})")
_NOT_A_DATE_BEFORE = re.compile(
    r"(?:strength|pain|score|scale|bp|motor|power|ratio|reflexes|rated|mg|visual acuity|gcs|"
    r"version|ext|grade)[ :]*(?:of|is|was|at|on)?[ :]*$",
    re.IGNORECASE,
)


def month_of(name: str) -> int:
    return _MONTH_NUMBERS[name[:3].lower()]


def full_year(year: str) -> int:
    """Return the year a two-digit year stands for: not more than a year ahead."""
    digits = year.lstrip("'")
    if len(digits) == 4:
        return int(digits)
    newest = datetime.now(UTC).year + 1
    value = newest // 100 * 100 + int(digits)
    return value if value <= newest else value - 100


def iso(year: int, month: int, day: int) -> str:
    """Return the day in ISO form, "" for a day that never was."""
    if not (1800 <= year <= 2200 and 1 <= month <= 12):
        return ""
    return f"{year:04}-{month:02}-{day:02}" if 1 <= day <= monthrange(year, month)[1] else ""


_FIGURES = re.compile(r"(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})")
_MONTH_FIRST = re.compile(
    rf"({MONTHS})[.\s-]*(\d{{1,2}})?(?:st|nd|rd|th)?[,.\s-]*((?:19|20)\d{{2}}|'?\d{{2}})?\Z", re.I
)
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*(?:day of |of )?({MONTHS})[,.\s-]*"
    r"((?:19|20)\d{2}|'?\d{2})?\Z",
    re.I,
)
_YEAR_FIRST = re.compile(rf"((?:19|20)\d{{2}})[\s,-]*({MONTHS})[.\s-]*(\d{{1,2}})", re.I)
_COMPACT_US = re.compile(r"(\d{2})(\d{2})((?:19|20)?\d{2})\Z")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:\d{4,6})?\Z")
_MONTH_DAY = re.compile(r"(\d{1,2})[-/](\d{1,2})\Z")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/]((?:19|20)\d{2})\Z")


def canonical(text: str) -> str:
    """Return the ISO form of a date however it is written; without a year "--03-04"; "" if none."""
    text = " ".join(text.split())
    for parser in (_from_figures, _from_names, _from_compact, _from_parts):
        found = parser(text)
        if found is not None:
            return found
    return ""


def _from_figures(text: str) -> str | None:
    match = _FIGURES.fullmatch(text)
    if match is None:
        return None
    first, second, third = match.groups()
    if len(first) == 4:
        return iso(int(first), int(second), int(third)) or iso(int(first), int(third), int(second))
    if len(first) > 2 or len(third) not in {2, 4}:
        return ""
    year = full_year(third)
    return iso(year, int(first), int(second)) or iso(year, int(second), int(first))


def _from_names(text: str) -> str | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return iso(int(match[1]), month_of(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(text):
        return _named(match[2], match[1], match[3])
    if match := _MONTH_FIRST.fullmatch(text):
        return _named(match[1], match[2], match[3])
    return None


def _named(month: str, day: str | None, year: str | None) -> str:
    number = month_of(month)
    if day is None:
        return f"{full_year(year):04}-{number:02}" if year else ""
    if not year:
        return f"--{number:02}-{int(day):02}" if 1 <= int(day) <= 31 else ""
    return iso(full_year(year), number, int(day))


def _from_compact(text: str) -> str | None:
    if match := _COMPACT.fullmatch(text):
        return iso(int(match[1]), int(match[2]), int(match[3]))
    if match := _COMPACT_US.fullmatch(text):
        return iso(full_year(match[3]), int(match[1]), int(match[2]))
    return None


def _from_parts(text: str) -> str | None:
    if match := _MONTH_YEAR.fullmatch(text):
        month, year = int(match[1]), int(match[2])
        return f"{year:04}-{month:02}" if 1 <= month <= 12 else ""
    if match := _MONTH_DAY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        if month > 12:
            month, day = day, month
        return f"--{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
    return None


def validate(value: str, before: str, after: str) -> float:
    return 1 if canonical(value) else 0


def validate_named(value: str, before: str, after: str) -> float:
    """Refuse verbs and doses: "may 5 mg"; a month without a year is capitalised."""
    found = canonical(value)
    if not found:
        return 0
    word = re.sub(
        r"[^A-Za-z].*", "", re.sub(r"^[^A-Za-z]*(?:(?:st|nd|rd|th)\b)?\W*(?:of )?", "", value)
    )
    if found.startswith("--"):
        if word.lower() in _WORDS_THAT_ARE_MONTHS and not word[:1].isupper():
            return 0
        if _NOT_A_DATE_AFTER.match(after):
            return 0
    return 1


def validate_month_day(value: str, before: str, after: str) -> float:
    if _NOT_A_DATE_AFTER.match(after) or _NOT_A_DATE_BEFORE.search(before):
        return 0
    other = _OTHER_END.match(after)
    if other and (_NOT_A_DATE_AFTER.match(after[other.end() :]) or not canonical(other[1])):
        return 0
    return 1 if canonical(value) and after[:1] not in {"/", "%"} else 0


def _dates(name: str, pattern: str, validation=validate, context: tuple[str, ...] = ()) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(
        name=name,
        category="date",
        kind="DATE",
        pattern=pattern,
        validate=validation,
        context=context,
    )


FIGURES = _dates(
    "date-figures",
    rf"\b(\d{{1,2}} ?[-/] ?\d{{1,2}} ?[-/] ?(?:\d{{4}}|\d{{2}})|"
    rf"\d{{1,2}}\.\d{{1,2}}\.(?:19|20)\d{{2}}|(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}){_CLOCK}",
)

NAMED = _dates(
    "date-named",
    rf"(?i)\b({_DAY}[ -]?(?:day of |of )?(?:{MONTHS})\b\.?(?:[ ,-]{{0,2}}{_YEAR}\b|-\d{{2}}\b)?|"
    rf"(?:{MONTHS})\b\.?[ -]?{_DAY}\b(?:,? ?[ ,-]{_YEAR}\b)?|"
    rf"\d{{1,2}}(?:{MONTHS})(?:(?:19|20)?\d{{2}})\b|"
    rf"(?:{MONTHS})\b\.?,?[ -]?(?:of )?(?:19|20)\d{{2}}\b|"
    rf"(?:19|20)\d{{2}}[ -](?:{MONTHS})[ -]\d{{1,2}}\b)",
    validate_named,
)

COMPACT = _dates(
    "date-compact",
    r"\b((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:\d{4,6})?\b",
    lambda value, before, after: 0.6 if canonical(value) else 0,
    ("dob", "birth", "date", "born", "admit", "|", "dos"),
)

_LEADS = (
    r"on|since|seen|dated?|dob|d\.o\.b\.?|born|birthday|from|until|till|by|before|after|admitted|"
    r"admission|discharged?|visit|appt|appointment|due|f/u|follow[- ]?up|through|thru|"
    r"start(?:ed|ing)?|began|"
    r"week of|last|next|surgery|sx|procedure|scheduled|called|received|collected|drawn|"
    r"mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thurs?(?:day)?|fri(?:day)?|sat(?:urday)?|"
    r"sun(?:day)?|expires?|filled|resulted|lmp|edd|dos|between|and|to|as of"
)
MONTH_DAY = _dates(
    "date-month-day",
    rf"(?i)\b(?:{_LEADS})(?: (?:on|for|was|is|of))?[ \t]*:?[ \t]*(\d{{1,2}}/\d{{1,2}})\b",
    validate_month_day,
)

MONTH_YEAR = _dates(
    "date-month-year",
    r"\b((?:0?[1-9]|1[0-2])/(?:19|20)\d{2})\b",
)

BIRTH = _dates(
    "date-of-birth",
    r"(?i)\b(?:dob|d\.o\.b\.?|birth ?date|date of birth|born)(?: on| is)?[ \t]*[:=]?[ \t]*"
    r"(\d{8}|\d{6})\b",
)
