"""Known identifiers in all their spellings: the first layer, which nothing vetoes.

Names are found part by part and joined (known_names.py), misspelt ones by their distance
(misspelt.py), numbers whatever stands between their figures (known_numbers.py), the address with
and without its unit (known_places.py).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick_rs

from phi.briefly import KeptBriefly
from phi.detect import date
from phi.detect.canonical import canonical, plain, usual
from phi.detect.known_firms import firm_names, firm_phrase, firm_texts, is_at_work
from phi.detect.known_names import (
    NameJoiner,
    NamePart,
    parts_of,
    people,
    phrases_of_names,
    stands_alone,
)
from phi.detect.known_numbers import NumberMatcher, numbers_of
from phi.detect.known_phrases import Phrase, Phrases
from phi.detect.known_places import (
    Place,
    misspelt_end,
    phrases_of,
    places_of,
    reads_as_place,
    street_end,
    unit_start,
    with_number,
)
from phi.detect.known_written import written_of
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
    r"(?:\b(?:birth ?days?|b-?day|bday|born|turns \d+|turned \d+|birth ?date|dob|date of birth)\b"
    r"[^.\n]{0,24}|\bb\.? {0,2})\Z"
)
_BIRTHDAY_AFTER = re.compile(r" {0,2}(?:is |was )?(?:[a-z]{2,4} )?(?:b-?day|birth ?day|dob)\b")


@dataclass(frozen=True, slots=True)
class _Value:
    """A literal of its own: an e-mail address, an employer, an id."""

    text: str
    category: str
    kind: str
    canonical: str
    usual: str
    rule: str = ""  # birthday: without its year, beside such a word | firm: where people work

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
        self._phrases = Phrases(
            [
                *phrases_of_names(known_people),
                *(phrase for one in known for phrase in _phrases(one)),
            ]
        )
        self._written = tuple(dict.fromkeys(form for one in known for form in written_of(one)))
        self._joiner = NameJoiner(known_people)
        self._misspelt = Misspelt(parts, _towns(known))
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
        found.extend(self._phrases.hits(view))
        for written in self._written:
            found.extend(written.hits(view))
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
            elif _is_whole(view.text, start, end) and _is_meant(view, start, end, literal):
                found.append(literal.hit(start, end))
        for start, end, meant in list(self._misspelt.parts(view, parts)):
            if isinstance(meant, NamePart):
                parts.append((start, end, meant))
            else:
                found.append(meant.hit(start, end))
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
    if place.rule == "literal":
        yield place.hit(start, end)
    elif place.rule == "unit":
        begin = unit_start(view.lower, start)
        if begin >= 0:
            yield place.hit(begin, end)
    elif place.rule == "number":
        stop = misspelt_end(place, view.lower, end)
        if stop > end:
            yield place.hit(start, stop)
    else:
        yield from _street_hits(view, start, end, place)


def _street_hits(view: View, start: int, end: int, place: Place) -> Iterator[Hit]:
    stop = street_end(view.lower, end)
    span = with_number(place, view.lower, start, stop) if place.number else (start, stop)
    has_number = span != (start, stop)
    if has_number or place.rule != "name" or reads_as_place(view.text, view.lower, start, end):
        yield place.hit(*span)


def _is_meant(view: View, start: int, end: int, value: _Value) -> bool:
    if value.rule == "firm":
        return is_at_work(view.text, start, end)
    if value.rule == "birthday":
        before, after = view.lower[max(0, start - 48) : start], view.lower[end : end + 24]
        return bool(_BIRTHDAY_BEFORE.search(before) or _BIRTHDAY_AFTER.match(after))
    return True


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
                yield _Value(text, one.category, kind, value, common, "birthday")
        if one.part == "firm":
            for text in firm_names(folded):
                yield _Value(text, one.category, kind, value, common, "firm")


def _towns(known: Iterable[KnownIdentifier]) -> Iterator[Place]:
    for one in known:
        if one.category == "address" and one.part == "city":
            yield from (place for place in places_of(one) if place.rule == "literal")


def _phrases(one: KnownIdentifier) -> Iterator[Phrase]:
    if one.category == "address":
        yield from phrases_of(one)
    elif one.part == "firm" and one.category == "name":
        folded = view_of(one.value).text.lower()
        yield from firm_phrase(folded, canonical("NAME", folded), one.value)


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
        yield from firm_texts(folded)
    elif any(map(str.isalpha, folded)) and any(map(str.isdigit, folded)):
        yield plain(folded).lower()
        yield re.sub(r"[-/. ]+", " ", folded)
        yield re.sub(r"[-/. ]+", "-", folded)


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
        name = _MONTHS[int(month) - 1]
        yield from (f"{name}{day}", f"{name}{day.lstrip('0')}", f"{day.lstrip('0')}{name}")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_matchers: KeptBriefly[tuple[KnownIdentifier, ...], KnownMatcher] = KeptBriefly(KnownMatcher)


def matcher(known: tuple[KnownIdentifier, ...]) -> KnownMatcher:
    """Return the matcher of these identifiers; a conversation needs the same one in every turn."""
    return _matchers(known)
