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
    return 1 if "-" in value else 0.6


SSN = Pattern(
    name="ssn",
    category="ssn",
    kind="SSN",
    pattern=r"\b(\d{3}-\d{2}-\d{4}|\d{3}[ .]\d{2}[ .]\d{4}|\d{3} ?- ?\d{2} ?- ?\d{4}|\d{9})\b",
    validate=validate,
    context=("ssn", "social", "ss#", "ss #", "ss no", "soc sec", "itin", "tax id"),
)

LABELED_SSN = Pattern(
    name="ssn-labeled",
    category="ssn",
    kind="SSN",
    pattern=(
        r"(?i)\b(?:ssn|social(?: security)?(?: number| no\.?| #)?|ss ?#|soc\.? sec\.?)"
        r"(?: is| was| number| no\.?)?[ \t]*[:#=]{0,2}[ \t]*"
        r"(?:\(?(?:last (?:four|4)|ending in|xxx-?xx-|\*{3}-?\*{2}-)\)?:?[ \t]*)?"
        r"((?:\d[ .-]{0,2}){3,8}\d)\b"
    ),
)

LAST_FOUR = Pattern(
    name="ssn-last-four",
    category="ssn",
    kind="SSN",
    pattern=(
        r"(?i)\b(?:last (?:four|4)(?: digits)?(?: of(?: (?:the|her|his|their|my))?"
        r" (?:ssn|social(?: security(?: number)?)?))?(?: is| are|:)?|"
        r"ssn (?:ending|ends) (?:in|with)|(?:xxx|\*{3})-?(?:xx|\*{2})-)[ \t]*#?(\d{4})\b"
    ),
)
