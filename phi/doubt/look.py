"""Puts the doubts together: what a text holds that may identify somebody."""

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Final

from phi.briefly import KeptBriefly
from phi.doubt.behind_names import behind_names
from phi.doubt.days import of_days
from phi.doubt.days_said import of_days_said
from phi.doubt.numbers import of_numbers
from phi.doubt.places import of_places
from phi.doubt.reading import MARKS, Doubt, Reading
from phi.doubt.words import beside_cues, capitalized, is_name_word, known_words
from phi.types import KnownIdentifier

_KINDS: Final[tuple[Callable[[Reading], Iterator[Doubt]], ...]] = (
    capitalized,
    beside_cues,
    known_words,
    behind_names,
    of_places,
    of_days,
    of_days_said,
    of_numbers,
)


def doubts(
    text: str, *, names: frozenset[str] = frozenset(), allowed: Set[str] = frozenset()
) -> list[Doubt]:
    """Return what may identify somebody in a folded text with marks (phi.doubt.reading).

    `names` are the words of known names, `allowed` words and phrases that are no identifiers here,
    all in lower case. The doubts are in text order and do not overlap.
    """
    reading = Reading(text, names)
    found = (one for kind in _KINDS for one in kind(reading))
    return _apart(text, (one for one in found if _stays(text, one, allowed)))


def _stays(text: str, one: Doubt, allowed: Set[str]) -> bool:
    value = text[one.start : one.end]
    return value.lower() not in allowed and MARKS.isdisjoint(value)


def _apart(text: str, found: Iterable[Doubt]) -> list[Doubt]:
    kept: list[Doubt] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=one.end)
    return kept


def _names_of(known: tuple[KnownIdentifier, ...]) -> frozenset[str]:
    words = {
        word
        for one in known
        if one.category == "name" and one.part != "firm"
        for word in one.value.lower().replace(",", " ").split()
    }
    return frozenset(word for word in words if len(word) > 2 and is_name_word(word))


names_of = KeptBriefly(_names_of)  # the words of known names that are words too, in lower case
