"""Places where somebody is found: highways, blocks, corners with a sign (45 CFR
164.514(b)(2)(i)(B)): on Hwy 20, mile marker 214, I-80, 1200 block of Tupelo, 5th & Main.
"""

import re
from typing import Final

from phi.detect.address import SUFFIXES
from phi.detect.recognizer import Pattern
from phi.detect.words import FORMS

_STREET: Final = rf"[A-Za-z\xc0\xe0][a-zA-Z\xc0\xe0'.-]{{2,}}(?: (?:{SUFFIXES})\b\.?)?"
_NUMBERED: Final = rf"\d{{1,3}}(?:st|nd|rd|th)(?: (?:{SUFFIXES})\b\.?)?"
_ISOTOPES: Final = frozenset({"123", "124", "125", "131"})


def _near(name: str, pattern: str, validate=lambda value, before, after: 1.0) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="address", kind="ADDR", pattern=pattern, validate=validate)


HIGHWAY = _near(
    "highway-alone",
    r"\b(?i:on|off|along|by|near|at|from|via|down|mile ?marker \d{1,4},?|mm ?\d{1,4},?)(?i: of)? "
    r"((?:(?i:hwy|highway|route|rte|state route|state road|county road|interstate)|US)"
    r"[ -]\d{1,4}[A-Za-z]?|I-\d{1,3})\b",
    lambda value, before, after: (
        0 if value.split("-")[-1] in _ISOTOPES or re.match(r" of \d|\.\d", after) else 1
    ),
)
BLOCK = _near(
    "block-of-street",
    rf"(?i)\b(\d{{2,5}} (?:block|blk) (?:of )?(?:[nsew]\.? )?{_STREET})",
)


def validate_corner(value: str, before: str, after: str) -> float:
    """Refuse ribs, days and decades: the word beside the numbered street is a name's."""
    words = [word for word in re.findall(r"[A-Za-z'.-]+", value) if word not in _ENDINGS]
    return 0 if not words or any(FORMS[word].word.clinical for word in words[:1]) else 0.9


_ENDINGS: Final = frozenset({"st", "nd", "rd", "th", "and"})
CORNER = _near(
    "corner-with-sign",
    rf"(?i)\b(?:on|at|near|by|of|corner) ({_STREET} ?[&/@] ?{_NUMBERED}|"
    rf"{_NUMBERED} ?[&/@] ?{_STREET})\b",
    validate_corner,
)
NEAR: Final = (HIGHWAY, BLOCK, CORNER)
