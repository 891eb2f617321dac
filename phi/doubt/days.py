"""Days of a month that were not read as dates: damaged, turned round, or in figures alone."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.reading import Doubt, Reading, gate_of

REASON: Final = "doubt:date"
_FIGURE = r"[0-9OolIBSZ]"
_MONTH = (
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|[Mm]ar(?:ch)?|[Aa]pr(?:il)?|[Mm]ay|[Jj]une?|[Jj]uly?|"
    r"[Aa]ug(?:ust)?|[Ss]ept?(?:ember)?|[Oo0]ct(?:ober|0ber)?|[Nn][o0]v(?:ember)?|[Dd]ec(?:ember)?|"
    r"JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEPT?(?:EMBER)?|"
    r"OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)"
)
_DAY = rf"(?:[0-3]?[0-9]|[0-3lIoO]?{_FIGURE})(?:st|nd|rd|th|tb|tn|dr|ht|ts|dn)?"
_GAP = r"[ \t.,>]{0,3}\n?[ \t>]{0,4}"
_BY_NAME: Final = re.compile(
    rf"(?<![\w/-])(?:(?:the )?{_DAY}{_GAP}(?:of )?{_MONTH}\b\.?(?:{_GAP}(?:\d{{4}}|'\d\d)\b)?"
    rf"|{_MONTH}\b\.?{_GAP}(?:the )?{_DAY}(?:{_GAP}(?:\d{{4}}|'\d\d))?)(?![\w/%-])(?!\.\d)"
)
_MONTH_BEGINS: Final = gate_of(
    r"(?i)(?:jan|feb|mar|apr|may|jun|jul|aug|sep|[o0]ct|n[o0]v|dec)[a-z0]{0,6}\b"
)
_FIGURES_BEGIN: Final = gate_of(r"[0-9OolIBSZ]{1,4}[-/.][0-9OolIBSZ]{1,2}")
_HAS_DIGIT: Final = re.compile(r"\d")
_DAMAGED: Final = re.compile(
    rf"(?<![\w./-])(?:(?:19|20){_FIGURE}{{2}}([-/.]){_FIGURE}{{1,2}}\1{_FIGURE}{{1,2}}"
    rf"|{_FIGURE}{{1,2}}([-/.]){_FIGURE}{{1,2}}\2(?:(?:19|20){_FIGURE}{{2}}|{_FIGURE}{{2}}))(?![\w/-])"
)
# Month and day without a year: 3/14, 14/3, 03-14, 3.14.
_SHORT: Final = re.compile(
    r"(?<![\w./-])(0?[1-9]|1[0-2])([/-])(0?[1-9]|[12][0-9]|3[01])(?![\w/%-])(?!\.\d)"
)
_WHEN: Final = re.compile(
    r"(?:\b(?:on|since|until|till|by|from|before|after|through|thru|dated?|due|seen|visit|appt|"
    r"appointment|f/u|follow-up|return(?:s|ed|ing)?|back|tomorrow|yesterday|today|night|morning|"
    r"afternoon|evening|last|next|this|started|began|admitted|discharged|d/c|dc'd|died|passed|turned|"
    r"\d{2,3} on|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|him|her|them|us|me|came|went|flew|flying|arriv(?:ed|es|ing)|leav(?:e|es|ing)|booked|"
    r"scheduled|labs?|drawn|posted|paid|effective|exp|expires?|signed|faxed|called|moved|"
    r"surgery|done|placed|removed|filled|refill(?:ed)?|repeat|recheck|as of|week of)[ ,:(-]{1,2}"
    r"|[\x01-\x04][ ,]{1,2}\n?)\Z",
    re.IGNORECASE,
)
_NO_DAY: Final = re.compile(
    r"[ \t]?(?:mg|mcg|ml|g\b|units?|tabs?|strength|pain|points?|score|murmur|pulses?|edema|doses?|"
    r"cups?|inch|hours?|hrs?|days?|weeks?|months?|years?|times|x\b|cm|mm|of|lb|kg|bid|tid|qd|caps?|"
    r"teaspoon|mmhg|reflex|in (?:all|severity)|on the|bilateral|throughout|systolic|"
    r"motor|fvc|ratio)",
    re.IGNORECASE,
)
_SCALED: Final = re.compile(
    r"(?:\b(?:pain|strength|score|scor\w+|scale|bp|motor|power|reflex\w*|murmur|gcs|moca|mmse|"
    r"phq-?\d?|gad-?7?|apgars?|vas|nrs|rated|rating|grade|fev1|ratio|tone|pulses?|mood|[A-Z]{2,6}(?:-\d{1,2})?)"
    r"(?: (?:is|was|of|at|now|today|to|from))?[ :=]{1,2}"
    r"(?:\d{1,2}/\d{1,2}(?: (?:to|from|and|on|->) | ?-> ?))?)\Z"
)
# Behind these a fraction may be a rating as well: "today 3/10".
_MAY_RATE: Final = re.compile(
    r"\b(?:today|now|night|morning|labs?|from|by|last|her|him|repeat) \Z", re.IGNORECASE
)
_SCALES: Final = frozenset({"2", "3", "4", "5", "6", "8", "10"})


def of_days(reading: Reading) -> Iterator[Doubt]:
    """Yield what may be a day."""
    for match in reading.found(_BY_NAME, _MONTH_BEGINS, 20, 24):
        if _is_day_by_name(match[0]):
            yield _day(match)
    for start, end in reading.windows(_FIGURES_BEGIN, 1, 12):
        for match in _DAMAGED.finditer(reading.text, start, end):
            if sum(map(str.isdigit, match[0])) > 3:
                yield _day(match)
        for match in _SHORT.finditer(reading.text, start, end):
            if _is_short_day(reading.text, match):
                yield _day(match)


def _day(match: re.Match[str]) -> Doubt:
    return Doubt(*match.span(), "date", "DATE", REASON)


def _is_day_by_name(spelled: str) -> bool:
    if not _HAS_DIGIT.search(spelled):
        return False
    is_lower_verb = re.search(r"\b(?:may|mar|march|dec|sep)\b", spelled) is not None
    return not (is_lower_verb and not re.search(r"(?:\d(?:st|nd|rd|th)|\d (?:of )?[a-z])", spelled))


def _is_short_day(text: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    before = text[max(0, start - 32) : start]
    if _NO_DAY.match(text, end) or _SCALED.search(before):
        return False
    if match[2] == "-" and len(match[1]) + len(match[3]) < 4:
        return False
    if _WHEN.search(before) is None:
        return False
    return match[3] not in _SCALES or _MAY_RATE.search(before) is None
