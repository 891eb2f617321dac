"""Requests about nobody: guidelines, questions, code. What is weak evidence elsewhere is none here.

A month alone says when somebody was seen, if there is somebody; a word the model half takes for a
name is one more often beside other identifiers than where no person, number or day is met at all.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from phi.detect.recognizer import Hit

_MODEL: Final = frozenset({"name-by-model", "place-by-model", "organization-by-model"})
_WITHOUT_YEAR: Final = frozenset(
    {"date-month-alone", "date-month-day", "date-month-glued", "date-dashed", "doubt:date"}
)
_WEAK: Final = _MODEL | _WITHOUT_YEAR | {"name-goes-on"}
_NO_EVIDENCE: Final = _WEAK | {"url", "url-bare"}
_SURE = (
    0.8  # of the model: one in thirty names is below where nobody else is met, one in three errors
)
_SOMEBODY: Final = re.compile(
    r"\b(?:[Ss]?[Hh]e|S?HE|[Hh]is|[Hh]ers?|[Hh]im|HIS|HERS?|HIM|M(?:rs?|s|RS?|S)\.|[Pp]ts?|PTS?(?=:)|"
    r"[Dd]ob|DOB|[Yy]/?[Oo]|Y/?O|year-old|[Mm]om|[Dd]ad|[Ww]ife|[Hh]usband|[Mm]y|me|"
    r"[Ii](?='m\b|'ve\b| (?:am|was|have|had|need|want|feel|felt|got|think|take|took|saw|went|live|"
    r"called|will|can|could|do|don't)\b))(?!\w)"
)
_FEWEST_CHARACTERS = 200  # a shorter text may leave the person out: "3/14: did well"


def speaks_of_somebody(texts: Sequence[str], hits: Iterable[Hit]) -> bool:
    """Tell whether a request may speak of a person or identifies one in any way."""
    if sum(map(len, texts)) < _FEWEST_CHARACTERS:
        return True
    if any(hit.recognizer not in _NO_EVIDENCE for hit in hits):
        return True
    return any(_SOMEBODY.search(text) for text in texts)


def without_weak(hits: list[Hit]) -> list[Hit]:
    """Return the hits that count where nobody is spoken of."""
    return [
        hit
        for hit in hits
        if hit.recognizer not in _WEAK or (hit.recognizer in _MODEL and hit.score >= _SURE)
    ]
