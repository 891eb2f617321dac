"""The words of a text, what the lexicon says about each, and which of them may be names.

What is said about a spelling is kept: a clinic writes the same few thousand words all day.
"""

import re
from dataclasses import dataclass
from typing import Final

from phi.detect.lexicon import NOTHING, Word, shared

TOKEN: Final = re.compile(r"\n|'s\b|[^\W_]+(?:'(?!s\b)[^\W\d_]+)?|[^\s]")
_VOWELS: Final = frozenset("aeiouy")
_MOST_FORMS: Final = 50_000  # kept spellings; a few megabytes at most
_LONGEST = 40  # characters of a token kept; longer ones are no names


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling of a word."""

    lower: str
    shape: str  # T title, X capitals, l lower, m mixed, i initial, d figures, n line end, p other
    word: Word
    kind: str  # one letter: what the word is in the lexicon, see _kind
    may_be_name: bool  # neither plain vocabulary nor punctuation


class Forms(dict[str, Form]):
    """The spellings met so far."""

    def __missing__(self, text: str) -> Form:
        if len(self) >= _MOST_FORMS:
            self.clear()
        form = _form(text)
        if len(text) <= _LONGEST:
            self[text] = form
        return form


FORMS: Final = Forms()


def _form(text: str) -> Form:
    lower = text.lower()
    shape = _shape(text)
    if shape in "dnp":
        return Form(lower, shape, NOTHING, shape, False)
    word = shared().word(lower)
    kind = "i" if shape == "i" else _kind(word)
    return Form(lower, shape, word, kind, _may_be_name(lower, shape, kind, word))


def _shape(text: str) -> str:
    if text == "\n":
        return "n"
    if not text[0].isalnum():
        return "p"
    if not text.replace("'", "").isalpha():
        return "d" if text.isdigit() else "m" if text[0].isalpha() else "d"
    if text.islower():
        return "l"
    if len(text) == 1:
        return "i"
    if text.isupper():
        return "X"
    return "T" if text[0].isupper() and _is_title(text[1:]) else "m"


def _is_title(rest: str) -> bool:
    """Tell whether the rest of a capitalized word reads like a name: Smith, O'Neil, McDonald."""
    return sum(map(str.isupper, rest)) <= 1 and rest[-1:].islower()


def _kind(word: Word) -> str:
    """Return c clinical, d drug or brand, o organization, r proper, E eponym, e English, a English
    and a name, b given name and surname, g given name, s surname, p place, w rare English,
    u unknown.
    """
    is_name = word.given or word.surname
    if word.clinical > 1:
        return "d"
    if word.is_proper:
        return "r"
    if word.is_eponym:
        return "E"
    if word.clinical:
        return "c"
    if word.is_organization:
        return "o"
    if word.english > 1:
        return "a" if word.given > 1 or word.surname > 1 else "e"
    if is_name:
        return "b" if word.given and word.surname else "g" if word.given else "s"
    if word.place:
        return "p"
    return "w" if word.english else "u"


def _may_be_name(lower: str, shape: str, kind: str, word: Word) -> bool:
    if len(lower) < 2:
        return False
    if kind in "bgspuw":
        return True
    if shape == "l":
        return False
    return kind in "aE" or bool(word.given or word.surname or word.place > 1)


def is_unknown(lower: str) -> bool:
    """Tell whether a folded lower-case word is in no list: English, clinical, names."""
    return FORMS[lower].kind == "u"
