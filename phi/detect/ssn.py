"""Social Security numbers (45 CFR 164.514(b)(2)(i)(G)).

Ranges never issued are refused: area 000, 666, 900-999, group 00, serial 0000 (SSA, POMS
RM 10201.030). Individual taxpayer numbers (9xx, group 50 and up) count as well.
"""

import re

from phi.detect.recognizer import Pattern
from phi.detect.words import FORMS


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
_CODE_BEFORE = re.compile(
    r"\b(?:codes?|hcpcs|cpt|icd|billed|j-?code|dx|room|rm|bed|part)\b[^.\n]{0,16}\Z"
)


def validate_va(value: str, before: str, after: str) -> float:
    """Take a letter and four figures for a veteran's when a surname before has that letter."""
    if _CODE_BEFORE.search(before.lower()):
        return 0
    if _SAYS_WHOSE.search(before):
        return 1
    names = _NAME_BEFORE.findall(before[-48:])
    return 0.8 if any(name[0] == value[0] and _is_name(name) for name in names) else 0


def _is_name(word: str) -> bool:
    """Tell whether a word is a name and no other: in "Kit K0001" it is not, but a code."""
    form = FORMS[word]
    return form.kind in _NAMES and form.word.english < 3


_NAMES = "abgpsuxz"  # kinds of words (words.py)
_SAYS_WHOSE = re.compile(
    r"\b(?:veteran|vet|pt|patient|resident|member|inmate|mr\.?|mrs\.?|ms\.?|last ?(?:4|four)|l4|"
    r"l/4|ssn?|id)[ :#(/-]{1,3}\Z",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"\b([A-Z][a-z]{1,20}|[A-Z]{2,20})\b(?=[^.\n]{0,24}\Z)")
# The first letter of the surname and the last four: how Veterans Affairs names its patients.
VETERAN = Pattern(
    name="ssn-of-veteran",
    category="ssn",
    kind="SSN",
    pattern=r"\b([A-Z]-?\d{4})\b",
    validate=validate_va,
)
L_FOUR = Pattern(
    name="ssn-l4",
    category="ssn",
    kind="SSN",
    pattern=r"\b(?:L4|L-4|l4s|SSN4|SS4|last-4)[ :#]{1,2}(\d{4})\b",
)
# Members and forms that name it so, and dots for what is left out.
ENDING = Pattern(
    name="ssn-ending",
    category="ssn",
    kind="SSN",
    pattern=(
        r"(?i)(?:(?:^|[^a-z])ssn[_ -]?last[_ -]?(?:four|4)|"
        r"last[_ -]?(?:four|4)[_ -]?(?:of[_ -]?)?ssn|"
        rf"\b{_LABEL}[ :#]{{0,3}}(?:\.{{2,4}}|x{{2,5}}))[ \t:=\"#-]{{0,4}}(\d{{4}})\b"
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
