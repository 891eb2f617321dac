"""All patients of a clinic in memory: does a text hold what identifies any of them?

Names count as full names only (two words or more, in either order, with the middle name or its
initial), numbers from seven characters on: MRN, plan, account, SSN and telephone numbers with or
without separators. A single word or a birthday is shared by many and is looked for by other layers,
among what is known of the request's own patients.

Sets of word sequences and of bare numbers hold this in an eighth of the memory of an automaton over
all spellings (ahocorasick_rs: 80 MB for 20,000 patients, and half a second with the interpreter's
lock held for each 100,000 strings), are built bit by bit, and are asked by set operations.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

import re2

from phi.plain_text import BOUNDARY, folded
from phi.types import KnownIdentifier
from phi.vocabulary import is_everyday

SHORTEST_NUMBER: Final = 7
FEWEST_DIGITS: Final = 5
SHORTEST_NAME: Final = 6  # letters in all: "Li Na" and "Al Le" stand in lab values
LONGEST_NAME: Final = 5  # words
_NUMBERED: Final = frozenset(
    {"mrn", "ssn", "phone", "fax", "health_plan", "account", "license", "other"}
)


def _octets() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return options


_WORDS = re.compile(rf"[^\W\d_]+|{BOUNDARY}|\n\n")
_ASCII_WORDS = re.compile(rf"[a-z]+|{BOUNDARY}|\n\n")
# Whatever may hold one of the numbers below, found by RE2 in a tenth of their time.
_RUNS: Final = re2.compile(rb"[a-z]{0,6}[ -]?\(?\d(?:[ .()-]{0,2}\d){4,}[a-z0-9-]*", _octets())
_PLAIN_NUMBERS = re.compile(r"\d{7,}")
_BROKEN_NUMBERS = (
    re.compile(r"\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}(?!\d)"),
    re.compile(r"(?<!\d)\d{3}[ .-]\d{2}[ .-]\d{4}(?!\d)"),
    re.compile(r"(?<!\d)\d{2,4}(?:-\d{2,5}){1,3}(?!\d)"),
)
_MIXED_NUMBERS = re.compile(r"(?<![a-z0-9])(?=[a-z0-9 -]{0,8}\d)[a-z]{1,6}[ -]?\d[a-z0-9-]{4,18}")
_SEPARATORS = re.compile(r"[^a-z0-9]")

Words = tuple[str, ...]


@dataclass(slots=True, repr=False)
class PatientIndex:
    """What identifies the patients of one clinic; grows by `add`, asked from any thread."""

    names: set[Words] = field(default_factory=set)
    begins: dict[str, tuple[int, ...]] = field(default_factory=dict)  # word -> lengths of names
    numbers: dict[str, str] = field(default_factory=dict)  # bare number -> category
    patients: int = 0

    def __repr__(self) -> str:
        return f"<PatientIndex of {self.patients} patients>"

    def add(self, known: Iterable[KnownIdentifier]) -> None:
        """Take in what is known of one patient; people around them are not patients."""
        own = [one for one in known if one.relation == "patient"]
        for words in _names(own):
            self.names.add(words)
            lengths = self.begins.get(words[0], ())
            if len(words) not in lengths:
                self.begins[words[0]] = (*lengths, len(words))
        for one in own:
            for number in _numbers(one):
                self.numbers.setdefault(number, one.category)
        self.patients += 1

    def found_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield category and value of what identifies a patient in a folded text."""
        lowered = text.lower()
        yield from self._numbers_in(lowered)
        words = (_ASCII_WORDS if lowered.isascii() else _WORDS).findall(lowered)
        for start, word in enumerate(words):
            for count in self.begins.get(word, ()):
                name = tuple(words[start : start + count])
                if name in self.names and self._is_meant(text, name):
                    yield "name", " ".join(name)

    def _is_meant(self, text: str, name: Words) -> bool:
        return not all(map(is_everyday, name)) or _is_capitalized(text, name)

    def _numbers_in(self, lowered: str) -> Iterator[tuple[str, str]]:
        runs = _RUNS.findall(lowered.encode("ascii", "replace"))
        if not runs:
            return
        text = f" {BOUNDARY} ".join(run.decode("ascii") for run in runs)
        found = set(_PLAIN_NUMBERS.findall(text))
        for pattern in (*_BROKEN_NUMBERS, _MIXED_NUMBERS):
            found.update(_SEPARATORS.sub("", each) for each in pattern.findall(text))
        for number in found:
            category = self.numbers.get(number)
            if category is not None:
                yield category, number


def _names(known: list[KnownIdentifier]) -> Iterator[Words]:
    """Yield the word sequences that are the full name of a patient."""
    parts = {one.part: _words(one.value) for one in known if one.category == "name" and one.value}
    first, last = parts.get("first", ()), parts.get("last", ())
    middle, preferred = parts.get("middle", ()), parts.get("preferred", ())
    for given in {first, first[:1], preferred} - {()}:
        between = {(), middle, middle[:1], tuple(word[0] for word in middle)}
        for inner in between:
            yield from _long_enough((*given, *inner, *last), given, last)
        yield from _long_enough((*last, *given), given, last)
        if len(last) > 1:
            yield from _long_enough((*given, *last[:1]), given, last[:1])
            yield from _long_enough((*given, *last[-1:]), given, last[-1:])


def _long_enough(words: Words, given: Words, last: Words) -> Iterator[Words]:
    letters = sum(map(len, (*given, *last)))
    if given and last and 2 <= len(words) <= LONGEST_NAME and letters >= SHORTEST_NAME:
        yield tuple(map(intern, words))


def _words(value: str) -> Words:
    return tuple(_WORDS.findall(folded(value).lower()))


def _numbers(one: KnownIdentifier) -> Iterator[str]:
    if one.category not in _NUMBERED:
        return
    number = _SEPARATORS.sub("", folded(one.value).lower())
    if len(number) < SHORTEST_NUMBER or sum(map(str.isdigit, number)) < FEWEST_DIGITS:
        return
    yield number
    if one.category in {"phone", "fax"} and number.isdigit() and len(number) > 10:
        yield number[-10:]


def _is_capitalized(text: str, name: Words) -> bool:
    """Tell whether a name made of everyday words stands somewhere written like a name."""
    between = r"[^\w\x1e]{1,4}"
    for match in re.finditer(between.join(map(re.escape, name)), text, re.IGNORECASE):
        words = re.findall(r"[^\W\d_]+", match[0])
        if all(word[0].isupper() and not (word.isupper() and len(word) > 1) for word in words):
            return True
    return False
