"""Server-sent events out of bytes cut anywhere (WHATWG HTML 9.2.6). Pure and incremental.

What the provider's SDK drops is kept (data without an event name, any line ending, a byte order
mark, characters cut in two), and what it takes without end is bounded.
"""

import re
from typing import Final, NamedTuple

LONGEST_EVENT_BYTES: Final = 4_000_000  # of one line, and of the data of one event
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# An event as vendors write nearly all of them; the way through its lines costs ten times as much.
# A dot stops at line feeds alone, and is found ten times as fast as a class that stops at both.
_USUAL: Final = re.compile(rb"event: (.*+)\ndata: (.*+)\n\n")


class EventTooLong(Exception):
    """A line or an event has more bytes than an answer can mean."""


class ServerEvent(NamedTuple):
    """One event as it came; `name` is empty where the sender gave none."""

    name: bytes
    data: bytes


class EventReader:
    """Feed it the bytes as they come; each call returns the events they completed.

    What follows the last blank line when the stream ends is no event, as the standard says.
    """

    def __init__(self, longest: int = LONGEST_EVENT_BYTES) -> None:
        self._longest = longest
        self._parts: list[bytes] = []  # of a line whose end has not come
        self._size = 0  # of the unfinished line, and of the data before it
        self._is_first_line = True
        self._ended_with_return = False  # a line feed may follow that ends no line of its own
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that are complete now. Raises EventTooLong."""
        if self._ended_with_return and chunk:
            self._ended_with_return = False
            chunk = chunk[chunk.startswith(b"\n") :]
        if self._is_between_events and len(chunk) <= self._longest and b"\r" not in chunk:
            found, rest = _usual(chunk)
            return [*found, *self._fed(rest)] if rest else found
        return self._fed(chunk)

    @property
    def _is_between_events(self) -> bool:
        is_idle = not (self._parts or self._data or self._name)
        return is_idle and not self._is_first_line

    def _fed(self, chunk: bytes) -> list[ServerEvent]:
        if b"\n" not in chunk and b"\r" not in chunk:
            self._hold(chunk)
            return []
        lines = b"".join((*self._parts, chunk)).splitlines(keepends=True)
        self._parts.clear()
        rest = b"" if lines[-1].endswith((b"\n", b"\r")) else lines.pop()
        self._ended_with_return = not rest and lines[-1].endswith(b"\r")
        found = [event for line in lines if (event := self._line(line.rstrip(b"\r\n")))]
        self._size = sum(map(len, self._data))
        self._hold(rest)
        return found

    def _hold(self, part: bytes) -> None:
        if not part:
            return
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._longest:
            raise EventTooLong

    def _line(self, line: bytes) -> ServerEvent | None:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._dispatched()
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._keep(value)
        elif name == b"event":
            self._name = value
        return None  # a comment, or a field without a meaning here

    def _keep(self, value: bytes) -> None:
        self._data.append(value)
        if len(self._data) > 1 and sum(map(len, self._data)) > self._longest:
            raise EventTooLong
        if len(value) > self._longest:
            raise EventTooLong

    def _dispatched(self) -> ServerEvent | None:
        name, data = self._name, self._data
        self._name, self._data = b"", []
        return ServerEvent(name, b"\n".join(data)) if data else None


def _usual(chunk: bytes) -> tuple[list[ServerEvent], bytes]:
    """Return the events that a chunk begins with, as far as they have the usual form, and the
    rest."""
    if only := _USUAL.fullmatch(chunk):
        return [ServerEvent._make(only.groups())], b""
    found, at = [], 0
    while usual := _USUAL.match(chunk, at):
        found.append(ServerEvent._make(usual.groups()))
        at = usual.end()
    return found, chunk[at:]
