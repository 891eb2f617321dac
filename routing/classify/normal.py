"""A request's words in one plain spelling, so that case, accents and typos say nothing."""

import unicodedata
from array import array
from typing import Final

from rapidfuzz.distance import OSA

REPAIR_FROM_LETTERS = 5  # shorter words have too many neighbors
PLACES_PER_FORM = 8  # so that seven in eight looks end at once
_JOINED: Final = "'`\u2019\u00b4"  # what's -> whats


def _letters() -> dict[int, str]:
    table = {}
    for code in range(0x0250):
        plain = unicodedata.normalize("NFKD", chr(code))[:1].casefold()
        table[code] = plain if plain.isascii() and plain.isalnum() else " "
    spaces = dict.fromkeys(range(0x2000, 0x2070), " ")
    return table | spaces | dict.fromkeys(map(ord, _JOINED), "")


_PLAIN: Final = _letters()


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case without accents and punctuation."""
    return text.translate(_PLAIN).split()


class Speller:
    """Puts a word with one slip (a letter lost, doubled, swapped or wrong) back into the lexicon.

    It finds for each known word its forms with one letter left out; a misspelt word shares one of
    them. The look-up costs one step per letter, whatever the size of the lexicon. Where a form's
    hash leads, or behind it up to the first empty place, stand the numbers of its words: the forms
    themselves are not kept, which takes a fifth of the memory, so that what is found is compared.
    """

    def __init__(self, known: frozenset[str], real_words: frozenset[str]) -> None:
        self._known = known | real_words
        self._words = sorted(w for w in known if len(w) >= REPAIR_FROM_LETTERS and w.isalpha())
        size = PLACES_PER_FORM * sum(len(word) + 1 for word in self._words)
        self._places = array("H", bytes(2 * max(size, 1)))  # 0: nothing; else a word's number
        for number, word in enumerate(self._words, start=1):
            for form in _forms(word):
                self._places[self._empty(form)] = number

    def repair(self, words: list[str]) -> list[str]:
        """Return the words, misspelt ones replaced by the known word that is one slip away."""
        return [
            w if w in self._known or len(w) < REPAIR_FROM_LETTERS else self._near(w) for w in words
        ]

    def _near(self, word: str) -> str:
        places, words, size = self._places, self._words, len(self._places)
        for form in _forms(word):
            place = hash(form) % size
            while number := places[place]:
                known = words[number - 1]
                if known[0] == word[0] and _is_one_slip(word, known) and form in _forms(known):
                    return known
                place = (place + 1) % size
        return word

    def _empty(self, form: str) -> int:
        place = hash(form) % len(self._places)
        while self._places[place]:
            place = (place + 1) % len(self._places)
        return place


def _is_one_slip(word: str, known: str) -> bool:
    return OSA.distance(word, known, score_cutoff=1) <= 1


def _forms(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]
