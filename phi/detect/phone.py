"""Telephone and fax numbers (45 CFR 164.514(b)(2)(i)(D), (E)): North American and international."""

import re

from phi.detect.recognizer import Pattern

_CONTEXT = (
    *("phone", "tel", "cell", "mobile", "call", "contact", "home", "work", "office", "pager"),
    *("beeper", "number", "ph:", "ph.", "reach", "text", "dial", "ext", "telecom", "fax"),
    *("voicemail", "callback", "hotline", "pharmacy", "whatsapp"),
)
_EXTENSION = r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ .:]?\d{1,6})?"
_LABEL = (
    r"(?:phone|tel(?:ephone)?|cell|mobile|call(?:ed|ing)?(?: (?:me|us|her|him|them|back|at))*|"
    r"whatsapp|"
    r"ph|texted|contact|reach(?:ed)?(?: (?:me|us|her|him|them|at))*|"
    r"voicemail|callback|number|dial)"
)
_FILLER = r"(?: (?:number|numbers|no\.?|is|are|at|#|on|me|under|or|note))*[ \t]*[.:#=]*[ \t]*"


_UNIT_AFTER = re.compile(r"-|/|\.\d| ?(?:mg|ml|mcg|u|mm|cells|units|k|steps|kcal|calories|cc|g)\b")


def validate(value: str, before: str, after: str) -> float:
    digits = "".join(filter(str.isdigit, re.split("[xe]", value, maxsplit=1)[0]))
    if digits.startswith("1") and len(digits) > 10:
        digits = digits[1:]
    runs_on = before[-1:].isalnum() and value[0] != "("
    if runs_on or (before.endswith(("-", ".")) and before[-2:-1].isdigit()):
        return 0
    if len(digits) < 10 or digits[0] in "01" or len(set(digits)) == 1:
        return 0.3 if len(digits) >= 10 else 0
    has_separators = any(separator in value for separator in "-. ()/_")
    if not has_separators and digits[3] not in "01" and not _UNIT_AFTER.match(after):
        return 1  # ten figures of this form are somebody's, whatever they count
    return 1 if has_separators and digits[3] not in "01" else 0.6


PHONE = Pattern(
    name="phone",
    category="phone",
    kind="PHONE",
    pattern=(
        r"(?i)((?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]{0,3}(?:\n[ >]{0,8})?|\b\d{3}[ ._/-]|\b\d{3}\n[ "
        r">]{0,8}|\b\d{3} - |\b\d{3})"
        rf"\d{{3}}(?:[ ._-]\r?\n?| - )?\d{{2}} ?\d{{2}}(?:{_EXTENSION}\b|\b))"
    ),
    validate=validate,
    context=_CONTEXT,
)

SPACED = Pattern(
    name="phone-spaced",
    category="phone",
    kind="PHONE",
    pattern=r"\b(\d(?:[ .-]\d){9,10})\b",
    validate=lambda value, before, after: 1 if len(set(value)) > 3 else 0,
)

SCANNED = Pattern(
    name="phone-scanned",
    category="phone",
    kind="PHONE",
    pattern=r"(\(?\b[0-9OoIlSB]{3}\)?[ -][0-9OoIlSB]{3}-[0-9OoIlSB]{4})\b",
    validate=lambda value, before, after: 1 if 7 <= sum(map(str.isdigit, value)) < 10 else 0,
)

INTERNATIONAL = Pattern(
    name="phone-international",
    category="phone",
    kind="PHONE",
    pattern=(
        rf"(?i)(\+[1-9]\d{{0,2}}(?:[ .()-]{{1,3}}\d{{1,5}}|\d){{4,12}}\d\b{_EXTENSION}|"
        rf"\b00 ?[1-9]\d{{0,2}}(?:[ .-]\d{{1,5}}){{2,6}}\b{_EXTENSION})"
    ),
    validate=lambda value, before, after: (
        1 if 8 <= sum(map(str.isdigit, value)) <= 17 and not before[-1:].isalnum() else 0
    ),
)

TRUNK = Pattern(
    name="phone-trunk",
    category="phone",
    kind="PHONE",
    pattern=(
        r"\b(0\d{1,4}[ -]\d{6,8}|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|0\d{4} \d{6}|"
        r"0\d(?:[ .]\d{2}){4}|\(0\d{1,4}\) "
        r"?\d{3,4}[ -]?\d{3,4})\b"
    ),
    validate=lambda value, before, after: 0 if before.endswith(("-", ".", "/")) else 1,
)


def validate_labeled(value: str, before: str, after: str) -> float:
    digits = sum(map(str.isdigit, value))
    return 1 if 7 <= digits <= 15 and not before[-1:].isalnum() else 0


LOCAL = Pattern(
    name="phone-local",
    category="phone",
    kind="PHONE",
    pattern=(
        rf"(?i)\b{_LABEL}{_FILLER}(\d{{3}}[ .-]\d{{4}}\b{_EXTENSION}|\d{{7}}\b|"
        r"\(?\d{2,5}\)?(?:[ .-]\d{2,5}){1,4}\b)"
    ),
    validate=validate_labeled,
)

_RANGE_BEFORE = re.compile(
    r"(?:count|range|levels?|dose|goal|between|wbc|plt|platelets?|target|keep|units|mg|of|ratio)"
    r"[ :]*\Z",
    re.IGNORECASE,
)


def validate_near(value: str, before: str, after: str) -> float:
    if before.endswith(("-", ".", "/")) or _UNIT_AFTER.match(after):
        return 0
    return 0 if _RANGE_BEFORE.search(before) else 0.6


NEAR = Pattern(
    name="phone-near",
    category="phone",
    kind="PHONE",
    pattern=r"\b([2-9]\d{2}-\d{4})\b",
    validate=validate_near,
    context=(
        *("phone", "cell:", "cell #", "cell is", "her cell", "his cell", "call", "reach", "pager"),
        *("text ", "dial", "voicemail", "home #", "tel:", "tel ", "contact", "cb", "fax", "number"),
        *("vm ", "ph ", "ph:", "ph#", "kin", "poa", "mom", "wife", "husband", "daughter", "son "),
    ),
)

EXTENSION = Pattern(
    name="phone-extension",
    category="phone",
    kind="PHONE",
    pattern=(
        r"(?i)\b(?:ext\.?|xt|extension|pager|beeper|bleep|vocera|spectralink)(?: (?:number|"
        r"no\.?|is|"
        r"#))*"
        r"[ .:#]{0,3}(\d{4,6})\b"
    ),
)
LEADING_ONE = Pattern(
    name="phone-leading-one",
    category="phone",
    kind="PHONE",
    pattern=r"\b(1[2-9]\d{2}[2-9]\d{6})\b",
    validate=lambda value, before, after: (
        0 if before.endswith(("-", ".", "/")) or _UNIT_AFTER.match(after) else 0.7
    ),
    context=_CONTEXT,
)
CROSSED = Pattern(
    name="phone-extension-crossed",
    category="phone",
    kind="PHONE",
    pattern=r"\b([xX]\d{4,6})\b",
    validate=lambda value, before, after: 0 if _UNIT_AFTER.match(after) else 1,
)

# The last figures of a second number: "555-0147/0148".
SECOND = Pattern(
    name="phone-second",
    category="phone",
    kind="PHONE",
    pattern=r"\b\d{3}[)]?[ ./-]{1,2}\d{3}[ .-]\d{4} ?(?:/|&|or|and) ?(\d{4})\b",
    validate=lambda value, before, after: 0 if _UNIT_AFTER.match(after) else 1,
)

FAX = Pattern(
    name="fax",
    category="fax",
    kind="FAX",
    pattern=(
        r"(?i)\b(?:fax|facsimile|fx|f:)(?:ed)?(?: (?:number|no\.?|is|to|at|#))*[ \t]*[.:#=]*[ \t]*"
        r"(\+?(?:1[ .-]?)?\(?\d{3}\)?[ ./-]{0,2}\d{3}[ .-]?\d{4}|\d{3}[ .-]\d{4})\b"
    ),
)
