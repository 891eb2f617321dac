"""Letters said one by one: "Sierra Oscar Romeo", "S as in Sam, O as in Oscar"."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from phi.detect.recognizer import compiled
from phi.detect.view import View

# The alphabet of radio traffic (ITU, Radio Regulations, Appendix 14).
_WORDS: Final = (
    *("alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india"),
    *("juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo"),
    *(
        "sierra",
        "tango",
        "uniform",
        "victor",
        "whiskey",
        "whisky",
        "x-ray",
        "xray",
        "yankee",
        "zulu",
    ),
)
LETTER_WORD: Final = rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_AS_IN: Final = r"[a-z],?[ ](?:as in|for|like|is for)[ ][a-z-]{2,14}"
_PAUSE: Final = r"[ \n,.;-]{1,3}(?:and |then )?"
_PATTERN: Final = (
    rf"(?i)\b({LETTER_WORD}(?:{_PAUSE}{LETTER_WORD}){{2,30}}|"
    rf"{_AS_IN}(?:{_PAUSE}{_AS_IN}){{2,30}})\b"
)
_program: Any = compiled(_PATTERN)
_ITEM: Final = re.compile(rf"([a-z]),? (?:as in|for|like|is for) [a-z-]+|({LETTER_WORD})")


class SpelledLetters(NamedTuple):
    """Where letters are said, and which they are."""

    start: int
    end: int
    letters: str


def spelled_letters(view: View) -> Iterator[SpelledLetters]:
    """Yield the rows of at least three words that stand for letters."""
    for match in _program.finditer(view.octets):
        start, end = match.span(1)
        yield SpelledLetters(start, end, letters_said(view.lower[start:end]))


def letters_said(lowered: str) -> str:
    """Return the letters a row of words stands for."""
    return "".join(match[1] or match[2][0] for match in _ITEM.finditer(lowered))
