"""Dates as other desks write them: Mar/14, 2023_03_14, 3/14/'23, DOB3/14/1934, 14 th March, mar14,
three slash fourteen slash twenty three, Q1 2023, on Christmas Day (45 CFR 164.514(b)(2)(i)(C))."""

import re
from typing import Final

from phi.detect.date import MONTHS, NOT_A_DATE_AFTER, canonical, full_year, iso
from phi.detect.date_words import CARDINAL, ORDINAL
from phi.detect.date_words import YEAR as SPELLED_YEAR
from phi.detect.recognizer import Pattern

_SHORT: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
# Words before a bare row of figures or of number words that make it a day.
_SAYS_DAY: Final = (
    r"dob|d\.o\.b\.?|born|birth ?date|date of birth|b ?day|birthday|geb|geboren|date|dated|dos|"
    r"date of service|seen|admit(?:ted)?|adm|discharged?|dc|d/c|lmp|edd|edc|collected|coll|drawn|"
    r"received|recd|reported|resulted|filled|"
    r"(?:visit |call )?(?:start|end)(?:ed)?|exp|expires?|signed|performed|onset|appt|due"
)


def _is_unit(after: str) -> bool:
    return bool(NOT_A_DATE_AFTER.match(after))


def _unless_unit(value: str, before: str, after: str) -> float:
    return 0 if _is_unit(after) or before.endswith(("-", ".", "/")) else 1


def _named(name: str, pattern: str, validation=_unless_unit) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="date", kind="DATE", pattern=pattern, validate=validation)


def validate_row(value: str, before: str, after: str) -> float:
    """Take a bare row of figures for a day when it is one in any order of its parts."""
    digits = "".join(part.zfill(2) for part in value.split())
    if _is_unit(after) or _FIGURES_GO_ON.match(after):
        return 0
    return 0.9 if any(_orders(digits)) else 0


_FIGURES_GO_ON = re.compile(r"[-/.]\d")


def _orders(digits: str) -> list[str]:
    """Return the days six or eight figures stand for: year last or first, day or month first."""
    long = len(digits) == 8
    first, second, last = int(digits[:2]), int(digits[2:4]), full_year(digits[4:])
    lead = full_year(digits[:4] if long else digits[:2])
    middle, end = int(digits[-4:-2]), int(digits[-2:])
    return [iso(last, first, second), iso(last, second, first), iso(lead, middle, end)]


MONTH_SLASH = _named(
    "date-month-slash",
    rf"\b((?:{_SHORT})/(?:\d{{1,2}}|(?:19|20)\d{{2}})|\d{{1,2}}/(?:{_SHORT}))\b",
)
GLUED_MONTH = _named(
    "date-month-glued",
    r"(?i)\b((?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|january|february|march|april|june|july|"
    r"august|september|october|november|december)\d{1,2}|(?:mar|dec)(?:[012]\d|3[01])|"
    r"(?:[012]?\d|3[01])(?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)|"
    rf"(?:19|20)\d{{2}}[ .-]?(?:{MONTHS})[ .-]?\d{{1,2}})\b",
)
SPACED_ORDINAL = _named(
    "date-spaced-ordinal",
    rf"(?i)\b(\d{{1,2}} (?:st|nd|rd|th) (?:of )?(?:{MONTHS})(?:,? (?:19|20)\d{{2}})?|"
    rf"(?:{MONTHS}) (?:the )?\d{{1,2}} ?(?:st|nd|rd|th))\b",
)
UNDERSCORED = _named(
    "date-underscored",
    r"(?:^|[^0-9])((?:19|20)\d{2}_(?:0?[1-9]|1[0-2])_(?:[012]?\d|3[01])|"
    r"(?:[012]?\d|3[01])_(?:[012]?\d|3[01])_(?:(?:19|20)\d{2}|\d{2}))(?:[^0-9]|$)",
)
OPEN_YEAR = _named(
    "date-open-year",
    r"(?i)\b(\d{1,2}/\d{1,2}/(?:'\d{2}|[x_?*]{2,4})|\d{1,2}/\d{1,2}(?:st|nd|rd|th))",
)
GLUED = _named(
    "date-glued",
    r"(?:^|[A-Za-z_:;=(\s])((?:[012]?\d|3[01])[/-](?:[012]?\d|3[01])[/-](?:19|20)\d{2})(?:[^0-9]|$)",
    lambda value, before, after: 1 if canonical(value) else 0,
)
BLANKS = _named(
    "date-blanks",
    r"\b(\d{1,2}\. ?\d{1,2}\. (?:19|20)\d{2}|(?:19|20)\d{2} ?- ?\d{2} ?- ?\d{2})\b",
    lambda value, before, after: 1 if canonical(re.sub(r"\s", "", value)) else 0,
)
ROW = _named(
    "date-row",
    rf"(?i)\b(?:{_SAYS_DAY})\.?(?: on| is| was)?[ \t]{{0,3}}[:=#(-]?[ \t]{{0,3}}"
    r"(\d{6}|\d{8}|\d{1,2} \d{1,2} (?:(?:19|20)\d{2}|\d{2}))\b",
    validate_row,
)
DAY_MONTH_ROW = _named(
    "date-row-day-first",
    r"\b((?:[012]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d{2})\b",
    lambda value, before, after: (
        0.6 if _unless_unit(value, before, after) and any(_orders(value)) else 0
    ),
)
SPAN = _named(
    "date-span",
    r"\b(?:RD8|D8)?[*:|]?((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-(?:19|20)\d{2}"
    r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))\b",
)
_SAYS_WHEN: Final = re.compile(
    r"\b(?:on|seen|from|between|visits?|dates?|appts?|called|labs?|missed|off)[ :(]*\Z",
    re.IGNORECASE,
)
DAY_AND_DAY = _named(
    "date-second-day",
    r"(?:^|[^0-9/])((?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]|0?[1-9]) ?(?:and|&|-|to) ?"
    r"(?:1[1-9]|2\d|3[01]))(?:[ ,.;)]|$)",
    lambda value, before, after: (
        1 if canonical(re.split(r" ?(?:and|&|-|to)", value)[0]) and _SAYS_WHEN.search(before) else 0
    ),
)
QUARTER = _named(
    "date-quarter",
    r"(?i)\b(q[1-4][ -/]?(?:of )?(?:20\d{2}|'\d{2})|"
    r"(?:spring|summer|autumn|winter|(?-i:Fall)|fall of)(?: of)? (?:(?:19|20)\d{2}|'\d{2}))\b",
)
CJK_DAY = _named(
    "date-ideographs",
    "\\b((?:0?[1-9]|1[0-2])\xe0(?:[12]?\\d|3[01])\xe0)",
    lambda value, before, after: (
        1 if re.fullmatch(r"\d+[\u6708\uc6d4]\d+[\u65e5\uc77c]", value) else 0
    ),
)
_SPOKEN_MONTH = "(?:oh )?(?:one|two|three|four|five|six|seven|eight|nine)|ten|eleven|twelve"
_SPOKEN_YEAR = rf"(?:{SPELLED_YEAR}|(?:oh |twenty |thirty |[a-z]{{3,6}}ty )?(?:{CARDINAL}))"
_VERBS = re.compile(r"(?:may|march) ")
_LEADS = re.compile(r"\b(?:on|since|until|by|born|dob|the|in|from|to|of|due|is|was)[ :]*\Z", re.I)


def _may_be_verb(value: str, before: str, after: str) -> bool:
    """Tell whether "may first" goes on as a verb does."""
    return bool(_VERBS.match(value) and re.match(" [a-z]", after) and not _LEADS.search(before))


SPOKEN = _named(
    "date-spoken",
    rf"(?i)\b((?:{_SPOKEN_MONTH}) (?:slash|dash|stroke) (?:{CARDINAL})"
    rf"(?: (?:slash|dash|stroke) {_SPOKEN_YEAR})?|"
    rf"(?:{MONTHS}) (?:{CARDINAL}|{ORDINAL}),? {SPELLED_YEAR}|"
    rf"(?:{MONTHS}) (?:the )?(?:{ORDINAL}))\b",
    lambda value, before, after: 0 if _may_be_verb(value, before, after) else 1,
)
SPOKEN_ROW = _named(
    "date-spoken-row",
    rf"(?i)\b(?:{_SAYS_DAY}|on|since|until)(?: on| is| was)?[ :]{{1,3}}"
    rf"((?:{_SPOKEN_MONTH}) (?:{CARDINAL}) {SPELLED_YEAR})\b",
)
HOLIDAY = _named(
    "date-holiday",
    r"(?i)\b(?:on|since|until|till|before|after|around|by|over|this|last|next|for|from|between)\s"
    r"((?:christmas|thanksgiving|easter|halloween|labor|labour|memorial|independence|veterans|boxing|"
    r"new year'?s|valentine'?s|mother'?s|father'?s|mlk|presidents'?|columbus|st\.? patrick'?s|"
    r"good|ash|palm)(?: (?:day|eve|weekend|sunday|monday|friday|wednesday))(?:,? (?:19|20)\d{2})?|"
    r"(?:christmas|thanksgiving|easter|halloween|hanukkah|passover|diwali|juneteenth|bonfire night|"
    r"guy fawkes(?: night)?|cinco de mayo|super bowl sunday|mardi gras|(?:lunar|chinese) new year|"
    r"yom kippur|rosh hashanah?|eid(?: al-?(?:fitr|adha))?|holi|election day|nowruz|kwanzaa|"
    r"(?:canada|australia|anzac|bastille|remembrance|armistice|flag|groundhog) day|"
    r"nochebuena|navidad|semana santa|reyes|dia de (?:los )?muertos)"
    r"(?:,? (?:19|20)\d{2})?)\b",
)
_FOREIGN_SHORT: Final = "ene|febr?|mzo|abr|dic|fevr?|avr|juil|dez|okt|mrz|lug|ott"
MONTH_ABROAD_SHORT = _named(
    "date-short-month-abroad",
    rf"(?i)\b((?:[012]?\d|3[01])(?: de |[ ./-])(?:{_FOREIGN_SHORT}|(?:de |/|-)ago)\b"
    rf"(?:\.?(?: del? |[ ./-])(?:(?:19|20)\d{{2}}|\d{{2}})\b)?|"
    rf"(?:{_FOREIGN_SHORT})\.? (?:[012]?\d|3[01])(?:,? (?:19|20)\d{{2}})?)\b",
)
_LISTED: Final = r"(?:, ?[0-3]?\d(?:st|nd|rd|th)?){1,5},? (?:and|&|or) [0-3]?\d(?:st|nd|rd|th)?"
LISTED_DAYS = _named(
    "date-listed-days",
    rf"(?i)\b((?:{MONTHS})\.? [0-3]?\d(?:st|nd|rd|th)?{_LISTED}|"
    rf"[0-3]?\d(?:st|nd|rd|th)?{_LISTED} (?:of )?(?:{MONTHS}))\b",
)
DAYS_OF_MONTH = _named(
    "date-days-of-month",
    r"(?:^|[^0-9/.-])((?:[012]?\d|3[01]) ?- ?(?:1[3-9]|2\d|3[01])/(?:0?[1-9]|1[0-2]))"
    r"(?:[^0-9/-]|$)",
    lambda value, before, after: (
        0 if _is_unit(after) or int(value.split("-")[0]) >= int(re.split("[-/]", value)[1]) else 0.8
    ),
)
FIELD = _named(
    "date-field",
    r"[|*^~]((?:\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))\b[|*^~\r\n]",
    validate_row,
)
HABITS: Final = (
    *(MONTH_SLASH, GLUED_MONTH, SPACED_ORDINAL, UNDERSCORED, OPEN_YEAR, GLUED, BLANKS, ROW),
    *(DAY_MONTH_ROW, SPAN, DAY_AND_DAY, FIELD, QUARTER, CJK_DAY, SPOKEN, SPOKEN_ROW, HOLIDAY),
    *(MONTH_ABROAD_SHORT, LISTED_DAYS, DAYS_OF_MONTH),
)
