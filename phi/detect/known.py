"""Known identifiers in all their spellings: the first layer, which nothing vetoes.

Names are found part by part and joined (known_names.py), misspelt ones by their distance
(misspelt.py), numbers whatever stands between their figures (known_numbers.py), the address with
and without its unit (known_places.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import ahocorasick_rs

from phi.briefly import KeptBriefly
from phi.detect import date
from phi.detect.canonical import canonical, plain, usual
from phi.detect.known_names import NameJoiner, NamePart, parts_of, people, stands_alone
from phi.detect.known_numbers import NumberMatcher, numbers_of
from phi.detect.known_places import Place, misspelt_end, places_of, reads_as_place, street_end
from phi.detect.misspelt import Misspelt
from phi.detect.recognizer import Hit
from phi.detect.view import View, view_of
from phi.name_words import NAME_WORDS
from phi.types import KnownIdentifier

KINDS = {
    "name": "NAME",
    "address": "ADDR",
    "date": "DATE",
    "phone": "PHONE",
    "fax": "FAX",
    "email": "EMAIL",
    "ssn": "SSN",
    "mrn": "MRN",
    "health_plan": "PLAN",
    "account": "ACCT",
    "license": "LIC",
    "vehicle": "VEH",
    "device": "DEVICE",
    "url": "URL",
    "ip": "IP",
    "biometric": "BIO",
    "photo": "PHOTO",
    "other": "ID",
}
_BIRTHDAY_BEFORE = re.compile(
    r"\b(?:birth ?days?|b-?day|bday|born|turns \d+|turned \d+|birth ?date|dob|date of birth)\b"
    r"[^.\n]{0,24}\Z"
)
_LEGAL_FORMS = frozenset({"inc", "llc", "ltd", "co", "corp", "gmbh", "company", "plc", "lp", "the"})


@dataclass(frozen=True, slots=True)
class _Value:
    """A literal of its own: an e-mail address, an employer, an id."""

    text: str
    category: str
    kind: str
    canonical: str
    usual: str
    is_birthday: bool = False  # without its year: counts beside such a word

    def hit(self, start: int, end: int) -> Hit:
        return Hit(start, end, self.category, self.kind, "known", 1.0, self.canonical, self.usual)


_Literal = NamePart | Place | _Value


class KnownMatcher:
    """Finds the known identifiers of one request in any text; cached by `matcher`."""

    def __init__(self, known: tuple[KnownIdentifier, ...]) -> None:
        known_people = people(known)
        parts = [part for person in known_people for part in parts_of(person)]
        self._literals = _distinct(
            [*parts, *(literal for one in known for literal in _literals(one))]
        )
        self._joiner = NameJoiner(known_people)
        self._misspelt = Misspelt(parts)
        self._numbers = NumberMatcher(
            tuple(
                number for one in known for number in numbers_of(one, KINDS.get(one.category, "ID"))
            )
        )
        self._automaton = (
            ahocorasick_rs.AhoCorasick(
                [literal.text for literal in self._literals],
                implementation=ahocorasick_rs.Implementation.NoncontiguousNFA,
            )
            if self._literals
            else None
        )

    def hits(self, view: View) -> list[Hit]:
        """Return where known identifiers stand in the view."""
        found = self._literal_hits(self._automaton, view) if self._automaton else []
        found.extend(self._numbers.hits(view))
        return found

    def _literal_hits(self, automaton: ahocorasick_rs.AhoCorasick, view: View) -> list[Hit]:
        found: list[Hit] = []
        parts: list[tuple[int, int, NamePart]] = []
        for index, start, end in automaton.find_matches_as_indexes(
            _in_one_line(view.lower), overlapping=True
        ):
            literal = self._literals[index]
            if isinstance(literal, NamePart):
                if stands_alone(view.text, start, end):
                    parts.append((start, end, literal))
            elif isinstance(literal, Place):
                found.extend(_place_hits(view, start, end, literal))
            elif _is_whole(view.text, start, end) and _is_meant(view, start, literal):
                found.append(literal.hit(start, end))
        parts.extend(self._misspelt.parts(view, parts))
        found.extend(self._joiner.names(view, parts))
        found.extend(self._joiner.abbreviated(view))
        return found


def _in_one_line(lowered: str) -> str:
    """Return a text of the same length in which no line break parts the words of a value."""
    return lowered.translate(_BREAKS) if "\n" in lowered or "\t" in lowered else lowered


_BREAKS = str.maketrans("\n\t", "  ")


def _place_hits(view: View, start: int, end: int, place: Place) -> Iterator[Hit]:
    if not _is_whole(view.text, start, end):
        return
    if place.rule == "name" and not reads_as_place(view.text, view.lower, start, end):
        return
    if place.rule == "number":
        stop = misspelt_end(place, view.lower, end)
        if stop > end:
            yield place.hit(start, stop)
    elif place.rule == "literal":
        yield place.hit(start, end)
    else:
        yield place.hit(start, street_end(view.lower, end))


def _is_meant(view: View, start: int, value: _Value) -> bool:
    if not value.is_birthday:
        return True
    return bool(_BIRTHDAY_BEFORE.search(view.lower[max(0, start - 48) : start]))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether neither letters nor figures run on at either side."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )


def _distinct(literals: list[_Literal]) -> tuple[_Literal, ...]:
    """Return the literals without repetitions: the first person to claim a text has it."""
    first: dict[str, _Literal] = {}
    for literal in literals:
        if len(literal.text) > 1:
            first.setdefault(literal.text, literal)
    return tuple(first.values())


def _literals(one: KnownIdentifier) -> Iterator[_Literal]:
    if one.category == "address":
        yield from places_of(one)
    elif one.category != "name" or one.part == "firm":
        kind = KINDS.get(one.category, "ID")
        folded = view_of(one.value).text.lower()
        value = canonical(kind, view_of(one.value).text)
        common = usual(kind, value)
        for text in _texts(one, kind, folded, value):
            if len(text) > 2:
                yield _Value(text, one.category, kind, value, common)
        if kind == "DATE":
            for text in _days_of_year(value):
                yield _Value(text, one.category, kind, value, common, is_birthday=True)


def _texts(one: KnownIdentifier, kind: str, folded: str, value: str) -> Iterator[str]:
    if folded.isdigit() and len(folded) < 5:
        return  # found as a number, with context
    yield folded
    if kind == "DATE":
        yield from _written_dates(value)
    elif kind == "EMAIL":
        local = folded.split("@")[0]
        if len(local) >= 5 and local not in NAME_WORDS and not local.isdigit():
            yield local
    elif one.part == "firm":
        yield from _firm_texts(folded)
    elif any(map(str.isalpha, folded)) and any(map(str.isdigit, folded)):
        yield plain(folded).lower()
        yield re.sub(r"[-/. ]+", " ", folded)
        yield re.sub(r"[-/. ]+", "-", folded)


def _firm_texts(folded: str) -> Iterator[str]:
    """Yield a firm with "and" for "&" and without its legal form."""
    words = [word.strip(",.") for word in folded.split()]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    short = " ".join(words)
    if len(words) > 1 or short not in NAME_WORDS:
        yield short
        yield short.replace("&", "and")
        yield short.replace(" and ", " & ")
    if len(words) > 2:
        yield " ".join(words[:-1]).replace("&", "and")
        yield " ".join(words[:-1])


def _written_dates(value: str) -> Iterator[str]:
    """Yield a day in figures, in American and European order."""
    if len(value) != 10 or not date.canonical(value):
        return
    year, month, day = value[:4], value[5:7], value[8:]
    for first, second in ((month, day), (day, month)):
        for mark in "-./ ":
            yield mark.join((first, second, year))
            yield mark.join((first.lstrip("0"), second.lstrip("0"), year))
        for mark in "-./":
            yield mark.join((first, second, year[2:]))
            yield mark.join((first.lstrip("0"), second.lstrip("0"), year[2:]))
    yield f"{year[2:]}-{month}-{day}"


def _days_of_year(value: str) -> Iterator[str]:
    if len(value) == 10 and not value.startswith("--"):
        month, day = value[5:7], value[8:]
        for mark in "/-":
            yield f"{month}{mark}{day}"
            yield f"{month.lstrip('0')}{mark}{day.lstrip('0')}"


_matchers: KeptBriefly[tuple[KnownIdentifier, ...], KnownMatcher] = KeptBriefly(KnownMatcher)


def matcher(known: tuple[KnownIdentifier, ...]) -> KnownMatcher:
    """Return the matcher of these identifiers; a conversation needs the same one in every turn."""
    return _matchers(known)
