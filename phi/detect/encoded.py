"""Text in base64, base32 or the figures of its octets: it cannot be read here, so it stays here.

What decodes to readable text, and long base64 of anything else (a file), is one identifier as a
whole. Digests and keys in hexadecimal figures decode to no text and stay. A run that is too short
to tell from an ordinary word or a row of readings goes where an identifier stands in it (`hidden`).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View, view_of
from phi.errors import PhiBlocked

_SHORTEST_FILE = 120  # characters of base64 that hold no text and are kept back all the same
_LOOKED_AT = 400  # characters: the beginning tells text from a file
_SHORTEST_TEXT = 8  # characters
_LINE_ENDS: Final = str.maketrans("", "", "\t\n\r")
_MIXED = re.compile(r"[a-z].*[A-Z]|[A-Z].*[a-z]", re.DOTALL)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")
_OCTET = re.compile(r"(?:0x)?([0-9a-fA-F]{2})")
_BITS = re.compile(r"[01]{8}")
_NUMBER = re.compile(r"[0-9]+")


class Encoded:
    """The recognizer of texts in base64 or hexadecimal figures."""

    name = "encoded-text"
    category = "other"
    pattern = r"([A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{16,})*={0,2})"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if is_encoded(view.text[start:end]):
                yield Hit(start, end, "other", "ID", self.name, 1.0)


class Dumped(Encoded):
    """The recognizer of texts as octets one by one, and in base32."""

    name = "dumped-text"
    pattern = (
        r"\b((?:0x)?[0-9a-fA-F]{2}(?:[ ,:;]{1,2}(?:0x)?[0-9a-fA-F]{2}){7,}|[01]{8}(?: ?[01]{8}){3,}"
        r"|[A-Z2-7]{16,}={0,6})"
    )

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            if _reads_as_text(_octets_of(view.text[start:end][: 4 * _LOOKED_AT])):
                yield Hit(start, end, "other", "ID", self.name, 1.0)


def is_encoded(text: str) -> bool:
    """Tell whether this is base64 or hexadecimal figures of a text, or a long file in base64."""
    joined = "".join(text.split())
    if _HEX.match(joined):
        return _reads_as_text(bytes.fromhex(joined[:_LOOKED_AT]))
    head = joined[: _LOOKED_AT // 4 * 4].rstrip("=")
    if not _MIXED.search(head) or ("/" in head and not any(map(str.isdigit, head))):
        return False
    octets = _from_base64(head)
    if octets is None:
        return False
    if _reads_as_text(octets):
        return True
    return len(joined) >= _SHORTEST_FILE and sum(map(str.isdigit, head)) * 20 > len(head)


def _from_base64(text: str) -> bytes | None:
    letters = text.rstrip("=")
    alternative = b"-_" if "-" in text or "_" in text else b"+/"
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=alternative)
    except (binascii.Error, ValueError):
        return None


def _octets_of(dump: str) -> bytes:
    """Return the octets of a dump; of hexadecimal figures without a letter among them none, since
    they are a row of readings."""
    if _BITS.match(dump):
        return bytes(int(bits, 2) for bits in _BITS.findall(dump))
    if dump[:16].isalnum() and not dump.startswith("0x"):
        letters = dump.rstrip("=")[: len(dump.rstrip("=")) // 8 * 8]
        return base64.b32decode(letters)
    if dump.upper().isupper():
        return bytes.fromhex("".join(_OCTET.findall(dump)))
    return b""


def _reads_as_text(octets: bytes) -> bool:
    text = _text_of(octets)
    if text is None or len(text) < _SHORTEST_TEXT:
        return False
    return sum(map(str.isalnum, text)) * 2 > len(text)


def _text_of(octets: bytes) -> str | None:
    """Return what octets say, escapes read, if that is a text but for a last character cut off."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(octets) - 3:
            return None
        text = octets[: error.start].decode("utf-8")
    text = _plain(text)
    return text if text.translate(_LINE_ENDS).isprintable() else None


def _plain(text: str) -> str:
    """Return a text without escapes; as it is where there are too many within each other."""
    try:
        return view_of(text).text
    except PhiBlocked:
        return text


class Hidden(NamedTuple):
    """A run that may be an encoded word, and the word."""

    start: int
    end: int
    inner: View
    is_sure: bool  # whether hardly anything else decodes to readable text


_SHORT = compiled(
    r"([A-Za-z0-9+/_-]*(?:[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[0-9][a-z])[A-Za-z0-9+/_-]*={0,2})"
    r"|\b([0-9]{8,40})\b|\b([0-9]{2,3}(?:[ ,;]{1,2}[0-9]{2,3}){5,})\b"
)
_SHORTEST_RUN = 8
_LONGEST_RUN = 2_000


def hidden(view: View) -> Iterator[Hidden]:
    """Yield what a text may hide in short runs of base64, hexadecimal or decimal figures."""
    for match in _SHORT.finditer(view.octets):
        start, end = match.span()
        if _SHORTEST_RUN <= end - start <= _LONGEST_RUN:
            for octets in _readings(view.text[start:end], is_row=match.start(3) >= 0):
                text = _text_of(octets)
                if text is not None and len(text) >= 4:
                    yield Hidden(start, end, view_of(text), is_sure=match.start(3) < 0)


def _readings(run: str, *, is_row: bool) -> Iterator[bytes]:
    if is_row:
        codes = [int(number) for number in _NUMBER.findall(run)]
        if max(codes) < 256:
            yield bytes(codes)
        return
    if _HEX.match(run):
        yield bytes.fromhex(run)
    if not run.isdecimal() and (octets := _from_base64(run)) is not None:
        yield octets


ENCODED = Encoded()
DUMPED = Dumped()
