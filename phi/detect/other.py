"""Any other unique identifying number, behind a label (45 CFR 164.514(b)(2)(i)(R))."""

from phi.detect.recognizer import Pattern


def validate(value: str, before: str, after: str) -> float:
    return 0.5 if sum(map(str.isdigit, value)) >= 4 else 0


OTHER = Pattern(
    name="labeled-id",
    category="other",
    kind="ID",
    pattern=r"(?i)\b(?:id|identifier|identification)(?: (?:number|no\.?))?[ \t]*[:#=]{1,2}[ \t]*"
    r"([A-Z]{0,5}-?\d[A-Z0-9]*(?:[-/.][A-Z0-9]+){0,5})\b",
    validate=validate,
)
