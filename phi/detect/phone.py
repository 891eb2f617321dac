"""Telephone and fax numbers (45 CFR 164.514(b)(2)(i)(D), (E)): North American and international."""

from phi.detect.recognizer import Pattern

_CONTEXT = (
    *("phone", "tel", "cell", "mobile", "call", "contact", "home", "work", "office", "pager"),
    *(
        "beeper",
        "number",
        "ph:",
        "ph.",
        "reach",
        "text",
        "dial",
        "ext",
        "telecom",
        "fax",
        "voicemail",
    ),
    *("callback", "hotline", "pharmacy", "whatsapp"),
)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ .:]?\d{1,6})?"


def validate(value: str, before: str, after: str) -> float:
    digits = "".join(filter(str.isdigit, value.split("x")[0].split("e")[0]))
    if digits.startswith("1") and len(digits) > 10:
        digits = digits[1:]
    if len(digits) < 10 or digits[0] in "01" or len(set(digits)) == 1:
        return 0.3 if len(digits) >= 10 else 0
    has_separators = any(separator in value for separator in "-. ()/")
    return 1 if has_separators and digits[3] not in "01" else 0.6


PHONE = Pattern(
    name="phone",
    category="phone",
    kind="PHONE",
    pattern=(
        r"(?i)((?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]{0,2}|\b\d{3}[ .-]|\b\d{3}/|\b\d{3} - |\b\d{3})"
        rf"\d{{3}}(?:[ .-]| - )?\d{{4}}\b{_EXTENSION})"
    ),
    validate=validate,
    context=_CONTEXT,
)

INTERNATIONAL = Pattern(
    name="phone-international",
    category="phone",
    kind="PHONE",
    pattern=rf"(?i)(\+[1-9]\d{{0,2}}(?:[ .()-]{{1,2}}\d{{1,5}}|\d){{4,12}}\d\b{_EXTENSION})",
)

LOCAL = Pattern(
    name="phone-local",
    category="phone",
    kind="PHONE",
    pattern=(
        r"(?i)\b(?:phone|tel(?:ephone)?|cell|mobile|call(?:ed|ing)?(?: (?:me|us|her|him|back|at))*|"
        r"pager|beeper|ph|extension|ext|text(?:ed)?|contact)"
        r"(?: (?:number|no\.?|is|at|#|on|me|under))*[ \t]*[.:#=]*[ \t]*"
        rf"(\d{{3}}[ .-]\d{{4}}\b{_EXTENSION}|\d{{7}}\b)"
    ),
)

FAX = Pattern(
    name="fax",
    category="fax",
    kind="FAX",
    pattern=(
        r"(?i)\b(?:fax|facsimile|fx)(?:ed)?(?: (?:number|no\.?|is|to|at|#))*[ \t]*[.:#=]*[ \t]*"
        r"(\+?(?:1[ .-]?)?\(?\d{3}\)?[ ./-]{0,2}\d{3}[ .-]?\d{4}|\d{3}[ .-]\d{4})\b"
    ),
)
