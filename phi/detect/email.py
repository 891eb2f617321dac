"""Electronic mail addresses, also "name at host dot com" (45 CFR 164.514(b)(2)(i)(F))."""

import re

from phi.detect.recognizer import Pattern

_TLDS = (
    "com|org|net|edu|gov|mil|io|co|us|uk|ca|de|fr|health|care|clinic|med|info|biz|me|example|test|app|"
    "dev|mx|es|it|au|in|nl|ch|at|se"
)
_AT = r" ?[\[({<]?\bat\b[\])}>]? ?"
_DOT = r" ?[\[({<]?\bdot\b[\])}>]? ?"
_NOT_HOSTS = re.compile(r"(?:night|bedtime|home|rest|noon|hs|am|pm|once|least|work|school)\Z", re.I)

_SPELLED = re.compile(r"\bdot\b|[\[({<]at[\])}>]", re.IGNORECASE)

EMAIL = Pattern(
    name="email",
    category="email",
    kind="EMAIL",
    pattern=(
        "([A-Za-z0-9\\xc0\\xe0][A-Za-z0-9._%+'\\xc0\\xe0-]*[ ]?@\\s?"
        "[A-Za-z0-9\\xc0\\xe0-]+(?:(?:\\.|[ ]\\.[ ])[A-Za-z0-9\\xc0\\xe0-]+)+)"
    ),
)

HOST_ALONE = Pattern(
    name="email-host-alone",
    category="email",
    kind="EMAIL",
    pattern=r"\b([A-Za-z][A-Za-z0-9]*[._+-][A-Za-z0-9._+-]+@[A-Za-z][A-Za-z0-9-]{3,})\b",
    validate=lambda value, before, after: 0 if _NOT_HOSTS.search(value) else 1,
)

SPELLED_EMAIL = Pattern(
    name="email-spelled",
    category="email",
    kind="EMAIL",
    pattern=(
        r"(?i)\b([a-z0-9][a-z0-9._%+-]*(?: (?:dot|underscore|dash|hyphen|period) [a-z0-9]+){0,3}"
        rf"(?:{_AT}|[\[({{<]at[\])}}>])[a-z0-9-]+(?:{_DOT}[a-z0-9-]+){{0,2}}"
        rf"(?:{_DOT}|[\[({{<]dot[\])}}>]|\.)(?:{_TLDS}))\b"
    ),
    validate=lambda value, before, after: 1 if _SPELLED.search(value) else 0.5,
    context=("mail", "contact", "write", "@"),
)
_SURE_TLDS = "com|org|net|edu|gov|io|co|uk|health|example"
# A comma or blank for the dot, the sign twice or in brackets.
SLIPPED = Pattern(
    name="email-slipped",
    category="email",
    kind="EMAIL",
    pattern=(
        r"(?i)\b([a-z0-9][a-z0-9._%+-]*(?:@{1,3}[ ]?|[ ]?[\[(<{]@[\])>}][ ]?)"
        rf"[a-z0-9-]+(?:\.[a-z0-9-]+){{0,2}}(?:[.,][ ]?|[ ][.,]?[ ]?)(?:{_SURE_TLDS}))\b"
    ),
)
