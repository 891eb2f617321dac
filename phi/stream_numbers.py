"""Numbers in the raw text of JSON that comes in pieces: a token of a number comes back as one."""

import re
from collections.abc import Mapping

LONGEST_BLANK = 16  # between a value and what follows it; a longer one leaves the token a string


class NumberRestorer:
    """Replaces a string that is nothing but the token of a number by that number.

    Only a whole value counts: what follows it must be a comma or a closing bracket, so that a
    member's name stays a string.
    """

    def __init__(self, numbers: Mapping[str, str]) -> None:
        quoted = {f'"{token}"': value for token, value in numbers.items()}
        self._values = quoted
        self._longest = max(map(len, quoted)) + LONGEST_BLANK
        tokens = "|".join(map(re.escape, quoted))
        self._value = re.compile(rf"(?<!\\)({tokens})(?=[ \n\r\t]{{0,{LONGEST_BLANK}}}[,}}\]])")
        self._held = ""
        self._before = ""  # the last character given out: a backslash makes a quote part of a text

    def feed(self, text: str) -> str:
        """Return what no later text can change."""
        waiting = self._held + text
        end = self._open_end(waiting)
        self._held = waiting[end:]
        return self._restored(waiting[:end], waiting)

    def flush(self) -> str:
        """Return what was held back; the block is over."""
        rest, self._held = self._held, ""
        return self._restored(rest, rest)

    def _restored(self, text: str, waiting: str) -> str:
        """Return `text`, the beginning of `waiting`, with its numbers."""
        if not text:
            return ""
        whole = self._before + waiting
        start, end = len(self._before), len(self._before) + len(text)
        shown, at = [], start
        for match in self._value.finditer(whole, start):
            if match.end() > end:
                break
            shown += [whole[at : match.start()], self._values[match[1]]]
            at = match.end()
        shown.append(whole[at:end])
        self._before = text[-1]
        return "".join(shown)

    def _open_end(self, waiting: str) -> int:
        """Return the first place from which more text could make a number."""
        at = waiting.find('"', max(0, len(waiting) - self._longest))
        while at >= 0:
            if any(self._may_become(quoted, waiting[at:]) for quoted in self._values):
                return at
            at = waiting.find('"', at + 1)
        return len(waiting)

    @staticmethod
    def _may_become(quoted: str, tail: str) -> bool:
        if quoted.startswith(tail):
            return True
        blank = tail.removeprefix(quoted)
        return blank != tail and not blank.strip(" \n\r\t") and len(blank) <= LONGEST_BLANK
