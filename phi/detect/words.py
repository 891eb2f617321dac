"""The words of a text, what the lexicon says about each, and which of them may be names.

What is said about a spelling is kept: a clinic writes the same few thousand words all day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from phi.detect.lexicon import NOTHING, Word, shared, unpacked

TOKEN: Final = re.compile(r"\n|'[sS]\b|[^\W_]+(?:'(?![sS]\b)[^\W\d_]+)?|[^\s]")
_SCANNED: Final = re.compile(r"[0158](?:[a-z]{3,}|[A-Z]{3,})|[A-Za-z][a-z]+[0158][a-z]+")
_READ: Final = str.maketrans("0158", "olsb")
_LETTERS: Final = tuple(bytes([code]) for code in b"abcdefghijklmnopqrstuvwxyz")
_VOCABULARY: Final = frozenset("cdroea")
_SHORTEST_TYPO = 5
_LONGEST_TYPO = 14
_MOST_FORMS: Final = 12_000  # kept spellings; some four megabytes at most
_LONGEST = 40  # characters of a token kept; longer ones are no names


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling of a word."""

    lower: str
    shape: str  # T title, X capitals, l lower, c camelCase, m mixed, i initial; d n p: see _shape
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
    if _SCANNED.fullmatch(text):
        return _form_of_scanned(text)
    shape = _shape(text)
    if shape in "dnp":
        return Form(lower, shape, NOTHING, "#", False)
    word = shared().word(lower)
    kind = "i" if shape == "i" else _kind(word)
    if kind == "u" and _SHORTEST_TYPO <= len(lower) <= _LONGEST_TYPO:
        kind = _kind_of_typo(lower)
    return Form(lower, shape, word, kind, _may_be_name(lower, shape, kind, word))


def _form_of_scanned(text: str) -> Form:
    """Return the form of a word in which a scanner read letters as figures: 8ritney, ca1l."""
    letters = text.translate(_READ)
    if text[0].isdigit() and text[1:].islower():
        letters = letters.capitalize()
    form = _form(letters)
    return form if form.kind not in "uyz" else Form(form.lower, form.shape, NOTHING, "u", True)


def _kind_of_typo(lower: str) -> str:
    """Return y for a word one edit away from vocabulary, z from a name only, u otherwise."""
    if not lower.isascii():
        return "u"
    lexicon = shared()
    near = {bits for edited in _edits(lower.encode()) if (bits := lexicon.bits(edited))}
    kinds = {_kind(unpacked(bits)) for bits in near}
    if kinds & _VOCABULARY:
        return "y"
    return "z" if kinds & {"b", "g", "s"} else "u"


def _edits(word: bytes) -> Iterator[bytes]:
    """Yield the words one slip of the hand away: left out, doubled, swapped, hit beside."""
    for index in range(len(word)):
        head, here, tail = word[:index], word[index:], word[index + 1 :]
        yield head + tail
        if tail:
            yield head + tail[:1] + word[index : index + 1] + tail[1:]
        for letter in _LETTERS:
            yield head + letter + tail
            yield head + letter + here


def _shape(text: str) -> str:
    """Return also d for what holds a figure, n for the end of a line, p for other signs."""
    if text == "\n":
        return "n"
    if not text[:1].isalnum():
        return "p"
    if not text.replace("'", "").isalpha():
        return "d"
    if text.islower():
        return "l"
    if len(text) == 1:
        return "i"
    if text.isupper():
        return "X"
    if text[0].islower():
        return "c"
    return _shape_of_capitalized(text)


def _shape_of_capitalized(text: str) -> str:
    """Return T for what reads like a name (Smith, O'Neil, McDonald), c for DocumentReference."""
    inner = [index for index in range(1, len(text)) if text[index].isupper()]
    if not inner:
        return "T"
    if len(inner) > 1 or not text[-1].islower():
        return "m"
    parts = [shared().word(part.lower()) for part in (text[: inner[0]], text[inner[0] :])]
    names = any(part.given > 1 or part.surname > 1 for part in parts)
    words = all(part.english > 1 or part.clinical for part in parts)
    return "c" if words and not names else "T"


def _kind(word: Word) -> str:
    """Return c clinical, d drug or brand, o organization, r proper, E eponym, x eponym
    and a usual name, e English, a English
    and a name, b given name and surname, g given name, s surname, p place, w rare English,
    u unknown, # no word; of unknown words, y is near vocabulary and z near a name.
    """
    is_name = word.given or word.surname
    if word.clinical > 1:
        return "d"
    if word.is_proper:
        return "r"
    if word.is_eponym:
        return "x" if word.given > 1 or word.surname > 1 else "E"
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
    if len(lower) < 2 or shape == "c":
        return False
    if kind in "bgspuwyz":
        return True
    if shape == "l":
        return False
    if kind in "aEx" or word.place > 1:
        return True
    return word.english < 4 and bool(word.given or word.surname)  # 4: The, This, Chest


def is_unknown(lower: str) -> bool:
    """Tell whether a folded lower-case word is in no list: English, clinical, names."""
    return FORMS[lower].kind in "uyz"
