"""The known address: the street with and without number, suffix and unit, the city, the ZIP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from phi.detect.address import SUFFIXES
from phi.detect.canonical import canonical
from phi.detect.recognizer import Hit
from phi.detect.view import view_of
from phi.name_words import NAME_WORDS
from phi.types import KnownIdentifier

_AFTER_STREET = re.compile(
    rf"(?:,?\s{{0,2}}(?:{SUFFIXES})\b\.?)?(?: (?:n|s|e|w|ne|nw|se|sw)\b\.?)?"
    r"(?:,?\s{0,2}(?:(?:apt|apartment|unit|suite|ste|floor|fl|room|rm)\b\.?|#)"
    r" ?#? ?[a-z0-9-]{1,6}\b)?"
)
_STREET = re.compile(
    r"(\d+[a-z]?)((?: (?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?)"
    rf"((?: [a-z0-9.'-]+){{1,4}}?)(?: (?:{SUFFIXES})\b\.?)(.*)\Z"
)
_UNIT = re.compile(r"(?:apt|apartment|unit|suite|ste|room|rm|#)\.? ?#? ?([a-z0-9-]{1,6})\Z")
_SCANNED = str.maketrans("0135", "oles")
_DIGIT_LETTER = re.compile(r"(?<=\d)(?=[a-z])")
_WORDY = NAME_WORDS | {"main", "center", "central", "first", "second", "third", "church", "school"}


@dataclass(frozen=True, slots=True)
class Place:
    """One part of an address to look for in the lowered view."""

    text: str
    canonical: str
    usual: str
    # literal | street | name: the street without its number | number: it alone, before a slip
    rule: str = "literal"
    rest: str = ""  # of the street, behind its number

    def hit(self, start: int, end: int) -> Hit:
        return Hit(start, end, "address", "ADDR", "known", 1.0, self.canonical, self.usual)


def places_of(one: KnownIdentifier) -> Iterator[Place]:
    """Yield the spellings of one part of a known address."""
    plain = view_of(one.value).text.lower()
    value = canonical("ADDR", plain)
    if one.part == "city":
        if len(plain) > 2:
            yield Place(plain, value, one.value, "name" if plain in _WORDY else "literal")
            yield Place(plain.replace(" ", ""), value, one.value)
    elif one.part == "zip":
        yield Place(plain, value, one.value)
        if len(plain) == 10:
            yield Place(plain[:5], value, one.value)
    else:
        yield Place(plain, value, one.value)
        street = " ".join(plain.replace(",", " ").split())
        yield from _street_places(street, value, one.value)
        if one.part == "street":
            yield from _numbered(street, value, one.value)


def _street_places(folded: str, value: str, usual: str) -> Iterator[Place]:
    unit = _UNIT.match(folded)
    if unit:
        for word in ("apt", "apartment", "unit", "#", "apt #", "suite", "ste"):
            for number in {unit[1], unit[1].replace("-", ""), _DIGIT_LETTER.sub("-", unit[1])}:
                yield Place(f"{word} {number}".replace("# ", "#"), value, usual)
        return
    street = _STREET.match(folded)
    if street is None:
        if re.search(r"[a-z]{2}", folded):
            yield Place(folded, value, usual, "street")
        return
    number, direction, name = street[1], street[2].strip(), street[3].strip()
    yield Place(f"{number} {name}", value, usual, "street")
    if direction:
        yield Place(f"{number} {direction} {name}", value, usual, "street")
        yield Place(f"{number} {direction[0]}. {name}", value, usual, "street")
        yield Place(f"{number} {direction[0]} {name}", value, usual, "street")
    if len(name) > 3 and not name.isdigit():
        yield Place(name, value, usual, "name")


def _numbered(street: str, value: str, usual: str) -> Iterator[Place]:
    """Yield the house's number, which stands for the street where its words have a slip."""
    number, _, rest = street.partition(" ")
    if number.isdigit() and len(number) > 2 and re.search(r"[a-z]{3}", rest):
        yield Place(number, value, usual, "number", rest)


def misspelt_end(place: Place, lowered: str, end: int) -> int:
    """Return where the street behind its number ends; `end` when other words stand there."""
    match = re.match(rf"\s{{1,2}}((?:\S+\s){{{place.rest.count(' ')}}}\S+)", lowered[end:])
    if match is None:
        return end
    written, slips = match[1].rstrip(",.;"), 2 if len(place.rest) > 7 else 1
    if OSA.distance(written.translate(_SCANNED), place.rest.translate(_SCANNED)) > slips:
        return end
    return end + match.start(1) + len(written)


def street_end(lowered: str, end: int) -> int:
    """Return where a street goes on to: its suffix, direction and unit."""
    match = _AFTER_STREET.match(lowered[end : end + 48])
    return end + match.end() if match else end


_ON = re.compile(
    r"\b(?:on|at|lives?|to|from|near|off|in|of|and|address|street|home|for)[: ]+(?:[nsew]\.? )?\Z"
)
_SUFFIX_AFTER = re.compile(rf"\s{{1,2}}(?:{SUFFIXES})\b")
_EVERYDAY_SUFFIXES = re.compile(r"\s+(?:view|way|place|run|walk|path|close|row|point|st)\b")


def reads_as_place(text: str, lowered: str, start: int, end: int) -> bool:
    """Tell whether the name of a street or town stands for it: a suffix after, "on" before."""
    if _SUFFIX_AFTER.match(lowered[end : end + 16]):
        return text[start].isupper() or not _EVERYDAY_SUFFIXES.match(lowered[end : end + 16])
    if not text[start].isupper():
        return False
    if lowered[start:end] in _WORDY:
        return False
    return bool(_ON.search(lowered[max(0, start - 14) : start])) and not text[start:end].isupper()
