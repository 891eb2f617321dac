"""A capitalized word right behind a found name, in the middle of a sentence: Maria Story came."""

import re
from collections.abc import Iterator
from typing import Final

from phi.doubt.reading import PERSON, Doubt, Reading, gate_of
from phi.doubt.words import REASON
from phi.vocabulary import MEDICAL, NO_PERSON, bits_of

_BEHIND: Final = re.compile(rf"(?<={PERSON}) ([A-Z][a-z]{{2,20}})(?= [a-z(]|[,.;']|\Z)")
_BEGINS: Final = gate_of(rf"{PERSON} [A-Z][a-z]")
_NO_NAME: Final = frozenset(
    """
    please thanks thank hello dear patient nurse doctor clinic hospital room bed unit team office
    family daughter son wife husband mother father sister brother monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december and the was has will would said says called denies reports here there today
    yesterday tomorrow street avenue road drive lane court trooper officer sergeant captain
    """.split()  # noqa: SIM905 - words read better as text
)


def behind_names(reading: Reading) -> Iterator[Doubt]:
    """Yield surnames that are words, behind the given name that was found."""
    for match in reading.found(_BEHIND, _BEGINS, 0, 24):
        word = match[1].lower()
        if word not in _NO_NAME and not bits_of(word) & (MEDICAL | NO_PERSON):
            yield Doubt(*match.span(1), "name", "NAME", REASON)
