"""What the recognizers read: one folded view of a text, with the way back to the original.

Folding makes equal what people take for equal: full-width and look-alike letters, accents, curly
quotes, dashes and blanks; zero-width characters, soft hyphens and inline tags vanish; `\\uXXXX`,
`\\xXX`, `\\n`, `&#..;` and named entities, `%XX`, quoted-printable and UTF-8 once read as Latin-1
are decoded. Each character of the view is also one octet, so that RE2 (whose classes are ASCII)
can work on octets and its positions are positions of the view.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

OTHER_UPPER = 0xC0  # the octet of a capital no folding makes ASCII
OTHER_LETTER = 0xE0  # the octet of any other letter
OTHER_SYMBOL = 0x80

_INLINE_TAG = r"</?(?:b|i|u|em|strong|mark|span|font|wbr)(?: [a-z-]{1,12}=[^<>]{0,120})? ?/?>"
_ESCAPES = (
    r"(?:\\u[0-9a-fA-F]{4})+",
    r"(?:\\x[0-9a-fA-F]{2})+",
    r"\\[nrt\"/]",
    r"&(?:#[xX]?[0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});",
    r"(?:%(?:25){0,2}[0-9A-Fa-f]{2})+",
    r"(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F]){1,3})+",  # quoted-printable, RFC 2045 section 6.7
    r"(?<=\S)=\r?\n(?=\S)",  # its soft line break
    _INLINE_TAG,
)
_SPECIAL = re.compile("|".join((r"[^\x00-\x7f]+", *_ESCAPES)))
_SPECIAL_IN_JSON = re.compile(rf"{_SPECIAL.pattern}|\\\\")
_MAY_BE_SPECIAL = re.compile(
    r"\\[uxnrt\"/]|&[#A-Za-z]|%[0-9A-Fa-f]|=[C-F][0-9A-F]=|=\r?\n|</?[biuemsfw]"
)

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
            return self.breaks[index] if inside else self._next_break(index)
        return min(self.breaks[index] + original - self.origins[index], self._next_break(index))

    def _next_break(self, index: int) -> int:
        return self.breaks[index + 1] if index + 1 < len(self.breaks) else len(self.text)

    def _original(self, position: int, *, is_end: bool) -> int:
        index = bisect_right(self.breaks, position) - 1
        if self.ends[index]:
            return self.ends[index] if is_end else self.origins[index]
        return self.origins[index] + position - self.breaks[index] + is_end


def _lower_each(text: str) -> str:
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def view_of(text: str) -> View:
    """Return the view of a text; for plain ASCII it is the text itself."""
    looks_like_json = text.lstrip()[:1] in {"{", "["} and "\\" in text
    if text.isascii() and not looks_like_json and not _MAY_BE_SPECIAL.search(text):
        return View(text, text, text.encode())
    return _Folding(text, looks_like_json).view()


class _Folding:
    """Builds the view of one text stretch by stretch."""

    def __init__(self, text: str, looks_like_json: bool) -> None:
        self._text = text
        self._json = looks_like_json
        self._pieces: list[str] = []
        self._length = 0
        self._breaks: list[int] = []
        self._origins: list[int] = []
        self._ends: list[int] = []

    def view(self) -> View:
        pattern = _SPECIAL_IN_JSON if self._json else _SPECIAL
        at = 0
        for match in pattern.finditer(self._text):
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
            decoded = _decoded(run)
            folded = "".join(c if c < "\x80" else _folds[c] for c in decoded)
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


_ESCAPED = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\/": "/", "\\\\": "\\"}


def _decoded(run: str) -> str:
    if run[0] == "%":
        octets = "".join(match[1] for match in _PERCENT.finditer(run))
        return bytes.fromhex(octets).decode("utf-8", "replace")
    if run[0] == "&":
        return html.unescape(run)
    if run[0] == "=":
        return (
            "" if run[1] < "0" else bytes.fromhex(run.replace("=", "")).decode("utf-8", "replace")
        )
    if run[0] == "<":
        return ""
    return _unescaped(run)


_PERCENT = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")


def _unescaped(run: str) -> str:
    if run.startswith("\\u"):
        return bytes.fromhex(run.replace("\\u", "")).decode("utf-16-be", "replace")
    if run.startswith("\\x"):
        return bytes.fromhex(run.replace("\\x", "")).decode("utf-8", "replace")
    return _ESCAPED[run]


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
