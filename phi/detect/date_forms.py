"""Dates in the rarer forms: 04.12.25, 13. August 2025, 5-IV-2024, April 5-9, the 12th, until 10-07.

What looks like a value of something else counts only where the text around says when.
"""

import re

from phi.detect.date import MONTHS, NOT_A_DATE_AFTER, canonical
from phi.detect.recognizer import Pattern

_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:19|20)\d{2}|'\d{2})"
_WEEKDAY = (
    r"(?:mon|tues?|wed|weds|thu|thurs?|fri|sat|sun)\b\.?|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
# What stands right before a day when it is one.
_WHEN = (
    r"on|since|until|til|till?|through|thru|due|dc|d/c|discharged?|admitted|adm|seen|changed|placed|"
    r"removed|inserted|started|stopped|began|drawn|done|scheduled|returns?|returned|visit|visits|"
    r"appt|appointment|again|back|surgery|f/u|follow[- ]?up|rtc|called|left|arrived|fell|died|"
    r"expired|born|dob|effective|posted|dated?|onset|collected|resulted|received|signed|renewed|"
    r"cancell?ed|moved|rescheduled|discontinued|last|next|labs?|bloods|clinic|mdt|exam|visited|"
    r"hospitali[sz]ed|operated|delivered|or w/ [a-z'-]+|vom|am|bis|seit|ab|geb|le|el|del|desde|"
    r"hasta|dal|em|desde el"
)
_BEFORE_DAY = re.compile(
    rf"(?:\b(?:{_WHEN}|by|before|after|around|about|for|from|to|w/)|[|@]|"
    rf"\b(?:{_WEEKDAY}),?)[ \t:(]*\s?(?:the\s)?\Z",
    re.IGNORECASE,
)
_STRONG_BEFORE = re.compile(rf"(?:\b(?:{_WHEN})\b\.?[ \t:(]*\s?|[|]\s?)\Z", re.IGNORECASE)
_CLAUSE_ENDS = re.compile(
    r"\s*(?:$|[,;?!)\]|\n]|\.(?!\d)|: |- |at\b|@|w/|with (?:dr|the dr|doctor|me|her|him|us)\b)",
    re.IGNORECASE,
)
_GOES_ON_IN_TIME = re.compile(
    r"\s+(?:in|for|to|and|or|but|then|when|if|because|while|by|from|after|before|morning|evening|"
    r"afternoon|night|is|was|were|he|she|they|we|i|pt|patient|\d{1,2}:?\d\d|of (?:this|last|next|"
    r"the) month|as|per|via|re|so|until|through|this|next|please|thx|thanks)\b",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?:\b(?:v|ver|version|release|rev|section|chapter|sect|policy|fig(?:ure)?)"
    r"\.?|\u00a7)[ #:]*\Z",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s?(?:days?|weeks?|wks?|months?|years?|yrs?|hours?|hrs?|min|%|x\b|fr\b|times|visits|cm|mm|"
    r"mmol|g/|u/|iu|mmhg|cc|kg|lbs?|l\b|f\b|c\b|pounds|degrees)",
    re.IGNORECASE,
)

_NO_YEAR = re.compile(r":\d|/|-\d")

_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 8, 10, 12, 14, 15, 20, 24, 30})


def _is_unit(after: str) -> bool:
    return bool(_UNIT_AFTER.match(after) or NOT_A_DATE_AFTER.match(after))


def validate_dotted(value: str, before: str, after: str) -> float:
    """Refuse versions, outlines and addresses; single figures need a word that says when."""
    if before.endswith((".", "-", "/")) or (after[:1] == "." and after[1:2].isdigit()):
        return 0
    if not canonical(value) or _VERSION.search(before) or _is_unit(after):
        return 0
    return 1 if len(value) > 6 or _STRONG_BEFORE.search(before) else 0.5


DOTTED = Pattern(
    name="date-dotted",
    category="date",
    kind="DATE",
    pattern=r"\b(\d{1,2}\.\d{1,2}\.\d{2})\b",
    validate=validate_dotted,
    context=("date", "dob", "on ", "born", "seen", "until", "from", "since", "expired"),
)
SHORT_YEAR = Pattern(
    name="date-named-short-year",
    category="date",
    kind="DATE",
    pattern=rf"(?i)\b(\d{{1,2}}(?:st|nd|rd|th)?[ .-]{{1,2}}(?:{MONTHS})\b[ .,-]{{1,2}}\d{{2}})\b",
    validate=lambda value, before, after: (
        1 if canonical(value) and not _is_unit(after) and not _NO_YEAR.match(after) else 0
    ),
)
# Names of months with any sign between them and the figures, and none.
JOINED = Pattern(
    name="date-joined",
    category="date",
    kind="DATE",
    pattern=(
        rf"(?i)\b(\d{{1,2}}[./, _-]{{1,2}}(?:{MONTHS})[./, _-]{{1,2}}(?:19|20)\d{{2}}|"
        rf"(?:{MONTHS})[./_-]{_DAY}[./, _-]{{1,2}}(?:(?:19|20)\d{{2}}|\d{{2}})|"
        rf"(?:{MONTHS})\b\.?,? of,? (?:19|20)\d{{2}}|"
        rf"(?-i:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)-\d{{2}}|"
        rf"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\d{{1,2}}))\b"
    ),
    validate=lambda value, before, after: (
        0 if _is_unit(after) or before.endswith(("-", ".", "/", "_")) else 1
    ),
)
SPACED_YEAR = Pattern(
    name="date-named-spaced-year",
    category="date",
    kind="DATE",
    pattern=rf"(?i)\b((?:{MONTHS})\b\.? {_DAY},? \d{{2}})\b",
    validate=lambda value, before, after: (
        1
        if canonical(value)
        and not _is_unit(after)
        and not _NO_YEAR.match(after)
        and not re.match(r"[a-z]", value)
        else 0
    ),
)
YEAR_FIRST = Pattern(
    name="date-short-year-first",
    category="date",
    kind="DATE",
    pattern=r"(?:\b|')(\d{2}([/-])(?:0[1-9]|1[0-2])[/-](?:0[1-9]|[12]\d|3[01]))\b",
    validate=lambda value, before, after: (
        0 if before.endswith(("-", "/", ".")) or after[:1] in {"-", "/"} or _is_unit(after) else 1
    ),
)
MONTH_SHORT_YEAR = Pattern(
    name="date-month-short-year",
    category="date",
    kind="DATE",
    pattern=(
        r"(?i)\b(?:in|since|exp(?:\.|ires|iration)?|dated?|circa|until|as of|last|dx'?d|diagnosed)"
        r"[ :]{1,2}((?:0?[1-9]|1[0-2])/\d{2})\b"
    ),
    validate=lambda value, before, after: (
        0
        if _is_unit(after)
        or (after[:1] in {"/", "-", "."} and after[1:2].isdigit())
        or int(value.split("/")[1]) in _DENOMINATORS
        else 0.6
    ),
)
COMPACT_US = Pattern(
    name="date-compact-month-first",
    category="date",
    kind="DATE",
    pattern=r"\b((?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d{2})\b",
    validate=lambda value, before, after: (
        0 if _is_unit(after) or before.endswith(("-", ".", "^")) or after[:1] == "-" else 0.6
    ),
)
DAY_WITH_DOT = Pattern(
    name="date-day-with-dot",
    category="date",
    kind="DATE",
    pattern=rf"(?i)\b(\d{{1,2}}\.[ ]?(?:{MONTHS})\b\.?,? (?:(?:19|20)\d{{2}}))\b",
    validate=lambda value, before, after: 1,
)
ROMAN = Pattern(
    name="date-roman-month",
    category="date",
    kind="DATE",
    pattern=(
        r"\b(\d{1,2}[-./ ](?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})[-./ ](?:19|20)\d{2}|"
        r"(?:19|20)\d{2}-W[0-5]\d(?:-[1-7])?)\b"
    ),
)


def validate_range(value: str, before: str, after: str) -> float:
    days = [
        int(number) for number in re.findall(r"\d{1,2}(?!\d)", re.sub(r"\d{4}|'\d\d", "", value))
    ]
    word = re.search(r"[A-Za-z]{3,}", value)
    if _is_unit(after) or max(days) > 31 or (word and word[0].islower() and word[0] in _WORDS):
        return 0
    return 1


_WORDS = frozenset({"may", "mar", "march", "dec"})
_TO = r" ?(?:-|/|to|and|&|through|thru|until|or) ?"
NAMED_RANGE = Pattern(
    name="date-named-range",
    category="date",
    kind="DATE",
    pattern=(
        rf"(?i)\b((?:{MONTHS})\b\.? {_DAY}{_TO}{_DAY}(?:,? {_YEAR})?|"
        rf"{_DAY}{_TO}{_DAY} (?:of )?(?:{MONTHS})\b(?:,? {_YEAR})?|"
        rf"{_DAY} (?:of )?(?:{MONTHS}){_TO}(?:the )?{_DAY} (?:of )?(?:{MONTHS})\b(?:,? {_YEAR})?)\b"
    ),
    validate=validate_range,
)


def validate_day_alone(value: str, before: str, after: str) -> float:
    """Take "the 12th" for a day where the words around say when, not before a noun."""
    if not 1 <= int(re.match(r"\d+", value)[0]) <= 31:  # type: ignore[index]
        return 0
    if _CLAUSE_ENDS.match(after):
        is_said = _BEFORE_DAY.search(before) or _WITH.match(after)
        return 1 if is_said or not _COUNTED_BEFORE.search(before) else 0
    if _CLOCK_AFTER.match(after):
        return 1
    return 1 if _GOES_ON_IN_TIME.match(after) and _SURE_BEFORE_DAY.search(before) else 0


# What is counted though nothing follows: between the 3rd and the 4th (rib), the 90th.
_COUNTED_BEFORE = re.compile(
    r"\b(?:and|or|between|of|than|above|below|over|under|ribs?|toes?|fingers?|digits?|rays?|is|was|at|"
    r"near|into|percentile)\s(?:the\s)?\Z|(?:\A|[\n.])\s*(?:the\s)?\Z",
    re.IGNORECASE,
)
_WITH = re.compile(r"\s(?:at|@|w/)(?: |\d)")
_SURE_BEFORE_DAY = re.compile(
    rf"(?:\b(?:on|since|until|til|till|due|dc|seen|appt|appointment|visit|back|scheduled|{_WEEKDAY}),?)"
    r"[ \t]*\s?(?:the )?\Z",
    re.IGNORECASE,
)
DAY_ALONE = Pattern(
    name="date-day-alone",
    category="date",
    kind="DATE",
    pattern=(
        rf"(?i)\b(?:the\s|(?:{_WEEKDAY}),? (?:the )?|(?:on|since|until|till?|by|due|appt|dated) )"
        r"(\d{1,2}(?:st|nd|rd|th))\b"
    ),
    validate=validate_day_alone,
)


def validate_dashed(value: str, before: str, after: str) -> float:
    """Take 10-07 for a day behind a word that says when; ranges of numbers are written alike."""
    first, second = (int(part) for part in re.split(r"[-.]", value.rstrip("."))[:2])
    is_day = (first <= 12 and 1 <= second <= 31) or (second <= 12 and first <= 31)
    if not is_day or not first or before.endswith(("-", ".", "/")) or _is_unit(after):
        return 0
    if not _CLAUSE_ENDS.match(after) and not _CLOCK_AFTER.match(after):
        is_padded = len(value) == 5 and value[0] == "0"
        goes_on = is_padded and bool(_GOES_ON_IN_TIME.match(after))
        return 1 if goes_on and _SURE_BEFORE_DAY.search(before) else 0
    begins_line = before[-1:] in {"", "\n"}
    if begins_line and _CLOCK_AFTER.match(after):
        return 1
    is_led = bool(_STRONG_BEFORE.search(before))
    if "." in value:
        is_sure = bool(_SURE_BEFORE_DAY.search(before) or _BEFORE_DOTTED.search(before))
        is_led = is_led and len(value.split(".")[1]) == 2 and not _BAR.search(before)
        return 1 if is_sure or (is_led and not _DOSE_LEAD.search(before)) else 0
    if is_led:
        return 1
    is_padded = value[0] == "0" or value.split("-")[1][0] == "0"
    is_beside = begins_line or bool(_NAME_BEFORE.search(before))
    return 1 if is_padded and len(value) == 5 and is_beside else 0


_CLOCK_AFTER = re.compile(r"\s(?:[01]\d|2[0-3]):?[0-5]\d\b")
_BAR = re.compile(r"[|]\s?\Z")
_BEFORE_DOTTED = re.compile(
    r"\b(?:dc|d/c|until|till|onset|rtc|due|drsg changed|f/u(?: [a-z' -]{2,24})?|sent|returns|"
    r"(?:mtg|meeting|class|nurse|504|iep) notes?|"
    r"(?:hotline|phone|progress) note|letter home)[ :,]{1,2}\Z",
    re.I,
)
_NAME_BEFORE = re.compile(r"\b[A-Z][a-z]+[ \n]\Z|\b(?:f/u|w/) [a-z' -]{2,24}[ \n]\Z", re.I)
_DOSE_LEAD = re.compile(
    r"\b(?:on|labs?|last|next|started|changed to|to|am|el|le|exam|visit)[ :]*\Z", re.I
)
DASHED = Pattern(
    name="date-dashed",
    category="date",
    kind="DATE",
    pattern=r"\b(\d{1,2}-\d{1,2})\b",
    validate=validate_dashed,
)
DOTTED_DAY = Pattern(
    name="date-dotted-day",
    category="date",
    kind="DATE",
    pattern=r"\b(\d{1,2}\.\d{1,2})\b",
    validate=validate_dashed,
)
_FROM_DAY = re.compile(
    r"\b(?:on|since|until|till|vom|am|bis|seit|ab|from|to|and|und|seen|le|el)[ \t(]*\Z", re.I
)
_FROM_GERMAN_DAY = re.compile(r"\b(?:vom|am|bis|seit|ab|und|le|el)[ \t(]*\Z", re.I)
GERMAN_DAY = Pattern(
    name="date-dotted-day-closed",
    category="date",
    kind="DATE",
    pattern=r"\b((?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.)(?:\s|[,;).]|$)",
    validate=lambda value, before, after: (
        1
        if _FROM_GERMAN_DAY.search(before) or (len(value) == 6 and _FROM_DAY.search(before))
        else 0
    ),
)
