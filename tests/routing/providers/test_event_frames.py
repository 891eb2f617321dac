"""Amazon's binary frames, cut anywhere and broken."""

import struct
import zlib
from typing import Any

import pytest

from routing.providers.event_frames import FrameReader
from routing.providers.message_stream import BrokenStream
from routing.providers.sse import EventTooLong
from routing.sandbox.cloud_dialects import frame, framed

STOP = framed(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
ERROR = framed(
    b'event: error\ndata: {"error":{"type":"throttlingException","message":"secret"}}\n\n'
)


def mended(frame: bytes) -> bytes:
    """Return a frame whose checksums fit again."""
    head = frame[:8] + struct.pack(">I", zlib.crc32(frame[:8])) + frame[12:-4]
    return head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize("size", [1, 3, 11, 1_000])
def test_events_are_found_wherever_the_bytes_are_cut(size: int):
    reader, whole = FrameReader(), STOP + frame({":message-type": "event", ":event-type": "x"}, b"")
    whole += ERROR
    found = [e for at in range(0, len(whole), size) for e in reader.feed(whole[at : at + size])]
    assert [event.name for event in found] == [b"message_stop", b"error"]
    assert found[1].data == b'{"type":"error","error":{"type":"throttlingException"}}'


@pytest.mark.parametrize("at", [2, 9, 20, -30, -1])
def test_changed_byte_breaks_the_stream(at: int):
    broken = bytearray(STOP)
    broken[at] ^= 1
    with pytest.raises((BrokenStream, EventTooLong)):
        FrameReader().feed(bytes(broken) + STOP)


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">II", 4, 0) + struct.pack(">I", zlib.crc32(struct.pack(">II", 4, 0))),
        frame({":message-type": "event", ":event-type": "chunk"}, b"{}"),
        frame({":message-type": "event", ":event-type": "chunk"}, b'{"bytes":"%%"}'),
        frame({}, b"{}"),
        mended(STOP[:23] + b"\x09" + STOP[24:]),
    ],
)
def test_frame_that_holds_no_event_breaks_the_stream(frame: bytes):
    with pytest.raises(BrokenStream):
        FrameReader().feed(frame)


def test_frame_without_end_is_given_up():
    with pytest.raises(EventTooLong):
        FrameReader(longest=50).feed(STOP)


def test_data_that_is_no_event_is_left_to_the_grammar():
    payload: Any = b'{"bytes":"W10="}'
    (event,) = FrameReader().feed(
        frame({":message-type": "event", ":event-type": "chunk"}, payload)
    )
    assert (event.name, event.data) == (b"", b"[]")
