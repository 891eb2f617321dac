"""Days by what stands beside them: the end of a span, the clock before, the name of a month in
another language with a sign, the entry of a log (45 CFR 164.514(b)(2)(i)(C)).
"""

import re
from typing import Final

from phi.detect.date import MONTHS, NOT_A_DATE_AFTER, canonical
from phi.detect.recognizer import Pattern

_SPANISH: Final = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|"
    "diciembre"
)
_SPANISH_SHORT: Final = "ene|feb|mar|abr|may|jun|jul|ago|sept?|oct|nov|dic"
_WEEKDAY: Final = "lunes|martes|miercoles|jueves|viernes|sabado|domingo"
_SCANNED_DIGIT: Final = "[0-9OoIlSBZz]"
_NAMED: Final = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{MONTHS})|(?:{MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?)"
)
_ANY: Final = rf"(?:(?:the )?{_NAMED}|\d{{1,2}}/\d{{1,2}})"


def _unless_unit(value: str, before: str, after: str) -> float:
    return 0 if NOT_A_DATE_AFTER.match(after) or after[:1] == "/" else 1


def _days(name: str, pattern: str, validate=_unless_unit) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="date", kind="DATE", pattern=pattern, validate=validate)


# 28/febrero/21, 14-marzo-2023, julio 15, 2021, 3 de mayo del 24, el lunes 3 de mayo
SPANISH = _days(
    "date-spanish",
    rf"(?i)\b(\d{{1,2}} ?[-/. ] ?(?:{_SPANISH}) ?[-/. ] ?(?:(?:19|20)\d{{2}}|'?\d{{2}})|"
    rf"\d{{1,2}}[-/](?:{_SPANISH_SHORT})[-/](?:(?:19|20)\d{{2}}|\d{{2}})|"
    rf"\d{{1,2}}[-/](?:{_SPANISH})|"
    rf"(?:{_SPANISH}) \d{{1,2}}(?:,? (?:de |del )?(?:19|20)\d{{2}})?|"
    rf"\d{{1,2}} de (?:{_SPANISH})(?:,? (?:de |del )(?:ano )?'?\d{{2}})?)\b",
)
# The same behind a scanner: 20 de julio de l962, 27 dc agosto de 1952.
SPANISH_SCANNED = _days(
    "date-spanish-scanned",
    rf"\b({_SCANNED_DIGIT}{{1,2}} {{1,2}}d[ec] {{1,2}}[a-z0-9]{{4,10}} {{1,2}}d[ec]l? {{1,2}}"
    rf"(?:[1lI]9|2[0Oo]){_SCANNED_DIGIT}{{2}}|"
    rf"\d{{1,2}}/[a-z1]{{4,10}}/\d{{2}})\b",
)
# "mi cita del 1/9", "regreso el 3/3", "desde el 4/12"
SPANISH_FIGURES = _days(
    "date-spanish-figures",
    rf"(?i)\b(?:(?:el|del|al|desde|hasta|hoy|ayer|fecha:?)(?: (?:{_WEEKDAY}))?|{_WEEKDAY}) "
    r"(\d{1,2}[/-]\d{1,2})\b",
    lambda value, before, after: (
        1 if canonical(value) and _unless_unit(value, before, after) else 0
    ),
)


def validate_end(value: str, before: str, after: str) -> float:
    """Take what follows a day and a dash for a day; a third figure would be a year."""
    if NOT_A_DATE_AFTER.match(after) or re.match(r"[-/]\d", after):
        return 0
    return 1 if "/" not in value or canonical(value) else 0


# "04 Mar-06 Mar", "jan 20th-01/22", "the 7th of July to 02/13": the second day.
SPAN_END = _days(
    "date-span-end",
    rf"(?i)\b(?:{_NAMED}|\d{{1,2}}/\d{{1,2}}) ?(?:-|to|thru|through|until) ?({_ANY})\b",
    validate_end,
)
# Wards write the clock first: "0320 06/19", "2215h 14 Mar".
AFTER_CLOCK = _days(
    "date-after-clock",
    rf"(?i)(?:^|[ \n(])(?:[01]\d|2[0-3])[0-5]\dh? (?:on )?(\d{{1,2}}/\d{{1,2}}|{_NAMED})\b",
    lambda value, before, after: (
        1 if _unless_unit(value, before, after) and ("/" not in value or canonical(value)) else 0
    ),
)
# The lines of a log and the heads of messages: "7.18: inhaler given", "Sent: 1.4".
DOTTED_ENTRY = _days(
    "date-dotted-entry",
    r"(?i)(?:^|\n)[ \t>*-]{0,4}((?:0?[1-9]|1[0-2])\.(?:[12]\d|3[01])): [a-z]",
)
DOTTED_HEAD = _days(
    "date-dotted-head",
    r"(?i)\b(?:sent|dated?|received|recd|filed|posted): ?"
    r"((?:0?[1-9]|1[0-2])\.(?:[12]\d|3[01]|0?[1-9]))(?:[ \t]*\r?\n|[,;]|$)",
)
# "504 mtg notes 4.21. present", "hotline note, 11.6:", "letter home 5.23", "class returns 2.19"
DOTTED_AFTER = _days(
    "date-dotted-after",
    r"(?i)\b(?:(?:mtg|meeting|conference|hotline|visit|progress|phone)(?: notes?)?,?|"
    r"(?:letter|form|note|slip)s? (?:sent )?home|(?:returns?|returned|came|come|comes|goes) back|"
    r"(?:class|school|work|practice|pe) returns?|(?:given|signed|turned in|sent in|"
    r"submitted|completed) by|birthday|field trip|swim|absent|"
    r"excused|suspended|enrolled|withdrew|(?:this|last|next) (?:week|month))"
    r"(?: ?\(| )((?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01]))"
    r"(?:[ \t]+(?:and|or|but|for|with|w/|at|after|to|thru|he|she|they|present)\b|"
    r"[:;,)\n.](?:[^0-9]|$)|$)",
)
BESIDE: Final = (
    *(SPANISH, SPANISH_SCANNED, SPANISH_FIGURES, SPAN_END, AFTER_CLOCK),
    *(DOTTED_ENTRY, DOTTED_HEAD, DOTTED_AFTER),
)
