"""Amazon's event stream out of bytes cut anywhere: binary frames around the usual events. Pure.

A frame is its length and that of its headers, a checksum of both, the headers, the payload, and a
checksum of all. A payload of kind `chunk` holds one event in base64; an exception is one that says
`error`. Source: AWS, "Event stream encoding", docs.aws.amazon.com/AmazonS3 (SelectObjectContent).
"""

import base64
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import orjson

from routing.providers.message_stream import BrokenStream
from routing.providers.sse import LONGEST_EVENT_BYTES, EventTooLong, ServerEvent

PRELUDE: Final = struct.Struct(">III")  # length of all, length of the headers, checksum of these
CHECKSUM_BYTES: Final = 4
TEXT_HEADER: Final = 7  # the one type of header that is used here: a string with its length


class FrameReader:
    """Feed it the bytes as they come; each call returns the events they completed."""

    def __init__(self, longest: int = LONGEST_EVENT_BYTES) -> None:
        self._longest = longest
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that are complete now. Raises EventTooLong and BrokenStream."""
        self._held += chunk
        return [event for frame in self._frames() if (event := _event(frame))]

    def _frames(self) -> Iterator[bytes]:
        while len(self._held) >= PRELUDE.size:
            total, _, checksum = PRELUDE.unpack_from(self._held)
            if zlib.crc32(self._held[: PRELUDE.size - CHECKSUM_BYTES]) != checksum:
                raise BrokenStream("stream-bad-checksum")
            if total > self._longest:
                raise EventTooLong
            if total < PRELUDE.size + CHECKSUM_BYTES:
                raise BrokenStream("stream-broken-frame")
            if len(self._held) < total:
                return
            frame = bytes(self._held[:total])
            del self._held[:total]
            yield frame


def _event(frame: bytes) -> ServerEvent | None:
    """Return what a frame holds, or None for one that says nothing to us."""
    (checksum,) = struct.unpack_from(">I", frame, len(frame) - CHECKSUM_BYTES)
    if zlib.crc32(frame[:-CHECKSUM_BYTES]) != checksum:
        raise BrokenStream("stream-bad-checksum")
    _, header_bytes, _ = PRELUDE.unpack_from(frame)
    payload_at = PRELUDE.size + header_bytes
    try:
        headers = dict(_headers(frame[PRELUDE.size : payload_at]))
        return _read(headers, frame[payload_at:-CHECKSUM_BYTES])
    except (ValueError, KeyError, TypeError, struct.error, IndexError):
        raise BrokenStream("stream-broken-frame") from None


def _headers(raw: bytes) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(raw):
        name_ends = place + 1 + raw[place]
        name = raw[place + 1 : name_ends].decode()
        if raw[name_ends] != TEXT_HEADER:
            raise ValueError("Not a text.")
        (size,) = struct.unpack_from(">H", raw, name_ends + 1)
        place = name_ends + 3 + size
        yield name, raw[name_ends + 3 : place].decode()


def _read(headers: dict[str, str], payload: bytes) -> ServerEvent | None:
    if headers[":message-type"] != "event":
        kind = headers.get(":exception-type") or headers.get(":error-code", "")
        error = {"type": "error", "error": {"type": kind}}  # its words may quote the prompt
        return ServerEvent(b"error", orjson.dumps(error))
    if headers[":event-type"] != "chunk":
        return None
    data = base64.b64decode(orjson.loads(payload)["bytes"], validate=True)
    return ServerEvent(_name_in(data), data)


def _name_in(data: bytes) -> bytes:
    """Return an event's own name: here it has no other."""
    try:
        return str(orjson.loads(data)["type"]).encode()
    except (ValueError, KeyError, TypeError):
        return b""
