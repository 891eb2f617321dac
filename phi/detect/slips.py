"""What a scanner makes of a word, and which words are no slips of a name."""

from typing import Final

from phi.detect.name import NOT_NAMES
from phi.detect.words import FORMS

_SCANNED: Final = str.maketrans("01354|8i9672", "olesalblgbtz")
_PAIRS: Final = (
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
    ("ll", "u"),
    ("rl", "n"),
)  # of "ii" and "ri"


def as_scanned(word: str) -> str:
    """Return a word with what a scanner confuses made equal."""
    read = word.translate(_SCANNED)
    for pair, letter in _PAIRS:
        read = read.replace(pair, letter)
    return read


def is_vocabulary(word: str) -> bool:
    known = FORMS[word].word
    return bool(known.english or known.clinical or known.is_organization) or word in NOT_NAMES
