"""Words that a clinic says are no identifiers, in the texts where they stand."""

from collections.abc import Iterator
from functools import lru_cache

import ahocorasick_rs

from phi.detect.recognizer import Hit
from phi.detect.view import View, view_of


def without_allowed(view: View, hits: list[Hit], phrases: frozenset[str]) -> list[Hit]:
    """Return the hits that do not lie inside of an allowed phrase; known identifiers stay."""
    if not hits:
        return hits
    spans = list(_spans(view, phrases))
    return [hit for hit in hits if hit.recognizer == "known" or not _is_inside(hit, spans)]


def _spans(view: View, phrases: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands by itself, not as a part of a longer word."""
    text = view.lower
    for _, start, end in _finder(phrases).find_matches_as_indexes(text, overlapping=True):
        before, after = text[start - 1 : start], text[end : end + 1]
        if not before.isalnum() and not after.isalnum():
            yield start, end


def _is_inside(hit: Hit, spans: list[tuple[int, int]]) -> bool:
    return any(start <= hit.start and hit.end <= end for start, end in spans)


@lru_cache(maxsize=64)
def _finder(phrases: frozenset[str]) -> ahocorasick_rs.AhoCorasick:
    folded = sorted({view_of(phrase).lower.strip() for phrase in phrases} - {""})
    return ahocorasick_rs.AhoCorasick(
        folded, implementation=ahocorasick_rs.Implementation.NoncontiguousNFA
    )
