"""Electronic mail addresses, also "name at host dot com" (45 CFR 164.514(b)(2)(i)(F))."""

from phi.detect.recognizer import Pattern

_TLDS = "com|org|net|edu|gov|mil|io|co|us|uk|ca|de|fr|health|care|clinic|med|info|biz|me"

EMAIL = Pattern(
    name="email",
    category="email",
    kind="EMAIL",
    pattern=(
        "([A-Za-z0-9\\xc0\\xe0][A-Za-z0-9._%+'\\xc0\\xe0-]* ?@ ?"
        "[A-Za-z0-9\\xc0\\xe0-]+(?:\\.[A-Za-z0-9\\xc0\\xe0-]+)+)"
    ),
)

SPELLED_EMAIL = Pattern(
    name="email-spelled",
    category="email",
    kind="EMAIL",
    pattern=(
        r"(?i)\b([a-z0-9][a-z0-9._%+-]*(?: (?:dot|underscore|dash) [a-z0-9]+){0,3}"
        r" ?[\[(]?\bat\b[\])]? ?[a-z0-9-]+(?: ?[\[(]?\bdot\b[\])]? ?[a-z0-9-]+){0,2}"
        rf" ?[\[(]?\bdot\b[\])]? ?(?:{_TLDS}))\b"
    ),
)
