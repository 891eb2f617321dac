"""Known numbers however they are written: any separators, letters read for figures, spelled out.

An RE2 program is made of the figures with room between them, of those numbers whose figures stand
in a text at all. Numbers of less than seven characters have no room, since a blood pressure could
fill it.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import phonenumbers

from phi.detect.canonical import canonical, digits_of, phone_digits, plain, usual
from phi.detect.letters import LETTER_WORD, letters_said
from phi.detect.recognizer import Hit, compiled_of_known
from phi.detect.spelled import SPOKEN_WORD, SpelledNumber, spelled_numbers
from phi.detect.view import View, view_of
from phi.types import KnownIdentifier

# What a scan or a hasty hand makes of a figure or a letter, read back as one of them.
_READ_AS = str.maketrans("OQDILSZGBT", "0001152687")
_LOOKS_LIKE = {
    **{"0": "0OoQD", "1": "1Il", "2": "2Zz", "5": "5Ss", "6": "6G", "8": "8B", "7": "7T"},
    **{"O": "Oo0", "I": "Ii1l", "S": "Ss5", "B": "Bb8", "Z": "Zz2", "L": "Ll1", "G": "Gg6"},
}
_ROOM = r"[^0-9A-Za-z\xc0\xe0]{0,3}"
# Of octets: what may stand in the place of a figure or a letter as that, without all else.
_STANDS_FOR = (
    bytes(range(256)).upper().translate(bytes.maketrans(bytes(_READ_AS), bytes(_READ_AS.values())))
)
_NO_SIGNS = f"{string.ascii_letters}{string.digits}\xc0\xe0".encode("latin-1")
_SIGNS = bytes(set(range(256)) - {*_NO_SIGNS})
_MOST_PROGRAMS = 4  # of one patient
_LITTLE_ROOM = "[-_]?"
_SHORTEST_WITH_ROOM = 7
_SHORTEST_MIXED = 10  # characters of a number most of which may be letters
_LAST_FOUR_BEFORE = re.compile(
    r"(?:last (?:four|4)(?: digits?| nos?\.?)?(?: of [\w ]{0,24})?|ending(?: in| with)?|"
    r"ends? (?:in|with)|(?<![0-9])[x*#.-]{2,}|ssn|social|mrn|acct|account|phone|cell|card|id)"
    r"[ :#(-]*(?:is|are|was)?[ :#(-]*\Z",
    re.IGNORECASE,
)
# Beside a name they are no year, dose or room: "Amaker, 6803", "OSTRANDER, DELBERT   1067", A6803.
_NAME_BEFORE = re.compile(
    r"(?:\b[A-Z\xc0][A-Za-z\xc0\xe0'.-]+,[ ]?(?:[A-Z][A-Za-z\xc0\xe0'. -]*)?[ ]{0,8}|"
    r"[(][A-Z][a-z'-]+ |(?:^|[^A-Za-z0-9])[A-Z])\Z"
)
_LETTERS_BEFORE = re.compile(rf"(?:\b{LETTER_WORD}[ ,-]{{1,2}}){{1,4}}\Z")
_AREA_BEFORE = re.compile(
    rf"\barea code {SPOKEN_WORD}(?:[ ,-]{{1,2}}{SPOKEN_WORD}){{0,2}},? (?:then |and )?\Z"
)
_YEAR = re.compile(r"(?:19|20)\d\d\Z")


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """One number of a patient, as capitals and figures without separators."""

    text: str
    category: str
    kind: str
    canonical: str
    needs_context: bool = False  # a few last figures, a month and day


class NumberMatcher:
    """Finds the numbers of one request."""

    def __init__(self, numbers: tuple[KnownNumber, ...]) -> None:
        distinct: dict[str, KnownNumber] = {}
        for number in sorted(numbers, key=lambda number: number.needs_context):
            distinct.setdefault(number.text, number)
        self._numbers = sorted(distinct.values(), key=lambda number: -len(number.text))
        self._by_reading = {_reading(number.text): number for number in reversed(self._numbers)}
        self._figures = {number.text: number for number in self._numbers if number.text.isdigit()}
        self._bare = [(_bare(number.text.encode()), number.text) for number in self._numbers]
        self._programs: dict[tuple[str, ...], Any] = {}

    def hits(self, view: View) -> Iterator[Hit]:
        if not self._numbers:
            return
        program = self._program(self.possible(view))
        at = 0
        while program and (match := program.search(view.octets, at)):
            start, at = match.span(1)
            if _runs_on(view.text, start):
                at = start + 1  # the l of "cell" before a number is no 1 of it
            else:
                yield from self._checked(view, start, at)
        for spelled in spelled_numbers(view):
            yield from self._spelled(view, spelled)

    def possible(self, view: View) -> tuple[str, ...]:
        """Return the numbers whose figures stand in a text, the longest first."""
        stretch = _bare(view.octets)
        return tuple([text for bare, text in self._bare if bare in stretch])

    def _program(self, numbers: tuple[str, ...]) -> Any:
        """Return the program that finds these numbers; of the others nothing could be found."""
        if not numbers:
            return None
        program = self._programs.get(numbers)
        if program is None:
            if len(self._programs) >= _MOST_PROGRAMS:
                self._programs.clear()
            branches = "|".join(map(spelling_pattern, numbers))
            program = self._programs[numbers] = compiled_of_known(rf"(?:^|[^0-9])({branches})")
        return program

    def _checked(self, view: View, start: int, end: int) -> Iterator[Hit]:
        text = view.text
        compact = plain(text[start:end])
        bare = compact.lstrip("0")
        number = (
            self._figures.get(compact)
            or self._by_reading.get(_reading(compact))
            or self._figures.get(bare)
        )
        if number is None or text[end : end + 1].isdigit():
            return
        if sum(map(str.isdigit, compact)) * 2 < len(compact) < _SHORTEST_MIXED:
            return
        if text[end - 1].isalpha() and text[end : end + 1].isalpha():
            return
        if number.needs_context and not _is_introduced(compact, text[max(0, start - 40) : start]):
            return
        yield _hit(start, end, number)

    def _spelled(self, view: View, spelled: SpelledNumber) -> Iterator[Hit]:
        """Yield a number said in words, whole or as a part of a longer row of them."""
        start, end, digits = spelled
        before = view.lower[max(0, start - 64) : start]
        letters = _LETTERS_BEFORE.search(before)
        area = _AREA_BEFORE.search(before)
        for number in self._numbers:
            if letters and number.text == letters_said(letters[0]).upper() + digits:
                yield _hit(start - len(letters[0]), end, number)
                return
            if not number.text.isdigit() or number.text not in digits:
                continue
            if number.needs_context and not _LAST_FOUR_BEFORE.search(before):
                continue
            yield _hit(start - len(area[0]) if area else start, end, number)
            return


def _runs_on(text: str, start: int) -> bool:
    """Tell whether what begins here as a letter is a word's."""
    return text[start].isalpha() and text[start - 1 : start].isalpha()


def _is_introduced(figures: str, before: str) -> bool:
    """Tell whether four figures stand where the last four of a number do."""
    if _LAST_FOUR_BEFORE.search(before):
        return True
    return not _YEAR.match(figures) and bool(_NAME_BEFORE.search(before))


def _hit(start: int, end: int, number: KnownNumber) -> Hit:
    common = usual(number.kind, number.canonical)
    return Hit(start, end, number.category, number.kind, "known", 1.0, number.canonical, common)


def _bare(octets: bytes) -> bytes:
    """Return what is left of octets, each as what it may be read as."""
    return octets.translate(_STANDS_FOR, _SIGNS)


def _reading(compact: str) -> str:
    """Return letters that look like figures as these figures."""
    return compact.upper().translate(_READ_AS)


def spelling_pattern(number: str) -> str:
    characters = [_class_of(character) for character in number]
    if len(number) >= _SHORTEST_WITH_ROOM:
        zeros = "0{0,3}" if number.isdigit() else ""
        return zeros + _ROOM.join(characters)
    figures = [re.escape(character) for character in number]
    if len(number) < 5:
        return "".join(figures)
    if len(number) > 5 and not number.isdigit():
        return "[-_ ./:]?".join(characters)
    # One by one ("5 5 1 2 0") it is no measurement either.
    return f"{_LITTLE_ROOM.join(characters)}|{'[ .,-]'.join(figures)}"


def _class_of(character: str) -> str:
    alike = _LOOKS_LIKE.get(character)
    if alike:
        return f"[{alike}]"
    return f"[{character}{character.lower()}]" if character.isalpha() else character


def numbers_of(one: KnownIdentifier, kind: str) -> Iterator[KnownNumber]:
    """Yield the numbers in a known identifier that are looked for in every spelling."""
    folded = view_of(one.value).text
    if one.category == "date":
        yield from _dates(canonical(kind, folded), kind)
        return
    if one.category in {"name", "email", "url"} or one.part in {"street", "full", "city"}:
        return
    compact = plain(folded)
    digits = digits_of(compact)
    if len(digits) < 3 or not compact.isascii():
        return
    if len(compact) - len(digits) > 6 and (len(compact) < _SHORTEST_MIXED or len(digits) < 4):
        return
    if one.category == "address" and (len(digits) < 5 or compact != digits):
        return
    value = canonical(kind, folded)
    for text in filter(None, dict.fromkeys(_texts(folded, kind, compact, digits))):
        yield KnownNumber(text, one.category, kind, value, needs_context=len(text) < 5)


def _texts(value: str, kind: str, compact: str, digits: str) -> Iterator[str]:
    if kind in {"PHONE", "FAX"}:
        yield from _phone_texts(value, digits)
    else:
        yield compact
        if compact != digits and len(digits) >= 6:
            yield digits
        bare = digits.lstrip("0")
        if bare != digits and len(bare) >= 5:
            yield bare
    if kind in {"PHONE", "FAX", "SSN", "MRN", "ACCT", "PLAN", "ID"} and len(digits) > 6:
        yield digits[-4:]


def _phone_texts(value: str, digits: str) -> Iterator[str]:
    national = phone_digits(value)
    yield national
    if len(national) == 10:
        yield f"1{national}"
        yield national[3:]
    elif value.strip().startswith("+"):
        try:
            number = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            return
        yield str(number.national_number)
    if len(digits) == 11:
        yield digits


def _dates(value: str, kind: str) -> Iterator[KnownNumber]:
    """Yield a day as its figures in the orders people write them."""
    if len(value) != 10 or value.startswith("--"):
        return
    year, month, day = value[:4], value[5:7], value[8:]
    short_month, short_day = month.lstrip("0"), day.lstrip("0")
    texts = {f"{year}{month}{day}", f"{month}{day}{year}", f"{day}{month}{year}"}
    texts |= {f"{short_month}{short_day}{year}", f"{short_month}{day}{year}"}
    texts |= {f"{month}{day}{year[2:]}", f"{day}{month}{year[2:]}"}
    for text in sorted(texts):
        if len(text) >= 6:
            yield KnownNumber(text, "date", kind, value)
