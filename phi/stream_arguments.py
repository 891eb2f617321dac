"""Puts identifiers back into a tool's arguments that come in pieces, as a whole answer shows them.

The pieces are the raw text of JSON, so a value goes in escaped. Two things are not seen piece by
piece: a letter may be spelled by its number (`\\u0050`), and what needs escaping, such as a line
break, needs it twice in JSON that stands in a string. For the sake of the latter, arguments are
held back to their end where one of the values needs escaping at all.
"""

import json
import re
from typing import Any, Final

from phi.rehydrate import StreamRehydrator, json_escaped, rehydrate
from phi.tokens import TokenVault

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[^u])", re.DOTALL)
_LONGEST_ESCAPE: Final = len(r"\u0050")
_IN_TOKENS: Final = re.compile(r"[0-9A-Za-z_]")


class ArgumentRehydrator:
    """Restores the arguments of one call of a tool; whatever the cuts, the outcome is the same."""

    def __init__(self, vault: TokenVault) -> None:
        self._vault = vault
        self._is_held = any(json_escaped(value) != value for value in vault.values.values())
        self._pieces: list[str] = []
        self._letters = LetterReader()
        self._restorer = StreamRehydrator(vault, "json")

    def feed(self, text: str) -> str:
        """Return what can be shown now."""
        if self._is_held:
            self._pieces.append(text)
            return ""
        return self._restorer.feed(self._letters.feed(text))

    def flush(self) -> str:
        """Return what was held back; the arguments are over."""
        raw = "".join(self._pieces)
        self._pieces.clear()
        spelled = self._letters.feed(raw) + self._letters.flush()
        shown = self._restorer.feed(spelled) + self._restorer.flush()
        return _as_whole(raw, shown, self._vault) if raw else shown


class LetterReader:
    """Writes letters, figures and underscores plainly that JSON text spells by their numbers."""

    def __init__(self) -> None:
        self._held = ""  # the beginning of an escape

    def feed(self, text: str) -> str:
        """Return the text up to an escape that has not ended."""
        waiting = self._held + text
        if "\\" not in waiting:
            self._held = ""
            return waiting
        pieces, at = [], 0
        for escape in _ESCAPE.finditer(waiting):
            pieces += [waiting[at : escape.start()], _plain(escape)]
            at = escape.end()
        open_at = waiting.find("\\", at)
        if open_at < 0 or len(waiting) - open_at >= _LONGEST_ESCAPE:  # none, or no escape of JSON
            open_at = len(waiting)
        self._held = waiting[open_at:]
        return "".join((*pieces, waiting[at:open_at]))

    def flush(self) -> str:
        """Return what was held back."""
        rest, self._held = self._held, ""
        return rest


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16)) if escape[1] else ""
    return character if _IN_TOKENS.fullmatch(character) else escape[0]


def _as_whole(raw: str, shown: str, vault: TokenVault) -> str:
    """Return arguments that read as a whole answer's: those shown, or else written anew.

    Arguments that were cut are no JSON, and stay as they are shown.
    """
    try:
        whole = rehydrate(json.loads(raw), vault)[0]
    except (ValueError, RecursionError):
        return shown
    return shown if _reads_as(shown, whole) else json.dumps(whole, ensure_ascii=False)


def _reads_as(shown: str, whole: Any) -> bool:
    try:
        return bool(json.loads(shown) == whole)
    except (ValueError, RecursionError):
        return False
