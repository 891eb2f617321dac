"""Text in base64 or hexadecimal figures: it cannot be read here, so it does not leave.

What decodes to readable text, and long base64 of anything else (a file), is one identifier as a
whole. Digests and keys in hexadecimal figures decode to no text and stay.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_SHORTEST_FILE = 120  # characters of base64 that hold no text and are kept back all the same
_LOOKED_AT = 400  # characters: the beginning tells text from a file
_TEXT: Final = re.compile(r"[\t\n\r -~\u00a0-\u024f]*\Z")
_MIXED = re.compile(r"[a-z].*[A-Z]|[A-Z].*[a-z]", re.DOTALL)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")


class Encoded:
    """The recognizer of encoded texts."""

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


def is_encoded(text: str) -> bool:
    """Tell whether this is base64 or hexadecimal figures of a text, or a long file in base64."""
    joined = "".join(text.split())
    if _HEX.match(joined):
        return _reads_as_text(bytes.fromhex(joined[:_LOOKED_AT]))
    head = joined[: _LOOKED_AT // 4 * 4].rstrip("=")
    if not _MIXED.search(head) or ("/" in head and not any(map(str.isdigit, head))):
        return False
    try:
        octets = base64.b64decode(head + "=" * (-len(head) % 4), altchars=_alternative(head))
    except (binascii.Error, ValueError):
        return False
    if _reads_as_text(octets):
        return True
    return len(joined) >= _SHORTEST_FILE and sum(map(str.isdigit, head)) * 20 > len(head)


def _alternative(text: str) -> bytes:
    return b"-_" if "-" in text or "_" in text else b"+/"


def _reads_as_text(octets: bytes) -> bool:
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(octets) - 3:  # not just the last character cut
            return False
        text = octets[: error.start].decode("utf-8")
    return (
        len(text) >= 8 and bool(_TEXT.match(text)) and sum(map(str.isalpha, text)) * 3 > len(text)
    )


ENCODED = Encoded()
