"""Known names with a slip: a wrong letter, a scanner's figures, letters apart, a broken line.

Distances are counted over words no vocabulary has, since "quiet" is one swap from "Quist".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from phi.detect.known_names import NamePart
from phi.detect.known_places import Place
from phi.detect.letters import spelled_letters
from phi.detect.slips import as_scanned, is_vocabulary
from phi.detect.view import View

_SHORTEST_MISSPELT = 5
_TWO_SLIPS_FROM = 9
_SHORTEST_SCANNED = 4
_WORD = re.compile(r"[a-z0-9|\x80-\U0010ffff]{2,40}(?:'[a-rt-z0-9]{2,40})?")
_APART = re.compile(r"\b[A-Za-z](?:[ .,'\-_*]{1,3}[A-Za-z]\b){3,60}|\b[A-Za-z](?:-[A-Za-z]\b){1,2}")
_BROKEN = re.compile(r"\b([A-Za-z]{2,20})-[ \t]{0,8}\r?\n[ \t]{0,8}([a-z]{2,20})\b")


class Misspelt:
    """Finds misspelt parts of known names."""

    def __init__(self, parts: Iterable[NamePart], towns: Iterable[Place] = ()) -> None:
        parts = [part for part in parts if " " not in part.text]
        plain = [part for part in parts if not part.is_word]
        self._exact: dict[str, NamePart | Place] = {
            **{town.text: town for town in towns if town.text.isalpha() and len(town.text) > 5},
            **{part.text: part for part in plain},
        }
        self._near = [text for text in self._exact if len(text) >= _SHORTEST_MISSPELT]
        self._scanned = {
            as_scanned(part.text): part for part in plain if len(part.text) >= _SHORTEST_SCANNED
        }
        self._apart = [part for part in plain if len(part.text) >= _SHORTEST_SCANNED]
        # Nobody spells a word out that is none of the name: W-E-S-T, v-u.
        self._spelled = {part.text: replace(part, is_word=False) for part in parts}
        self._first_letters = frozenset(text[0] for text in self._near)

    def parts(
        self, view: View, found: list[tuple[int, int, NamePart]]
    ) -> Iterator[tuple[int, int, NamePart | Place]]:
        """Yield the parts with a slip, with their place; those already found are no slips."""
        if not self._spelled:
            return
        yield from self._slips(view, {(start, end) for start, end, _ in found})
        yield from self._letters_apart(view)
        yield from self._letters_said(view)
        if "-" in view.text:
            yield from self._broken(view)

    def _slips(
        self, view: View, found: set[tuple[int, int]]
    ) -> Iterator[tuple[int, int, NamePart | Place]]:
        meant: dict[str, NamePart | Place] = {}
        words = list(set(_WORD.findall(view.lower)))
        # Read all at once: word by word takes several times as long.
        for word, scanned in zip(words, as_scanned("\n".join(words)).split("\n"), strict=False):
            part = self._meant(word, scanned)
            if part is not None:
                meant[word] = part
        if not meant:
            return
        for match in _WORD.finditer(view.lower):
            part = meant.get(match[0])
            if part is not None and match.span() not in found:
                yield (*match.span(), part)

    def _meant(self, word: str, scanned: str) -> NamePart | Place | None:
        """Return the name a word is a slip of; `scanned` is how a scanner may have meant it."""
        if word in self._exact or len(word) < _SHORTEST_SCANNED:
            return None
        part: NamePart | Place | None = self._scanned.get(scanned)
        if part is not None and not word.isdigit():
            return part
        if word[0] not in self._first_letters or len(word) < _SHORTEST_MISSPELT - 1:
            return None
        near = process.extractOne(word, self._near, scorer=OSA.distance, score_cutoff=2)
        if near is None or near[0][0] != word[0]:
            return None
        if near[1] > (2 if min(len(word), len(near[0])) >= _TWO_SLIPS_FROM else 1):
            return None
        return None if is_vocabulary(word) else self._exact[near[0]]

    def _letters_apart(self, view: View) -> Iterator[tuple[int, int, NamePart | Place]]:
        for match in _APART.finditer(view.text):
            letters = "".join(filter(str.isalpha, match[0])).lower()
            if letters in self._spelled:
                yield (*match.span(), self._spelled[letters])
                continue
            for part in self._apart:
                if part.text in letters:
                    yield (*match.span(), part)
                    break

    def _letters_said(self, view: View) -> Iterator[tuple[int, int, NamePart | Place]]:
        for said in spelled_letters(view):
            for part in (self._spelled.get(said.letters), *self._apart):
                if part is not None and part.text in said.letters:
                    yield (said.start, said.end, part)
                    break

    def _broken(self, view: View) -> Iterator[tuple[int, int, NamePart | Place]]:
        for match in _BROKEN.finditer(view.text):
            part = self._exact.get((match[1] + match[2]).lower())
            if part is not None:
                yield (*match.span(), part)
