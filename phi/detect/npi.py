"""National Provider Identifiers: a certificate number (45 CFR 164.514(b)(2)(i)(K))."""

from phi.detect.checksums import passes_npi
from phi.detect.recognizer import Pattern


def validate(value: str, before: str, after: str) -> float:
    return 0.7 if passes_npi(value) else 0


NPI = Pattern(
    name="npi",
    category="license",
    kind="LIC",
    pattern=r"\b([12]\d{9})\b",
    validate=validate,
    context=("npi", "provider", "physician", "prescriber", "dr.", "md"),
)

SCANNED_NPI = Pattern(
    name="npi-scanned",
    category="license",
    kind="LIC",
    pattern=r"(?i)\bnpi(?: number| no\.?| #)?[ \t]*[:#=]{0,2}[ \t]*([0-9OIlSB]{10})\b",
    validate=lambda value, before, after: 1 if sum(map(str.isdigit, value)) > 6 else 0,
)

LABELED_NPI = Pattern(
    name="npi-labeled",
    category="license",
    kind="LIC",
    pattern=r"(?i)\bnpi(?: number| no\.?| #)?[ \t]*[:#=]{0,2}[ \t]*(\d{10})\b",
)
