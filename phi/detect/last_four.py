"""The last four figures of a Social Security number beside a name, as wards write them.

PUMPHREY, WILHELMINA   3178   11/18/1956 heads a page; "identified by name and last 4 (Amaker,
6803)" stands in a note; A6803 is the surname's first letter before them (the Department of
Veterans Affairs' short patient id).
"""

import re
from typing import Final

from phi.detect.recognizer import Pattern, always

_NAME: Final = "[A-Z\\xc0][A-Za-z\\xc0\\xe0'.-]+"
_DAY_AFTER: Final = re.compile(
    r"[ \t,|]{1,6}(?:dob:? ?)?(?:\d{1,2}[-/ .]?(?:\d{1,2}|[a-z]{3,9})[-/ .]?\d{2,4}|"
    r"[a-z]{3,9}\.? \d{1,2},? ?\d{2,4}|\d{8}|(?:19|20)\d{2}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_OF_BEFORE: Final = re.compile(r"[(:=[-] ?of \Z")


def _last_four(name: str, pattern: str, validate=always) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="ssn", kind="SSN", pattern=pattern, validate=validate)


# A surname before a comma, given names, four figures, the day of birth.
HEADING = _last_four(
    "ssn-last-four-in-heading",
    rf"(?:^|\n|[.:;|] )[ \t]*{_NAME}(?: {_NAME})?,[ \t]?{_NAME}(?: {_NAME}){{0,2}}[ \t]{{1,8}}"
    r"[A-Z]?(\d{4})[ \t,|]",
    lambda value, before, after: 1 if _DAY_AFTER.match(after) else 0,
)
# Behind the words "last four", with a name between; "the last 4 (of 1200)" are doses or visits.
NAMED = _last_four(
    "ssn-last-four-after-name",
    r"(?i)\blast[ -]?(?:four|4)(?: digits?)?(?: of (?:the )?(?:ssn|social)| ssn)?[ \n]{0,2}"
    r"[:=(\[-]{1,2}[ ]?(?:[a-z\xc0\xe0'.-]{1,20} ){0,3}[a-z\xc0\xe0'.-]{2,20}(?:, ?[a-z]?|[ ])"
    r"(\d{4})\b",
    lambda value, before, after: 0 if _OF_BEFORE.search(before) else 1,
)
# The first letter of the surname before the four figures, where it says what they are.
LETTERED = _last_four(
    "ssn-last-four-lettered",
    r"(?i)\b(?:last[ -]?(?:four|4)|l4|1u4n|id'?d? by|(?:vet(?:eran)?|patient|pt|short) id)"
    r"[ \t]*[:#=(]{0,2}[ \t]*([a-z]\d{4})\b",
)
LAST_FOUR: Final = (HEADING, NAMED, LETTERED)
