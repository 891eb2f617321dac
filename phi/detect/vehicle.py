"""Vehicle identifiers, license plates included (45 CFR 164.514(b)(2)(i)(L))."""

from phi.detect.checksums import passes_vin
from phi.detect.recognizer import Pattern


def validate_vin(value: str, before: str, after: str) -> float:
    if sum(map(str.isdigit, value)) < 4 or value.isdigit():
        return 0
    return 1 if "vin" in before[-12:].lower() or passes_vin(value) else 0


VIN = Pattern(
    name="vin",
    category="vehicle",
    kind="VEH",
    pattern=r"\b([A-HJ-NPR-Za-hj-npr-z0-9]{17})\b",
    validate=validate_vin,
)


def validate_plate(value: str, before: str, after: str) -> float:
    return 1 if any(map(str.isdigit, value)) else 0


PLATE = Pattern(
    name="license-plate",
    category="vehicle",
    kind="VEH",
    pattern=(
        r"(?i)\b(?:(?:licen[sc]e|number|vehicle|car|tag|registration) )?(?:plates?|tag)\b"
        r"(?: (?:number|no\.?|is|was))?[ \t]*[:#=]?[ \t]*#?[ \t]*"
        r"([A-Z0-9]{1,4}[- ]?[A-Z0-9]{2,4})\b"
    ),
    validate=validate_plate,
)
