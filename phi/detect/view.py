"""What the recognizers read: one folded view of a text, with the way back to the original.

Folding makes equal what people take for equal: full-width and look-alike letters, accents, curly
quotes, dashes and blanks; zero-width characters, soft hyphens and inline tags vanish; escaped
characters (phi.detect.escapes), also escaped again and again, invisible copies of ASCII and UTF-8
once read as Latin-1 are decoded. Each character of the view is also one octet, so that RE2 (whose
classes are ASCII) can work on octets and its positions are positions of the view.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from phi.detect.escapes import MAY_BE_SPECIAL, NESTED, SPECIAL, SPECIAL_IN_JSON, decoded
from phi.errors import PhiBlocked

OTHER_UPPER = 0xC0  # the octet of a capital no folding makes ASCII
OTHER_LETTER = 0xE0  # the octet of any other letter
OTHER_SYMBOL = 0x80
MOST_NESTED: Final = 6  # escapes within escapes; who wrote more has something to hide
_TAGS = range(0xE0020, 0xE007F)  # Unicode's invisible copies of the printable ASCII characters

# Cyrillic, Greek, Armenian and Cherokee letters that look like Latin ones (Unicode TS 39).
_LOOK_ALIKES = dict(
    zip(
        "АВЕКМНОРСТУХІЈЅҮԌԚԜаеорсухіјѕԁӏһԛԝүвкмнтгπαορυνικετωγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳօոսհցԼՍՏᎪᏴᏟᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ",
        "ABEKMHOPCTYXIJSYGQWaeopcyxijsdlhqwybkmhtrnaopuviketwynABEZHIKMNOPTYXCjonuhgLUSABCEHJKLMPRSTVWZ",
        strict=True,
    )
)
_SPELLED = {
    **{"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"},
    **{"Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"},
    "\u0131": "i",  # dotless i
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2044\u2215", "/"),
    **{"\u2212": "-", "\u2022": "*", "\u00b7": ".", "\u2024": ".", "\u3002": "."},
    **{"\uff0c": ",", "\uff1a": ":"},
}


class _Folds(dict[str, str]):
    """The folded form of each character met so far (there are only so many characters)."""

    def __missing__(self, character: str) -> str:
        self[character] = folded = _fold(character)
        return folded


def _fold(character: str) -> str:
    spelled = _SPELLED.get(character) or _LOOK_ALIKES.get(character)
    if spelled:
        return spelled
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000)
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"}:
        return ""
    if category == "Zs":
        return " "
    if category in {"Zl", "Zp"}:
        return "\n"
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return _fold_compatible(character)


def _fold_compatible(character: str) -> str:
    plain = "".join(
        _SPELLED.get(part) or _LOOK_ALIKES.get(part, part)
        for part in unicodedata.normalize("NFKD", character)
        if unicodedata.category(part) not in {"Mn", "Me"}
    )
    return plain if plain.isascii() else unicodedata.normalize("NFKC", character)


_folds = _Folds()


def _twice_encoded() -> dict[str, str]:
    """Return letters by their looks when UTF-8 was read as Windows-1252 (two letters for one)."""
    pairs = {}
    for code in range(0xA0, 0x180):
        for misread in ("cp1252", "latin-1"):
            seen = chr(code).encode().decode(misread, "replace")
            if "\ufffd" not in seen:
                pairs[seen] = chr(code)
    return pairs


_TWICE_ENCODED = _twice_encoded()


@dataclass(frozen=True)
class View:
    """The folded text. `breaks` and `shifts` say where in the original each stretch of it lies."""

    original: str
    text: str
    octets: bytes
    breaks: tuple[int, ...] = ()  # view positions where a stretch begins
    origins: tuple[int, ...] = ()  # original position of that stretch
    ends: tuple[int, ...] = ()  # original end of the stretch; 0: runs in step with the original

    @cached_property
    def lower(self) -> str:
        """The text in lower case, of the same length."""
        lowered = self.text.lower()
        return lowered if len(lowered) == len(self.text) else _lower_each(self.text)

    @cached_property
    def is_lower_case(self) -> bool:
        """Whether the text hardly uses capitals, so that a missing one says nothing."""
        return sum(map(str.isupper, self.text)) * 50 < len(self.text)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original the characters from start to end of the view stand."""
        if not self.breaks:
            return start, end
        return self._original(start, is_end=False), self._original(end - 1, is_end=True)

    def position(self, original: int) -> int:
        """Return where in the view an original position stands."""
        if not self.breaks:
            return original
        index = bisect_right(self.origins, original) - 1
        if index < 0:
            return 0
        if self.ends[index]:
            inside = original < self.ends[index]
            return self.breaks[index] if inside else self.next_break(index)
        return min(self.breaks[index] + original - self.origins[index], self.next_break(index))

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield where each stretch from start to end of the view begins, counted from start, its
        original position, and the end of that, or 0 if it runs in step."""
        at, index = start, bisect_right(self.breaks, start) - 1
        while at < end:
            whole = self.ends[index]
            into = 0 if whole else at - self.breaks[index]
            yield at - start, self.origins[index] + into, whole
            index += 1
            at = self.next_break(index - 1)

    def next_break(self, index: int) -> int:
        """Return where in the view the stretch behind this one begins."""
        return self.breaks[index + 1] if index + 1 < len(self.breaks) else len(self.text)

    def _original(self, position: int, *, is_end: bool) -> int:
        index = bisect_right(self.breaks, position) - 1
        if self.ends[index]:
            return self.ends[index] if is_end else self.origins[index]
        return self.origins[index] + position - self.breaks[index] + is_end


def _lower_each(text: str) -> str:
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def view_of(text: str) -> View:
    """Return the view of a text; for plain ASCII it is the text itself.

    Raises PhiBlocked for escapes within escapes without end.
    """
    looks_like_json = text.lstrip()[:1] in {"{", "["} and "\\" in text
    if text.isascii() and not looks_like_json and not MAY_BE_SPECIAL.search(text):
        return View(text, text, text.encode())
    view = _Folding(text, SPECIAL_IN_JSON if looks_like_json else SPECIAL).view()
    depth = 0
    while NESTED.search(view.text):
        depth += 1
        if depth > MOST_NESTED:
            raise PhiBlocked(reasons=["encoded-too-deep"])
        view = _through(view, _Folding(view.text, NESTED).view())
    return view


def _through(first: View, second: View) -> View:
    """Return the view of a view: the second one's text, with the way back through the first."""
    breaks, origins, ends = list[int](), list[int](), list[int]()
    for index, at in enumerate(second.breaks):
        start, end = second.origins[index], second.ends[index]
        if end:
            stretches = [(0, *first.original_span(start, end))]
        else:
            stretches = list(first.stretches(start, start + second.next_break(index) - at))
        for offset, origin, original_end in stretches:
            breaks.append(at + offset)
            origins.append(origin)
            ends.append(original_end)
    ways = tuple(breaks), tuple(origins), tuple(ends)
    return View(first.original, second.text, second.octets, *ways)


class _Folding:
    """Builds the view of one text stretch by stretch."""

    def __init__(self, text: str, special: re.Pattern[str]) -> None:
        self._text = text
        self._special_runs = special
        self._pieces: list[str] = []
        self._length = 0
        self._breaks: list[int] = []
        self._origins: list[int] = []
        self._ends: list[int] = []

    def view(self) -> View:
        at = 0
        for match in self._special_runs.finditer(self._text):
            self._plain(at, match.start())
            self._special(match[0], match.start())
            at = match.end()
        self._plain(at, len(self._text))
        folded = "".join(self._pieces)
        return View(
            self._text,
            folded,
            _octets(folded),
            tuple(self._breaks),
            tuple(self._origins),
            tuple(self._ends),
        )

    def _plain(self, start: int, end: int) -> None:
        if start < end:
            self._add(self._text[start:end], start, 0)

    def _special(self, run: str, start: int) -> None:
        if run[0] > "\x7f":
            self._beyond_ascii(run, start)
        else:
            folded = "".join(c if c < "\x80" else _folds[c] for c in decoded(run))
            self._add(folded, start, start + len(run))

    def _beyond_ascii(self, run: str, start: int) -> None:
        at = 0
        while at < len(run):
            pair = _TWICE_ENCODED.get(run[at : at + 2]) if run[at] in "\xc2\xc3\xc4\xc5" else None
            width = 2 if pair else 1
            self._add(_folds[pair or run[at]], start + at, start + at + width)
            at += width

    def _add(self, piece: str, origin: int, end: int) -> None:
        if piece:
            self._breaks.append(self._length)
            self._origins.append(origin)
            self._ends.append(end)
            self._pieces.append(piece)
            self._length += len(piece)


def _octets(folded: str) -> bytes:
    if folded.isascii():
        return folded.encode()
    return folded.translate(_one_octet).encode("latin-1")


class _OneOctet(dict[int, int]):
    def __missing__(self, code: int) -> int:
        self[code] = octet = _octet_of(chr(code))
        return octet


def _octet_of(character: str) -> int:
    if character < "\x80":
        return ord(character)
    if character.isalpha():
        return OTHER_UPPER if character.isupper() else OTHER_LETTER
    return OTHER_SYMBOL


_one_octet = _OneOctet()
