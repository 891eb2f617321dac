"""Dates more exact than a year (45 CFR 164.514(b)(2)(i)(C)), in the forms people write.

A month and day in figures alone is read by phi/detect/month_day.py. A year alone is no identifier.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime

from phi.detect.date_words import ORDINAL, ordinal_number, year_number
from phi.detect.date_words import YEAR as SPELLED_YEAR
from phi.detect.recognizer import Pattern

MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
# Spanish, French, German, Italian and Portuguese, as they look without accents.
_FOREIGN = (
    *("enero|janvier|januar|jaenner|gennaio|janeiro", "febrero|fevrier|februar|febbraio|fevereiro"),
    *("marzo|mars|marz|marco", "abril|avril|aprile", "mayo|mai|maggio|maio"),
    *("junio|juin|juni|giugno|junho", "julio|juillet|juli|luglio|julho", "agosto|aout"),
    *("septiembre|septembre|settembre|setembro", "octubre|octobre|oktober|ottobre|outubro"),
    *("noviembre|novembre|novembro", "diciembre|decembre|dezember|dicembre|dezembro"),
)
# Dutch, Polish, Scandinavian, Turkish, Indonesian and Romanian, where the English name is another.
_FARTHER = (
    *("januari|stycznia|ocak|ianuarie", "februari|lutego|subat|februarie"),
    *("maart|marca|marts|maret|martie", "kwietnia|nisan|aprilie"),
    *("mei|maja|maj|mayis", "czerwca|haziran|iunie", "lipca|temmuz|iulie"),
    *("augustus|augusti|sierpnia|agustos|agustus", "wrzesnia|eylul|septembrie"),
    *("pazdziernika|ekim|octombrie", "listopada|kasim|noiembrie", "grudnia|aralik|desember"),
)
_FOREIGN_MONTHS = "|".join((*_FOREIGN, *_FARTHER))
_MONTH_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_FOREIGN_NUMBERS = {
    name: number
    for months in (_FOREIGN, _FARTHER)
    for number, names in enumerate(months, 1)
    for name in names.split("|")
}
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:19|20)\d{2}|'\d{2})"
_CLOCK = r"(?:[T ]\d{2}:?\d{2}|\b)"
_WORDS_THAT_ARE_MONTHS = ("may", "mar", "march", "dec")
NOT_A_DATE_AFTER = re.compile(
    r"^\s?(?:mg|mcg|ml|g\b|kg|tabs?\b|tablets?|pain|strength|mm|cm|%|units?|bpm|power|motor|score|"
    r"normal|reflex|caps?\b|x\s?\d|inch|lbs?|liters?|l\b|times|sites?|points?)",
    re.IGNORECASE,
)


def month_of(name: str) -> int:
    lowered = name.lower()
    return _FOREIGN_NUMBERS.get(lowered) or _MONTH_NUMBERS[lowered[:3]]


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


_FIGURES = re.compile(r"(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})")
_ANY_MONTH = f"{MONTHS}|{_FOREIGN_MONTHS}"
_MONTH_FIRST = re.compile(
    rf"({MONTHS}|{_FOREIGN_MONTHS})[./\s-]*(\d{{1,2}})?(?:st|nd|rd|th)?[,./\s-]*((?:19|20)\d{{2}}|'?\d{{2}})?\Z",
    re.I,
)
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|[.o])?[/\s-]*(?:day of |of |de |di )?({_ANY_MONTH})[,./\s-]*"
    r"(?:de |del )?((?:19|20)\d{2}|'?\d{2})?\Z",
    re.I,
)
_WORDS_MONTH_FIRST = re.compile(
    rf"({MONTHS})\.? (?:the )?({ORDINAL}|{_DAY})(?:,? ({SPELLED_YEAR}|(?:19|20)\d{{2}}))?\Z", re.I
)
_WORDS_DAY_FIRST = re.compile(
    rf"(?:the )?({ORDINAL}|{_DAY}) (?:day )?of ({MONTHS})(?:,? ({SPELLED_YEAR}|(?:19|"
    rf"20)\d{{2}}))?\Z",
    re.I,
)
_CHINESE = re.compile(r"((?:19|20)\d{2})\u5e74(\d{1,2})\u6708(\d{1,2})\u65e5")
_YEAR_FIRST = re.compile(rf"((?:19|20)\d{{2}})[\s,-]*({MONTHS})[.\s-]*(\d{{1,2}})", re.I)
_COMPACT_US = re.compile(r"(\d{2})(\d{2})((?:19|20)?\d{2})\Z")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:\d{2,6}(?:\.\d+)?(?:[-+]\d{4})?)?\Z")
_CLOCK_BEHIND = re.compile(r"(?:@|T(?=\d\d:))[\d:.]+(?:Z|[+-]\d\d:?\d\d)?\Z")
_MONTH_DAY = re.compile(r"(\d{1,2})[-/](\d{1,2})\Z")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/]((?:19|20)\d{2})\Z")
_YEAR_MONTH = re.compile(r"((?:19|20)\d{2})[-/](\d{2})\Z")


def canonical(text: str) -> str:
    """Return the ISO form of a date however it is written; without a year "--03-04"; "" if none."""
    text = _CLOCK_BEHIND.sub("", " ".join(text.split()))
    for parser in (_from_figures, _from_names, _from_words, _from_compact, _from_parts):
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


def _from_words(text: str) -> str | None:
    if match := _WORDS_MONTH_FIRST.fullmatch(text):
        month, day, year = match.groups()
    elif match := _WORDS_DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := _CHINESE.fullmatch(text):
        return iso(int(match[1]), int(match[2]), int(match[3]))
    else:
        return None
    number = re.match(r"\d+", day)
    spoken = str(int(number[0]) if number else ordinal_number(day))
    return _named(month, spoken, str(year_number(year)) if year and year[0].isalpha() else year)


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
    if match := _YEAR_MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        return f"{year:04}-{month:02}" if 1 <= month <= 12 else ""
    if match := _MONTH_DAY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        if month > 12:
            month, day = day, month
        return f"--{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
    return None


def validate(value: str, before: str, after: str) -> float:
    if after[:1] == "." and after[1:2].isdigit():  # an outline or a version goes on
        return 0
    return 1 if canonical(value) else 0


def validate_named(value: str, before: str, after: str) -> float:
    """Refuse verbs and doses: "may 5 mg"; a month without a year is capitalised."""
    found = canonical(value)
    if not found:
        return 0
    word = _MONTH_WORD.search(value)
    if found.startswith("--"):
        is_ordinal = bool(_ORDINAL_FIGURE.search(value))
        if word and word[0].lower() in _WORDS_THAT_ARE_MONTHS and not word[0][:1].isupper():
            if _NO_DAY_AFTER.match(after) or NOT_A_DATE_AFTER.match(after):
                return 0
            is_word = bool(_ORDINAL_WORD.search(value)) and not re.match(" [a-z]", after)
            is_said = is_ordinal or is_word or "of" in value
            return 1 if is_said else 0.5
        if NOT_A_DATE_AFTER.match(after):
            return 0
    return 1


_MONTH_WORD = re.compile(rf"\b(?:{MONTHS})|(?<=\d)(?:{MONTHS})", re.IGNORECASE)
_NO_DAY_AFTER = re.compile(r" (?:degree|party|line|dose|time|day|grade|miles?|steps?|point)", re.I)
_ORDINAL_WORD = re.compile(rf"\b(?:{ORDINAL})\b", re.IGNORECASE)
_ORDINAL_FIGURE = re.compile(r"\d(?:st|nd|rd|th)\b", re.IGNORECASE)


def validate_scanned(value: str, before: str, after: str) -> float:
    """Take letters for the figures they look like, where most are figures."""
    if sum(map(str.isdigit, value)) < min(5, len(value) - 4) or not any(map(str.isalpha, value)):
        return 0
    return 1 if canonical(value.translate(_SCANNED)) else 0


_SCANNED = str.maketrans("OoIlSB", "001158")


def validate_month_year(value: str, before: str, after: str) -> float:
    if NOT_A_DATE_AFTER.match(after) or before.endswith(("-", "/", ".")) or after[:1] in {"-", "/"}:
        return 0
    return 1 if canonical(value) else 0


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
    rf"\b(\d{{1,2}} ?/ ?\d{{1,2}} ?/ ?(?:\d{{4}}|\d{{2}})|"
    rf"\d{{1,2}} ?- ?\d{{1,2}} ?- ?(?:\d{{4}}|\d{{2}})|"
    rf"\d{{1,2}}\.\d{{1,2}}\.(?:19|20)\d{{2}}|(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|"
    rf"\d{{2}} \d{{2}} (?:19|20)\d{{2}}){_CLOCK}",
)
SCANNED = _dates(
    "date-scanned",
    r"\b([0-9OoIlSB]{1,2}[/.-][0-9OoIlSB]{1,2}[/.-](?:[0-9OoIlSB]{4}|[0-9OoIlSB]{2})|[0-9OoIlSB]{4}-[0-9OoIlSB]{2}-[0-9OoIlSB]{2})\b",
    validate_scanned,
)

_SAYS_WHEN = (
    *(
        "on ",
        "since ",
        "admit",
        "born",
        "birth",
        "dob",
        "until ",
        "by ",
        "before ",
        "after ",
        "due ",
    ),
    *(
        "visit",
        "next ",
        "last ",
        "bm ",
        "seen",
        "called",
        "per ",
        "her ",
        "him ",
        "return",
        "back ",
    ),
    *("away ", "from ", "to ", "date"),
)
DAY_FIRST = _dates(
    "date-named-day-first",
    rf"(?i)\b({_DAY}[ /-]?(?:day of |of )?(?:{MONTHS})\b\.?(?:[ ,/-]{{0,2}}{_YEAR}\b|"
    rf"[/-]\d{{2}}\b)?|\d{{1,2}}(?:{MONTHS})(?:(?:19|20)?\d{{2}})\b)",
    validate_named,
    _SAYS_WHEN,
)
MONTH_FIRST = _dates(
    "date-named",
    rf"(?i)\b((?:{MONTHS})\b\.?(?:[ -]{{1,2}}|\n[ >]{{0,8}})?{_DAY}\b(?:,? ?[ ,-]{_YEAR}\b)?|"
    rf"(?:{MONTHS})\b\.?,?[ -]?(?:of )?{_YEAR}\b|"
    rf"(?:19|20)\d{{2}},?[ -](?:{MONTHS})[ -]\d{{1,2}}\b)",
    validate_named,
    _SAYS_WHEN,
)
FOREIGN = _dates(
    "date-foreign",
    rf"(?i)\b(\d{{1,2}}[.o]? ?(?:de |di )?(?:{_FOREIGN_MONTHS})\b(?:,? (?:de |del )?(?:19|"
    rf"20)\d{{2}})?|\d{{1,2}}[/-](?:{_FOREIGN_MONTHS})[/-](?:(?:19|20)\d{{2}}|\d{{2}})\b|"
    rf"(?:{_FOREIGN_MONTHS}) \d{{1,2}},? (?:del? )?(?:19|20)\d{{2}}\b|"
    "(?:19|20)\\d{2}\xe0\\d{1,2}\xe0\\d{1,2}\xe0)",
)
WORDS = _dates(
    "date-words",
    rf"(?i)\b((?:{MONTHS})\b\.?\s(?:the\s)?(?:{ORDINAL})\b(?:,?\s(?:{SPELLED_YEAR}|(?:19|"
    rf"20)\d{{2}})\b)?|"
    rf"(?:{MONTHS})\b\.?\s(?:the\s)?{_DAY},?\s{SPELLED_YEAR}\b|"
    rf"(?:{ORDINAL}|{_DAY})\s(?:day\s)?of\s(?:{MONTHS})\b(?:,?\s(?:{SPELLED_YEAR}|(?:19|"
    rf"20)\d{{2}})\b)?)",
    validate_named,
    ("on ", "since ", "admit", "born", "birth", "dob", "until ", "by "),
)

COMPACT = _dates(
    "date-compact",
    r"(?:\b|_)((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:T?\d{4,6}(?:\.\d{1,6})?Z?)?\b",
    lambda value, before, after: (
        0 if before.endswith(("-", ".", "/", "^")) or not canonical(value) else 1
    ),
)

_FULL_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)


def validate_month_alone(value: str, before: str, after: str) -> float:
    """Take a month without a day where it says when: "in April", "since March"."""
    if re.match(r"[ ,.-]{0,2}\d|'|-\w", after):  # more of a date follows, or a compound
        return 0
    lead = before.split()[-1].lower() if before.split() else ""
    if value[0].islower() and value in {"may", "march", "august"}:
        return (
            1
            if lead in {"in", "since", "until"} and not re.match(r" (?:be|have|not)\b", after)
            else 0
        )
    return 1


MONTH_ALONE = _dates(
    "date-month-alone",
    rf"(?i)\b(?:in|since|until|till|during|through|early|late|mid|last|this past|next|around|"
    rf"before|after|between|by|beginning of|end of)[\s-]\s{{0,8}}({_FULL_MONTHS}|(?-i:Jan|Feb|Apr|"
    rf"Jun|Jul|"
    rf"Aug|"
    r"Sept?|Oct|Nov|Dec))\b",
    validate_month_alone,
)
MONTH_YEAR = _dates(
    "date-month-year",
    r"\b((?:0?[1-9]|1[0-2])[-/](?:19|20)\d{2}|(?:19|20)\d{2}[-/](?:0[1-9]|1[0-2]))\b",
    validate_month_year,
)

BIRTH = _dates(
    "date-of-birth",
    r"(?i)\b(?:dob|d\.o\.b\.?|birth ?date|date of birth|born|dos|date of service|admit(?:ted)?|"
    r"d/?c date|discharged)(?: on| is)?[ \t]*[:=]?[ \t]*(\d{8}|\d{6})\b",
)
