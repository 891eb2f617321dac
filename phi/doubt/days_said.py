"""Days as people say them: Sat 22, since Mar, the twenty-second, 11 22 25, ~11/22."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.days import REASON
from phi.doubt.reading import Doubt, Reading, gate_of

_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_NO_UNIT = (
    r"(?![\d/:%]|[.,-]\d|[ ]?(?:[AaPp]\.?[Mm]\b|mg|mcg|ml|units?|tabs?|caps?|puffs?|hours?|hrs?|"
    r"x\b|to\b|until|til\b|on (?:RA|room)|-))"
)
_WEEKDAY: Final = re.compile(
    r"\b(?:(?:[Mm]on|[Tt]ues?|[Ww]ed|[Tt]hu(?:rs?)?|[Ff]ri|Sat|Sun)|"
    r"(?:[Mm]on|[Tt]ues|[Ww]ednes|[Tt]hurs|[Ff]ri|[Ss]atur|[Ss]un)day)"
    rf"(?:\.,?|,)? (?:the )?{_DAY}(?:st|nd|rd|th)?\b{_NO_UNIT}"
)
_SHORT_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_SINCE: Final = re.compile(
    r"(?i:\b(?:since|until|till?|by|in|back in|from|last|this|next|early|mid|late|end of|before|"
    r"after|around|through|thru|week of|wk of|wk))[ -]"
    rf"({_SHORT_MONTH}\b\.?(?:,? (?:of )?(?:'\d\d|(?:19|20)\d\d|(?<=of )\d\d)\b)?)"
    r"(?![ ]?\d)(?![-\w])"
)
_ENDS = (
    r"(?=[.,;:!?)\n]|\Z| (?:per|at|with|w/|for|to|and|visit|appt|by|in|but|because|if|so|he|she|i|"
    r"pt|then|or|we|they|re|is|was|works|morning|afternoon|evening|of the month|instead|again)\b)"
)
_ORDINAL: Final = re.compile(
    r"\b[Tt]he ((?:[4-9]|1[0-9]|2[0-9]|3[01])(?:st|nd|rd|th)|"
    r"(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    rf"(?:tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)){_ENDS}"
)
_ABOUT: Final = re.compile(rf"(?<![\w/.-])(?:~|[dc]\.)({_MONTH}/{_DAY})(?![\w/%-])(?!\.\d)")
_CUES = (
    r"since|seen|rtc|appt|appointment|visit|due|booked|admitted|returns?|returned|scheduled|"
    r"recheck|came(?: in)?|f/u|follow-up|missed|w(?:ee)?k of|until|till?|by|hearing|court|"
    r"sentencing|surgery|biopsy|bx|opened|closed|denied|filed|sent|mailed|faxed|received|rec'd|called|on|"
    r"released|transferred|injury|doi|dos|onset|lmp|edd|dated?|extraction|cleaning|fitting|intake"
)
_CUED: Final = re.compile(
    rf"\b(?i:{_CUES})[ :]{{1,2}}"
    rf"({_MONTH}\.(?:1[0-9]|2[0-9]|3[01])\.?|{_MONTH}-(?:1[0-9]|2[0-9]|3[01])|"
    rf"{_MONTH} {_DAY} (?:(?:19|20)\d\d|[012]\d))(?![\w/%-])(?!\.?\d)"
    r"(?![ ]?(?:mg|mcg|ml|units?|tabs?|%|g/|mmol|meq|kg|lb|cm|mm|days?|weeks?|hours?|hrs?|min))"
)
_WEEKDAYS_BEGIN: Final = gate_of(r"(?i)\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[.,]{0,2} ")
_SINCE_BEGINS: Final = gate_of(rf"[a-zA-Z][ -]{_SHORT_MONTH}\b")
_ORDINAL_BEGINS: Final = gate_of(r"[Tt]he (?:\d|[etfsn]|t[hw])[a-z0-9]{2}")
_ABOUT_BEGINS: Final = gate_of(r"(?:~|[dc]\.)\d")
_CUED_BEGINS: Final = gate_of(rf"(?i)[a-z'][ :]{{1,2}}{_MONTH}[. -]{_DAY}")


def of_days_said(reading: Reading) -> Iterator[Doubt]:
    """Yield what may be a day where somebody is spoken of."""
    if not reading.speaks_of_somebody:
        return
    for pattern, gate, before, group in (
        (_WEEKDAY, _WEEKDAYS_BEGIN, 0, 0),
        (_SINCE, _SINCE_BEGINS, 10, 1),
        (_ORDINAL, _ORDINAL_BEGINS, 0, 1),
        (_ABOUT, _ABOUT_BEGINS, 1, 1),
        (_CUED, _CUED_BEGINS, 14, 1),
    ):
        for match in reading.found(pattern, gate, before, 40):
            yield Doubt(*match.span(group), "date", "DATE", REASON)
