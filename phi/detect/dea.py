"""DEA registration numbers of prescribers (21 CFR 1301; 45 CFR 164.514(b)(2)(i)(K))."""

from phi.detect.checksums import passes_dea
from phi.detect.recognizer import Pattern


def validate(value: str, before: str, after: str) -> float:
    if "dea" in before[-16:].lower():
        return 1
    return 1 if passes_dea(value) else 0


SPACED = Pattern(
    name="dea-spaced",
    category="license",
    kind="LIC",
    pattern=r"(?i)\bdea\b(?: ?(?:number|no\.?|reg\.?))?[ \t:#]{0,4}([a-z][a-z9][ -]\d{7})\b",
)
DEA = Pattern(
    name="dea",
    category="license",
    kind="LIC",
    pattern=r"\b([ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9]\d{7})\b",
    validate=validate,
)
