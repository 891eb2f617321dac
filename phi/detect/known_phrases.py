"""Known values of several words, one or more of them with a slip: "Milfrod Haven", "de 1a Cruz".

The longest words are looked for as they are; from there the words beside are compared, each with
its own slip.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import ahocorasick_rs
from rapidfuzz.distance import OSA

from phi.detect.recognizer import Hit
from phi.detect.slips import as_scanned, is_vocabulary
from phi.detect.view import View

_WORD: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = re.compile(r"(?:[.,]?\s{1,2}|\s?[-+/_&]\s?|[.,]|'s?[ -]?)\Z")
_LITTLE: Final = frozenset({"and", "of", "the", "s", "n"})
_ANCHORS: Final = 3
_SHORTEST_ANCHOR: Final = 2
_TWO_SLIPS_FROM: Final = 9
_SHORTEST_WITH_SLIP: Final = 4
_LONGEST_GAP: Final = 4
_FURTHEST: Final = 90


@dataclass(frozen=True, slots=True)
class Phrase:
    """A known value of at least two words."""

    words: tuple[str, ...]
    category: str
    kind: str
    canonical: str
    usual: str

    def hit(self, start: int, end: int) -> Hit:
        return Hit(start, end, self.category, self.kind, "known", 1.0, self.canonical, self.usual)


def words_of(folded: str) -> tuple[str, ...]:
    """Return the words of a value without the little ones between them."""
    return tuple(word for word in _WORD.findall(folded) if word not in _LITTLE)


class Phrases:
    """Finds known values of several words with slips."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._anchors: dict[str, list[Anchor]] = {}
        for phrase in dict.fromkeys(phrases):
            for anchor in _anchors_of(phrase):
                self._anchors.setdefault(anchor.text, []).append(anchor)
        self._texts = tuple(self._anchors)
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                list(self._texts), implementation=ahocorasick_rs.Implementation.NoncontiguousNFA
            )
            if self._texts
            else None
        )

    def hits(self, view: View) -> Iterator[Hit]:
        """Yield where such values stand in the view, those without a slip too."""
        if self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(
            view.lower, overlapping=True
        ):
            if not (view.text[start - 1 : start].isalnum() or view.text[end : end + 1].isalnum()):
                for anchor in self._anchors[self._texts[index]]:
                    yield from anchor.hits(view.text, start, end)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One word of a phrase that stands in a text without a slip."""

    text: str
    index: int
    phrase: Phrase

    def hits(self, text: str, start: int, end: int) -> Iterator[Hit]:
        """Yield the phrase around this word, when all its other words stand there."""
        words = self.phrase.words
        begin = _aligned(_before(text, start), reversed(words[: self.index]))
        if begin is None:
            return
        stop = _aligned(_after(text, end), words[self.index + 1 :])
        if stop is not None:
            yield self.phrase.hit(begin[0] if begin else start, stop[1] if stop else end)


def _anchors_of(phrase: Phrase) -> Iterator[Anchor]:
    """Yield the words a phrase is found by: its longest."""
    by_length = sorted(range(len(phrase.words)), key=lambda at: -len(phrase.words[at]))
    for at in by_length[:_ANCHORS]:
        if len(phrase.words[at]) >= _SHORTEST_ANCHOR:
            yield Anchor(phrase.words[at], at, phrase)


_Span = tuple[int, ...]  # start and end; nothing where no word was wanted


def _aligned(written: Iterator[tuple[_Span, str]], meant: Iterable[str]) -> _Span | None:
    """Return the place of the last word wanted; None when one of them is another word."""
    place: _Span = ()
    for word in meant:
        found = next(written, None)
        if found is None or not _is_meant(found[1], word):
            return None
        place = found[0]
    return place


def _is_meant(written: str, word: str) -> bool:
    lowered = written.lower()
    if lowered == word or as_scanned(lowered) == as_scanned(word):
        return True
    if written.isdigit() or word.isdigit():
        return False
    if len(word) < _SHORTEST_WITH_SLIP:
        return len(written) == len(word) > 1 and OSA.distance(lowered, word) == 1
    if written.islower() and is_vocabulary(lowered):
        return False
    slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    return OSA.distance(lowered, word, score_cutoff=slips) <= slips


def _after(text: str, end: int) -> Iterator[tuple[_Span, str]]:
    for match in _WORD.finditer(text, end):
        if not _are_near(text[end : match.start()]):
            return
        end = match.end()
        if match[0].lower() not in _LITTLE:
            yield match.span(), match[0]


def _before(text: str, start: int) -> Iterator[tuple[_Span, str]]:
    begin = max(0, start - _FURTHEST)
    for match in reversed(list(_WORD.finditer(text, begin, start))):
        if not _are_near(text[match.end() : start]):
            return
        start = match.start()
        if match[0].lower() not in _LITTLE:
            yield match.span(), match[0]


def _are_near(between: str) -> bool:
    return len(between) <= _LONGEST_GAP and bool(_BETWEEN.match(between))
