"""Ages over 89, which Safe Harbor folds into "90 or older" (45 CFR 164.514(b)(2)(i)(C))."""

from phi.detect.recognizer import Pattern

_OLD = r"(9\d|1[0-2]\d)"


def validate(value: str, before: str, after: str) -> float:
    return 1 if 90 <= int(value) <= 125 else 0


AGE = Pattern(
    name="age-over-89",
    category="date",
    kind="AGE",
    pattern=(
        rf"(?i)\b{_OLD}[ -]?(?:years?[ -]?old|yrs?[ -]?old|y/?o\b|yo[mf]?\b|y\.o\.|"
        r"years? of age|year-old|yrs? of age|anos\b)"
    ),
    validate=validate,
)

LABELED_AGE = Pattern(
    name="age-over-89-labeled",
    category="date",
    kind="AGE",
    pattern=rf"(?i)\b(?:age[ds]?|turn(?:s|ed|ing)|aged)(?: of| is| at)?[ \t]*[:=]?[ \t]*{_OLD}\b",
    validate=validate,
)
