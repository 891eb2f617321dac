"""Vehicle identifiers, license plates included (45 CFR 164.514(b)(2)(i)(L))."""

import re

from phi.detect.address import STATE_NAMES, STATES
from phi.detect.checksums import passes_vin
from phi.detect.recognizer import Pattern
from phi.detect.words import FORMS


def validate_vin(value: str, before: str, after: str) -> float:
    if "vin" in before[-12:].lower():
        return 1 if any(map(str.isdigit, value)) else 0
    if sum(map(str.isdigit, value)) < 4 or value.isdigit():
        return 0
    return 1 if passes_vin(value) else 0


VIN = Pattern(
    name="vin",
    category="vehicle",
    kind="VEH",
    pattern=r"\b([A-HJ-NPR-Za-hj-npr-z0-9]{17})\b",
    validate=validate_vin,
)

LABELED_VIN = Pattern(
    name="vin-labeled",
    category="vehicle",
    kind="VEH",
    # In groups, or the part of it that somebody could read.
    pattern=(
        r"\b(?:VIN|vin|Vin)\b(?: (?:no\.?|number|is))?[ \t:#]{1,4}"
        r"((?-i:[A-HJ-NPR-Z0-9]{3,9}(?:[ -][A-HJ-NPR-Z0-9]{3,9}){1,4}|[A-HJ-NPR-Z0-9]{6,16}))\b"
    ),
    validate=lambda value, before, after: (
        1 if sum(map(str.isdigit, value)) >= 3 and len(value.replace(" ", "")) <= 17 else 0
    ),
)

_VEHICLE = (
    "car|truck|van|suv|vehicle|sedan|motorcycle|pickup|minivan|jeep|scooter|trailer|automobile|taxi|"
    "honda|toyota|ford|chevy|chevrolet|nissan|hyundai|kia|subaru|mazda|bmw|audi|tesla|dodge|lexus|"
    "volkswagen|vw|mercedes|buick|gmc|ram|chrysler|acura|volvo|camry|civic|corolla|accord|altima|"
    "prius|f-?150|silverado"
)
_PLATE_WORD = (
    r"(?:(?:licen[sc]e|lic\.?|number|vehicle|car|registration|vanity|motorcycle|truck|auto|temp) )?"
    r"(?:plates?|tags?)|(?:vehicle|car) reg(?:istration)?|registration plate|placard"
)
_FILLER = (
    r"(?:[ \t]{1,2}(?:numbers?|num|no\.?|nos?\.?|is|was|were|reads?|reading|of|with|id|#|marked|"
    r"as))"
    r"{0,3}"
)
_PLATE = (
    r"(?-i:[A-Z0-9]{5,8}|[A-Z0-9]{1,4}-[A-Z0-9]{2,5}(?:-[A-Z0-9]{2,4})?|[A-Z]{1,4} \d{2,5}(?: "
    r"\d{2})?|"
    r"[A-Z]{2}\d{2} [A-Z]{3}|\d[A-Z0-9]{0,3} [A-Z0-9]{2,4})|[a-z]{2,3}[- ]?\d{3,5}|\d[a-z]{3}\d{3}"
)
_NOT_PLATES = re.compile(
    r"(?:\d{1,4}[ -]?(?:hole|holes|screws?|mm|cm|mg|ml|hours?|days?|pm|am|count|of|x|st|nd|rd|th|"
    r"in|"
    r"level|with|and|for|at|on|to|was|were|are|is)|\d{1,3}(?:[ -]\d{1,2})?)\Z",
    re.IGNORECASE,
)


def validate_plate(value: str, before: str, after: str) -> float:
    """Take five to eight letters and figures; letters alone only where they are no words."""
    plain = value.replace(" ", "").replace("-", "")
    if not 5 <= len(plain) <= 8 or _NOT_PLATES.match(value):
        return 0
    has_figures = any(map(str.isdigit, plain))
    words = [word for word in re.split("[- ]", value) if word.isalpha() and len(word) > 2]
    if any(FORMS[word.lower()].word.english > 1 for word in words if not word.isupper()):
        return 0
    if has_figures:
        return 1
    return (
        1 if value.isupper() and not any(FORMS[word.lower()].word.english for word in words) else 0
    )


PLATE = Pattern(
    name="license-plate",
    category="vehicle",
    kind="VEH",
    pattern=(
        rf"(?i)\b(?:{_PLATE_WORD})\b{_FILLER}[ \t]*[:#=(]{{0,2}}[ \t]*#?[ \t]*[\"'(]?"
        rf"(?-i:(?:\(?(?:{STATES}|{STATE_NAMES})\)?[ :-]{{1,2}})?)({_PLATE})\b"
    ),
    validate=validate_plate,
)
LOWER_PLATE = Pattern(
    name="license-plate-in-lower-case",
    category="vehicle",
    kind="VEH",
    pattern=rf"\b(?:{_VEHICLE})\b[, ]{{1,2}}(?:\w+ )?([a-z]{{2,3}} ?\d{{3,4}}|"
    rf"\d[a-z]{{3}}\d{{3}})\b",
    validate=lambda value, before, after: (
        0 if FORMS[value.rstrip("0123456789 ")].word.english else 1
    ),
)
_NO_PLATES = frozenset(
    {
        "ICD",
        "CPT",
        "BMI",
        "MRN",
        "SSN",
        "ROS",
        "LDL",
        "HDL",
        "WBC",
        "RBC",
        "TSH",
        "BUN",
        "AST",
        "ALT",
    }
    | {"BNP", "PSA", "MCV", "CRP", "ESR", "INR", "HGB", "PLT", "DOB", "EXT", "TEL", "FAX", "ZIP"}
)
SEEN_PLATE = Pattern(
    name="license-plate-of-vehicle",
    category="vehicle",
    kind="VEH",
    pattern=(
        rf"(?i)\b(?:{_VEHICLE}|plates?|licen[sc]e|registration)\b[^\n]{{0,36}}?[ (:#\"']"
        r"(?-i:(\d[A-Z]{3}[ -]?\d{3}|[A-Z]{3}[ -]?\d{3,4}|\d{3}[ -]?[A-Z]{3}|[A-Z]{2}\d{2} "
        r"?[A-Z]{3}|"
        r"[A-Z]{2}[ -]\d{5}|[A-Z]{3}[ -]\d{2}[A-Z]\d?))\b"
    ),
    validate=lambda value, before, after: (
        0 if value[:3] in _NO_PLATES or FORMS[value[:3].lower()].word.clinical else 1
    ),
)
