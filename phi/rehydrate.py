"""Puts identifiers back: in texts, in tool arguments, in streams cut anywhere."""

import json
import re
from collections.abc import Callable
from typing import Any, Literal

from phi.document import number_of
from phi.stream_numbers import NumberRestorer
from phi.tokens import JSON_GRAMMAR, TEXT_GRAMMAR, Grammar, TokenVault, spelled

# What a provider signed must come back to it unchanged, and holds tokens only.
UNTOUCHED_BLOCKS = frozenset({"thinking", "redacted_thinking"})
_JSON_OPENERS = ("{", "[")


def rehydrate(document: Any, vault: TokenVault) -> tuple[Any, int]:
    """Return the document with its tokens replaced, and how many tokens stayed inert.

    Inert tokens were not minted for this request: forged, invented or another conversation's.
    Thinking blocks come back untouched.
    """
    restorer = _Restorer(vault)
    return restorer.restore(document), restorer.inert


def rehydrate_text(text: str, vault: TokenVault) -> tuple[str, int]:
    """Return the text with its tokens replaced, and how many tokens stayed inert."""
    restorer = _Restorer(vault)
    return restorer.text(text), restorer.inert


class _Restorer:
    """Walks one document with one vault and counts the tokens it does not know."""

    def __init__(self, vault: TokenVault) -> None:
        self._vault = vault
        self.inert = 0

    def restore(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._leaf(value)
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return type(value)([self.restore(item) for item in value])
        return value

    def _mapping(self, value: dict[str, Any]) -> dict[str, Any]:
        kind = value.get("type")
        if isinstance(kind, str) and kind in UNTOUCHED_BLOCKS:
            return value
        return {self.text(key): self.restore(item) for key, item in value.items()}

    def _leaf(self, text: str) -> Any:
        if text in self._vault.numbers:
            return number_of(self._vault.values[text])
        return self.text(text)

    def text(self, text: str) -> str:
        """Return a text with its tokens replaced."""
        if "_" not in text:  # every spelling of a token holds one
            return text
        restored = self._replaced(text, TEXT_GRAMMAR, _as_is)
        if restored != text and text.lstrip()[:1] in _JSON_OPENERS:
            return self._json_text(text, restored)
        return restored

    def _json_text(self, text: str, restored: str) -> str:
        """Return JSON inside a string restored so that it still parses, if it did before."""
        if not _is_json(text) or _is_json(restored):
            return restored
        return self._replaced(text, JSON_GRAMMAR, json_escaped)

    def _replaced(self, text: str, grammar: Grammar, write: Callable[[str], str]) -> str:
        pieces: list[str] = []
        at = 0
        while match := grammar.token.search(text, at):
            value, end = self.resolved(match)
            pieces.append(text[at : match.start()])
            pieces.append(_kept(match, end) if value is None else write(value))
            at = end
        pieces.append(text[at:])
        return "".join(pieces)

    def resolved(self, match: re.Match[str]) -> tuple[str | None, int]:
        """Return what a token stands for, None if it is not of this vault, and where to go on.

        What looks like a variant may be the text that follows: PHI_NAME_7KQ2M_v2. What looks like a
        token may be the beginning of one and a whole one behind it: PHI_NAME_0APHI_DATE_...
        """
        value = self._vault.lookup(spelled(match, with_variant=True))
        if value is not None:
            return value, match.end()
        if match[5] is not None:
            value = self._vault.lookup(spelled(match, with_variant=False))
        if value is None:
            self.inert += 1
            return None, match.end(1)
        return value, match.end(4)


def _kept(match: re.Match[str], end: int) -> str:
    return match[0][: end - match.start()]


def _as_is(value: str) -> str:
    return value


def json_escaped(value: str) -> str:
    """Return a value as it is written inside a JSON string."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class StreamRehydrator:
    """Restores one content block of a stream; whatever the cuts, the output is the same.

    In "json" mode the input is the raw text of JSON (input_json_delta), so values go in escaped and
    numbers as numbers.
    Holds back at most tokens.HOLD_BACK characters: the longest tolerated spelling of a token.
    """

    def __init__(self, vault: TokenVault, mode: Literal["text", "json"] = "text") -> None:
        self._grammar = JSON_GRAMMAR if mode == "json" else TEXT_GRAMMAR
        self._write = json_escaped if mode == "json" else _as_is
        self._restorer = _Restorer(vault)
        self._held = ""
        numbers = {token: vault.values[token] for token in vault.numbers} if mode == "json" else {}
        self._numbers = NumberRestorer(numbers) if numbers else None

    @property
    def inert(self) -> int:
        """How many tokens stayed as they were."""
        return self._restorer.inert

    def feed(self, text: str) -> str:
        """Return what can be shown now."""
        if self._numbers:
            text = self._numbers.feed(text)
        waiting = self._held + text
        if _may_hold_token(waiting):
            return self._release(waiting, is_over=False)
        self._held = ""
        return waiting

    def flush(self) -> str:
        """Return what was held back; the block is over."""
        rest = self._numbers.flush() if self._numbers else ""
        return self._release(self._held + rest, is_over=True)

    def _release(self, waiting: str, *, is_over: bool) -> str:
        """Return the waiting text up to the first place where more text could make a token.

        A token that begins before such a place is complete: nothing that follows can change it.
        """
        shown: list[str] = []
        at = 0
        while True:
            token = self._grammar.token.search(waiting, at)
            open_end = None if is_over else self._grammar.beginning.search(waiting, at)
            end = open_end.start() if open_end else len(waiting)
            if token is None or token.start() >= end:
                break
            value, after = self._restorer.resolved(token)
            shown.append(waiting[at : token.start()])
            shown.append(_kept(token, after) if value is None else self._write(value))
            at = after
        shown.append(waiting[at:end])
        self._held = waiting[end:]
        return "".join(shown)


def _may_hold_token(text: str) -> bool:
    """Say whether a token may stand in a text or begin at its end; a quick look before a search."""
    low = text.lower()
    return "ph" in low or low.endswith("p")
