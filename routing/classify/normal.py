"""A request's words in one plain spelling, so that case, accents and typos say nothing."""

import unicodedata
from typing import Final

from rapidfuzz.distance import OSA

REPAIR_FROM_LETTERS = 5  # shorter words have too many neighbors
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

    It keeps for each known word its forms with one letter left out; a misspelt word shares one of
    them. The look-up costs one step per letter, whatever the size of the lexicon.
    """

    def __init__(self, known: frozenset[str], real_words: frozenset[str]) -> None:
        self._known = known | real_words
        self._by_form: dict[str, str] = {}  # nearly all lead to one word; a list each is 2 MB
        for word in sorted(known):
            if len(word) >= REPAIR_FROM_LETTERS and word.isalpha():
                for form in _forms(word):
                    others = self._by_form.get(form)
                    self._by_form[form] = f"{others} {word}" if others else word

    def repair(self, words: list[str]) -> list[str]:
        """Return the words, misspelt ones replaced by the known word that is one slip away."""
        return [
            w if w in self._known or len(w) < REPAIR_FROM_LETTERS else self._near(w) for w in words
        ]

    def _near(self, word: str) -> str:
        for form in _forms(word):
            for known in self._by_form.get(form, "").split():
                if known[0] == word[0] and OSA.distance(word, known, score_cutoff=1) <= 1:
                    return known
        return word


def _forms(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]
