"""A month and a day in figures, "3/14": a date only by what stands around it.

Scores, strengths and fractions have the same form (5/5, 10/10, 1/2), so each sign for and against
counts; three points make a date.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from phi.detect.date import MONTHS, NOT_A_DATE_AFTER, canonical
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_PATTERN: Final = r"\b(\d{1,2}/\d{1,2})\b"
_ENOUGH = 3
_ENOUGH_BESIDE = 1  # in a text with a month and day that had enough
_SCORES: Final = frozenset({2, 3, 4, 5, 6, 8, 10, 12, 14, 15, 20, 30})  # usual denominators

_NEVER_BEFORE = re.compile(
    r"(?:\b(?:strength|pain|scores?|scale|bp|b/p|motor|power|ratio|reflexes|rated|mg|acuity|gcs|version|"
    r"ext|grade|murmur|apgars?|mmse|moca|bipap|cpap|peep|settings|vent|rankin|ecog|phq-?\d|gad-?\d|"
    r"er|pr|allred|h-?score|gleason|"
    r"dtrs?|pulses?|mmt|tone|flexors?|extensors?|va|od|os|ou|iop|vision|a|fev1|i/o|nyha|asa|"
    r"braden|stage|barthel|tanner|severity|intensity|cycles?|(?<!last )(?<!next )doses?|"
    r"sessions?|(?<!week )(?<!wk )(?<!results )(?<!labs )(?<!visit )(?<!note )(?<!as )of|page|"
    r"part|step|table|figure|fig|chapter|section|item|every|q)|"
    r"(?<![a-z])x|[<>=~+]|\d)[ :]*(?:of|is|was|at|on|currently|now|today|"
    r"=|are|bilat(?:eral)?(?:ly)?)?[ :]*\Z"
)
_NEVER_AFTER = re.compile(
    r"\s?(?:strength|pain|murmur|systolic|sem\b|reflex|power|of\b|ns\b|ppd|packs?|full|the\b|"
    r"(?:on )?(?:the )?(?:scale|pain)|bilat|throughout|in (?:all|both|the)|intensity|severity|"
    r"correct|"
    r"positive|negative|hip|knee|ankle|elbow|wrist|grip|finger|deltoid|bicep|tricep|quad|plantar|"
    r"dorsi|abduct|flexion|extension|muscle|motor|tsp|teaspoon|cup|inch|mile|doses?|cycles?|weeks?|"
    r"meals?|criteria|points?|risk|sensation|weakness|effort|wheez|crackles|on (?:rest|exam)|"
    r"days?\\b|h\b|hrs?\b|hours?\b|tests\b|goals?\b|patients\b|staffing|coverage|lpm\b|"
    r"nights\b|right|left|rue|lue|rle|lle|ue\b|le\b|percentile|\(?normal)"
)
_STRONG_LEAD = re.compile(
    r"\b(?:on|since|seen|dated?|dod|turn(?:s|ed) \d{2,3} on|flying in from [a-z .]{3,24}|"
    r"dob|d\.o\.b\.?|born|birth ?day|bday|from|until|till|admitted|"
    r"admission|"
    r"discharged?|d/c(?:'?d)?|appt|appointment|due|f/u|follow[- ]?up|follow[- ]?up visit|through|"
    r"thru|"
    r"dc'?d?|or w/ [a-z' -]{2,24}|f/u [a-z' -]{2,24}|appt (?:w/|with) [a-z'. -]{2,24}|"
    r"start(?:ed|ing)?|began|(?:week|wk|wkd|weekend|w/c) of|surgery|sx|procedure|scheduled|called|"
    r"call|received|collected|"
    r"drawn|mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rs?)?(?:day)?|fri(?:day)?|sat(?:urday)?|"
    r"sun(?:day)?|expires?|filled|resulted|lmp|edd|edc|dos|as of|next (?:visit|appt|appointment|"
    r"dose|"
    r"infusion)|last (?:seen|visit|dose|bm|period|admission|fill|filled|menses|echo|labs?)|labs "
    r"from|"
    r"performed|removed|placed|inserted|changed|(?:pod|hd|day) ?#?\d{1,2}|signed|updated|"
    r"visit(?:ed)? on|"
    r"event|"
    r"hospitali[sz]ed|intubated|extubated|stopped|ended|died|passed away|fell|injured|onset|"
    r"presented|returned|mailed|sent|faxed|ordered|scan|imaging|note|here|home|return|back|again|visited|onset|left|cancell?ed|"
    r"moved to|away|off work|rtc|posted|came(?: in)?|arrived|operated|delivered|effective|"
    r"lands?|flight|eval|sign|cita del|hasta el|regreso el|vuelve el|fecha)"
    r"(?: (?:on|for|was|is|of|at|this))?[ \t]*[:(]?[ \t]*\Z"
)
_WEAK_LEAD = re.compile(r"\b(?:by|before|after|last|next|visit|between|and|to|&|or|-)[ \t:(]*\Z")
_EVENT = re.compile(
    r"\b(?:labs?|bmp|cmp|cbc|bnp|ua|a1c|hba1c|troponins?|lytes|inr|ekg|ecg|echo|tte|tee|cxr|x-?rays?|ct|"
    r"cta|mri|us|ultrasound|pet|dexa|mammo(?:gram)?|colonoscopy|egd|cath|biopsy|bx|culture|cx|eeg|"
    r"emg|pft|stress test|holter|vitals|surgery|s/p|repair|ectomy|chole|cabg|pci|stent|csection|"
    r"c-section|delivery|transfus\w+|infusion|chemo|injection|vaccine|consult|admit|icu|er|ed)"
    r"\b[^.\n;]{0,24}\Z"
)
_EVENT_BESIDE = re.compile(r"[a-z)] ?\(?\Z")
_CLOSED = re.compile(r"\s?(?:[:;,.)]|$|\n|-\s)")
_TO = r"\s?(?:->?|to|through|thru|until|till?|and|&|,|or|\+)\s?"
_OTHER_END = re.compile(rf"{_TO}(\d{{1,2}}/\d{{1,2}})\b")
_OTHER_START = re.compile(rf"\b(\d{{1,2}}/\d{{1,2}}){_TO}\Z")
_GOES_ON = re.compile(_TO)
_TIME_AFTER = re.compile(
    r"\s?(?:@|at\b|w\b|w/|with\b|\d{1,2}:\d\d|\d{4}\b|in clinic|visit|appt|labs?\b|with dr)"
)
_CLOCK_AFTER = re.compile(r"\s(?:[01]\d|2[0-3]):?[0-5]\d\b")
_CLOCK_BEFORE = re.compile(r"(?<![\d.:/-])(?:[01]\d|2[0-3])[0-5]\d (?:on )?\Z")
_BAR = re.compile(r"[|\t\[] ?\Z")
_BAR_AFTER = re.compile(r" ?[|\t\]]")
_ENTRY_BEFORE = re.compile(r"(?:^|\n)[ \t*>-]{0,4}\Z")  # a line begins: an entry of that day
_SENTENCE_BEFORE = re.compile(r"[.;] \Z")
_ENTRY_AFTER = re.compile(r":|\s?-\s|\t|  |\s?\)|\s?(?:[;,]|$|\n)| [a-z]{2}")
_UNTIL = re.compile(
    r" ?(?:-|to|thru|through|until|til|and|&) ?(\d{1,2})(?=[ ,;)\n]|\.?\s|\.?$)"
    r"(?! ?(?:%|[ap]\.?m|people|patients|pts|more|other|times|visits|hrs?|hours|min))"
)
_WEEKDAY_AFTER = re.compile(r"\s?\(?(?:mon|tue|wed|thu|fri|sat|sun)")
_MONTH_BEFORE = re.compile(
    rf"\b(?:{MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?(?: ?-| to| through| until| and)\s?\Z"
)


class MonthDay:
    """The recognizer of months and days without a year."""

    name = "date-month-day"
    category = "date"
    pattern = _PATTERN

    @cached_property
    def program(self) -> Any:
        return compiled(_PATTERN)

    def hits(self, view: View) -> Iterator[Hit]:
        found = [
            (match.span(1), self._points(view, *match.span(1)))
            for match in self.program.finditer(view.octets)
        ]
        enough = _ENOUGH_BESIDE if any(points >= _ENOUGH for _, points in found) else _ENOUGH
        reach = 0
        for (start, end), points in found:
            goes_on = bool(reach) and bool(_GOES_ON.fullmatch(view.lower, reach, start))
            if points >= enough or (goes_on and _may_go_on(view, start, end)):
                reach = end
                yield Hit(start, end, "date", "DATE", self.name, 0.8)
                yield from _until(view, start, end)

    def _points(self, view: View, start: int, end: int) -> int:
        before, after = _around(view, start, end)
        return _judged(view.text[start:end], before, after)


def _until(view: View, start: int, end: int) -> Iterator[Hit]:
    """Yield the day up to which a stretch goes that has its month already: 3/14-16."""
    tail = _UNTIL.match(view.lower, end)
    if tail is None or _is_never_after(view.lower[tail.end() : tail.end() + 32]):
        return
    if int(view.text[start:end].split("/")[1]) < int(tail[1]) <= 31:
        yield Hit(*tail.span(1), "date", "DATE", MonthDay.name, 0.7)


def _around(view: View, start: int, end: int) -> tuple[str, str]:
    return view.lower[max(0, start - 48) : start], view.lower[end : end + 32]


def _may_go_on(view: View, start: int, end: int) -> bool:
    """Tell whether this is a date where one stands right before it."""
    after = view.lower[end : end + 32]
    return _is_day(view.text[start:end], after) and not _never(after)


def _is_day(value: str, after: str) -> bool:
    return value != "24/7" and bool(canonical(value)) and after[:1] not in {"/", "%", "\\"}


def _judged(value: str, before: str, after: str) -> int:
    """Return the points of a month and day; none for what can be no date here."""
    if not _is_day(value, after) or before.endswith(("/", ".", "-")):
        return 0
    if (_NEVER_BEFORE.search(before) and not _CLOCK_BEFORE.search(before)) or _is_never_after(
        after
    ):
        return 0
    return _points(value, before, after)


def _is_never_after(after: str) -> bool:
    other = _OTHER_END.match(after)
    if other:
        rest = after[other.end() :]
        return not canonical(other[1]) or bool(_never(rest))
    return bool(_never(after))


def _never(after: str) -> bool:
    return bool(NOT_A_DATE_AFTER.match(after) or _NEVER_AFTER.match(after))


def _points(value: str, before: str, after: str) -> int:
    first, second = value.split("/")
    month, day = int(first), int(second)
    points = 0
    if month > day or (day > 10 and day not in _SCORES):
        points += 3  # no score is better than its best, nor out of 23
    elif day not in _SCORES:
        points += 2
    elif day > 10:
        points += 1  # few scores have so many points
    if first[0] == "0" or second[0] == "0":
        points += 3
    if _STRONG_LEAD.search(before):
        points += 3
    elif _WEAK_LEAD.search(before):
        points += 1
    if _EVENT.search(before):
        points += 2 if _EVENT_BESIDE.search(before) and _CLOSED.match(after) else 1
        points += bool(_CLOSED.match(after) and before.rstrip(" (")[-1:].isalpha())
    if _CLOCK_AFTER.match(after) and before[-1:] in {"", "\n"}:
        points += 3
    elif _TIME_AFTER.match(after) or _WEEKDAY_AFTER.match(after):
        points += 2
    points += 2 * bool(_ENTRY_BEFORE.search(before) and _ENTRY_AFTER.match(after))
    points += 3 * bool(_CLOCK_BEFORE.search(before))
    points += day not in _SCORES and before.endswith("(") and after[:1] == ")"
    points += 2 * bool(_SENTENCE_BEFORE.search(before) and after[:1] == ":")
    if _BAR.search(before) and _BAR_AFTER.match(after):
        points += 3
    points += 3 * _is_range(before, after) + 3 * bool(_MONTH_BEFORE.search(before))
    return points


def _is_range(before: str, after: str) -> bool:
    """Tell whether another month and day stands beside, which is no score."""
    other = _OTHER_END.match(after)
    if other and not _is_score(other[1]):
        return True
    earlier = _OTHER_START.search(before)
    return bool(earlier) and not _is_score(earlier[1]) if earlier else False


def _is_score(value: str) -> bool:
    first, second = map(int, value.split("/"))
    return first <= second and second in _SCORES


MONTH_DAY = MonthDay()
