"""The known address: the street with and without number, suffix and unit, the city, the ZIP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from phi.detect import lexicon
from phi.detect.address import SUFFIXES
from phi.detect.canonical import canonical
from phi.detect.known_phrases import Phrase, words_of
from phi.detect.place_forms import ORDINALS, place_forms
from phi.detect.recognizer import Hit
from phi.detect.spelled import SPOKEN_WORD, figures_said
from phi.detect.view import view_of
from phi.name_words import NAME_WORDS
from phi.types import KnownIdentifier

_UNIT_WORDS = (
    r"(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|flat|trailer|trlr|space|spc)\b\.?"
    r"(?: ?(?:no\.?|number|num\.?)(?= ))?|#"
)
_AFTER_STREET = re.compile(
    rf"(?:,?\s{{0,2}}(?:{SUFFIXES}|str)\b\.?)?(?: (?:n|s|e|w|ne|nw|se|sw)\b\.?)?"
    rf"(?:,?\s{{0,2}}(?:{_UNIT_WORDS})"
    r" ?#? ?[a-z0-9-]{1,6}\b|,? (?:second|third|\d(?:st|nd|rd|th)) (?:floor|fl)\b)?"
)
_STREET = re.compile(
    r"(\d+[a-z]?)((?: (?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?)"
    rf"((?: [a-z0-9.'-]+){{1,4}}?)(?: (?:{SUFFIXES})\b\.?)(.*)\Z"
)
_UNIT = re.compile(
    r"(?:apt|apartment|unit|suite|ste|room|rm|trailer|trlr|spc|#)\.? ?#? ?([a-z0-9-]{1,6})\Z"
)
_UNIT_BEFORE = re.compile(rf"(?:\b(?:{_UNIT_WORDS})[ \n]?#?|#|\b(?:{SUFFIXES})\b\.?,?[ -]) ?\Z")
_UNITS = ("apt", "apt.", "apt #", "apt. no.", "apartment", "apartment number", "unit", "#", "suite")
_SCANNED = str.maketrans("0135", "oles")
_READ_AS_FIGURES = str.maketrans("oilsbz", "011582")
_DIGIT_LETTER = re.compile(r"(?<=\d)(?=[a-z])")
_DIRECTION = r"(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.? )?"
_NUMBER_BEFORE = re.compile(
    rf"(?<![a-z0-9])([\doilsb]{{1,6}}|\d[\d ]{{1,5}}\d)[,.]?\s{{1,2}}{_DIRECTION}\Z"
)
_SPOKEN_BEFORE = re.compile(
    rf"\b({SPOKEN_WORD}(?:[ -]{SPOKEN_WORD}){{0,5}})[,.]?\s{{1,2}}{_DIRECTION}\Z"
)
_NUMBER_AFTER = re.compile(r",? (?:no\.? ?|number |#)?(\d{1,6})\b(?![/.:-]\d| ?(?:mg|am|pm|%))")
_WORDY = NAME_WORDS | {"main", "center", "central", "first", "second", "third", "church", "school"}


@dataclass(frozen=True, slots=True)
class Place:
    """One part of an address to look for in the lowered view."""

    text: str
    canonical: str
    usual: str
    # literal | street | name: the street without its number | number: it alone, before a slip |
    # unit: behind a word for one, or the street
    rule: str = "literal"
    rest: str = ""  # of the street, behind its number
    number: str = ""  # of the house, where the text goes without

    def hit(self, start: int, end: int) -> Hit:
        return Hit(start, end, "address", "ADDR", "known", 1.0, self.canonical, self.usual)


def places_of(one: KnownIdentifier) -> Iterator[Place]:
    """Yield the spellings of one part of a known address."""
    plain = view_of(one.value).text.lower()
    value = canonical("ADDR", plain)
    if one.part == "city":
        yield from _towns(plain, value, one.value)
    elif one.part == "zip":
        yield Place(plain, value, one.value)
        yield Place(f"{plain[:3]} {plain[3:]}", value, one.value)
        if len(plain) == 10:
            yield Place(plain[:5], value, one.value)
            yield Place(f"{plain[:3]} {plain[3:5]}", value, one.value)
    else:
        yield Place(plain, value, one.value)
        street = " ".join(plain.replace(",", " ").split())
        yield from _street_places(street, value, one.value)
        if one.part == "street":
            yield from _numbered(street, value, one.value)


def _towns(plain: str, value: str, usual: str) -> Iterator[Place]:
    for form in place_forms(plain):
        if len(form) > 2:
            yield Place(form, value, usual, "name" if form in _WORDY else "literal")
    if " " in plain:
        yield Place(plain.replace(" ", ""), value, usual)
        yield Place(plain.replace(" ", "-"), value, usual)
    for half in range(3, len(plain) - 2):
        first, rest = plain[:half], plain[half:]
        if " " not in plain:
            are_words = all(lexicon.shared().word(part).english for part in (first, rest))
            yield Place(f"{first} {rest}", value, usual, "name" if are_words else "literal")


def phrases_of(one: KnownIdentifier) -> Iterator[Phrase]:
    """Yield the town and the street without its number, where they are of several words."""
    if one.part not in {"city", "street"}:
        return
    plain = view_of(one.value).text.lower()
    words = words_of(plain)
    if one.part == "street" and words[:1] and words[0].isdigit():
        words = words[1:]
    if len(words) > 1 and any(len(word) > 2 for word in words):
        yield Phrase(words, "address", "ADDR", canonical("ADDR", plain), one.value)


def _street_places(folded: str, value: str, usual: str) -> Iterator[Place]:
    unit = _UNIT.match(folded)
    if unit:
        for number in {unit[1], unit[1].replace("-", ""), _DIGIT_LETTER.sub("-", unit[1])}:
            yield Place(number, value, usual, "unit")
        for word in _UNITS if len(unit[1]) == 1 else ():
            yield Place(f"{word} {unit[1]}".replace("# ", "#"), value, usual)
        return
    street = _STREET.match(folded)
    if street is None:
        yield from _without_suffix(folded, value, usual)
        return
    number, direction, name = street[1], street[2].strip(), street[3].strip()
    for form in place_forms(" ".join(filter(None, (number, direction, name)))):
        yield Place(form, value, usual, "street")
    for form in place_forms(name):
        yield Place(f"{number} {form}", value, usual, "street")
        if len(form) > 3 and not form.isdigit():
            yield Place(form, value, usual, "name", number=number)
    if len(name) < 4 or name[0].isdigit() or name in ORDINALS:
        suffix = folded[street.end(3) : street.start(4)].strip()
        for road in {f"{name} {suffix}", f"{direction} {name} {suffix}".strip()}:
            for form in place_forms(road):
                yield Place(form, value, usual, "street", number=number)


def _without_suffix(folded: str, value: str, usual: str) -> Iterator[Place]:
    """Yield what is no number, name and suffix: "1109 Highway 61 South", "P.O. Box 418"."""
    for form in place_forms(folded):
        if re.search(r"[a-z]{2}", form):
            yield Place(form, value, usual, "street")
    number, _, rest = folded.partition(" ")
    if number.isdigit() and len(rest) > 3:
        rule = "street" if " " in rest else "name"
        for form in place_forms(rest):
            yield Place(form, value, usual, rule, number=number)


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


def with_number(place: Place, lowered: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of a street with the number of the house before or behind it."""
    before = lowered[max(0, start - 48) : start]
    match = _NUMBER_BEFORE.search(before)
    if match and match[1].replace(" ", "").translate(_READ_AS_FIGURES) == place.number:
        return start - len(match[0]), end
    match = _SPOKEN_BEFORE.search(before)
    if match and figures_said(match[1]) == place.number:
        return start - len(match[0]), end
    match = _NUMBER_AFTER.match(lowered[end : end + 24])
    return (start, end + match.end()) if match and match[1] == place.number else (start, end)


def unit_start(lowered: str, start: int) -> int:
    """Return where the word before the number of a flat begins; -1 when none is there."""
    match = _UNIT_BEFORE.search(lowered[max(0, start - 24) : start])
    return start - len(match[0]) if match else -1


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
