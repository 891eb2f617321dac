"""The last scan's folding: what hides a value from a plain comparison is taken away."""

import unicodedata
from typing import Final

BOUNDARY: Final = "\x1e"  # between two texts, so that nothing found spans them
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4"), "'")
_DROPPED = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None)
_PLAINER: dict[int, str | None] = {**_DASHES, **_QUOTES, **_DROPPED, 0xA0: " "}


def folded(text: str) -> str:
    """Return the text without what hides a value from a plain comparison."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAINER))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
