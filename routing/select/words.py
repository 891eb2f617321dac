"""Whole-word search in the person's latest message, for the keyword condition of a rule."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from routing.types import Json, RouteRequest

_NOT_A_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Words:
    """A text as words between single blanks, so that a search finds whole words only."""

    text: str

    def contain_any(self, wanted: str | Iterable[str]) -> bool:
        """Return whether one of the keywords or phrases occurs."""
        names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        return any(map(self.text.__contains__, _between_blanks(names)))


def latest_words(request: RouteRequest) -> Words:
    """Return the words of the last user message that holds text."""
    for message in reversed(request.messages):
        text = _text_of(message.get("content"))
        if message.get("role") == "user" and text:
            return _words_of(text)
    return Words(" ")


def keyword_key(wanted: str | Iterable[str]) -> str:
    """Return a short name of a list of keywords: the same for the same words in any order."""
    return _keyword_key((wanted,) if isinstance(wanted, str) else tuple(wanted))


@lru_cache(maxsize=2_000)
def _keyword_key(wanted: tuple[str, ...]) -> str:
    words = "\0".join(sorted({_plain(name) for name in wanted}))
    return hashlib.blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()


@lru_cache(maxsize=8)
def _words_of(text: str) -> Words:
    """Return the words of a text, which several rules ask for; it holds tokens, no identifiers."""
    return Words(f" {_plain(text)} ")


def _text_of(content: Json) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list | tuple) else ()
    texts = (b.get("text") for b in blocks if isinstance(b, Mapping) and b.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))


@lru_cache(maxsize=2_000)
def _between_blanks(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {_plain(name)} " for name in names)


def _plain(text: str) -> str:
    return _NOT_A_WORD.sub(" ", text.casefold()).strip()
