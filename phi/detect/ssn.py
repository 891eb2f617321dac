"""Social Security numbers (45 CFR 164.514(b)(2)(i)(G)).

Ranges never issued are refused: area 000, 666, 900-999, group 00, serial 0000 (SSA, POMS
RM 10201.030). Individual taxpayer numbers (9xx, group 50 and up) count as well.
"""

from phi.detect.recognizer import Pattern


def validate(value: str, before: str, after: str) -> float:
    digits = "".join(filter(str.isdigit, value))
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if serial == "0000" or group == "00" or area in {"000", "666"}:
        return 0
    if area[0] == "9" and group < "50":
        return 0
    return 1 if "-" in value or value[3:4] == value[6:7] == " " else 0.6


SSN = Pattern(
    name="ssn",
    category="ssn",
    kind="SSN",
    pattern=(
        r"\b(\d{3}-\d{2}-\s?\d{4}|\d{3}[ ./_]\d{2}[ ./_]\d{4}|\d{3} ?- ?\d{2} ?- ?\d{4}|\d{9}|"
        r"\d(?: \d){8})\b"
    ),
    validate=validate,
    context=("ssn", "social", "ss#", "ss #", "ss no", "soc sec", "itin", "tax id"),
)

_LABEL = (
    r"(?:ssn|ss (?:is|no\.?|number|num)|social(?: security)?(?: number| no\.?| #)?|ss ?#|"
    r"s\.s\.n?\.?|itin|soc\.? sec\.?)"
)
_LAST = r"(?:last[ -]?(?:four|4)(?: digits?)?|ending(?: in)?|ends in)"
LABELED_SSN = Pattern(
    name="ssn-labeled",
    category="ssn",
    kind="SSN",
    pattern=(
        rf"(?i)\b{_LABEL}(?: is| was| number| no\.?)?[ \t]*[:#=|]{{0,2}}[ \t]*(?:\r?\n)?[ \t]*"
        rf"(?:\(?(?:{_LAST}|xxx-?xx-|\*{{3}}-?\*{{2}}-)\)?:?[ \t]*)?"
        r"((?:\d[ ./_-]{0,2}\s?){3,8}\d)\b"
    ),
    validate=lambda value, before, after: (
        1 if sum(map(str.isdigit, value)) in {4, 9} and value.strip() == value else 0
    ),
)

SCANNED_SSN = Pattern(
    name="ssn-scanned",
    category="ssn",
    kind="SSN",
    pattern=r"\b([0-9OoIlSB]{3}-[0-9OoIlSB]{2}-[0-9OoIlSB]{4})\b",
    validate=lambda value, before, after: 1 if 6 <= sum(map(str.isdigit, value)) < 9 else 0,
)

LAST_FOUR = Pattern(
    name="ssn-last-four",
    category="ssn",
    kind="SSN",
    pattern=(
        rf"(?i)(?:\blast[ -]?(?:four|4)(?: digits?)?(?: of(?: (?:the|her|his|their|my))? "
        rf"{_LABEL})?(?: is| are|:)?|"
        rf"\b{_LABEL} (?:ending|ends) (?:in|with)|\b{_LABEL} ?\(?{_LAST}\)?:?|"
        r"(?:\bxxx|\*{3}|#{3})-?(?:xx|\*{2}|#{2})-)[ \t]*#?(\d{4})\b"
    ),
)
# "my social, the last digits, 6789" and "6789 at the end of my social".
NEAR = Pattern(
    name="ssn-last-four-near",
    category="ssn",
    kind="SSN",
    pattern=(
        r"(?i)\b(?:ssn|social security|social|ss ?#|ss number)\b[^.\n\d]{0,28}[^.\n\d/-](\d{4})\b"
    ),
    validate=lambda value, before, after: 0 if value.startswith(("19", "20")) else 0.7,
)
