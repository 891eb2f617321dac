"""Server-sent events out of bytes that are cut anywhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.providers.sse import EventReader, EventTooLong, ServerEvent

STREAM = (
    b'event: a\ndata: {"x":"\xc3\xa9"}\n\n: comment\n\ndata: one\ndata: two\n\r\n'
    b"event: b\r\ndata:three\r\n\r\nid: 5\nretry: 1\ndata\n\nevent: lonely\n\n"
    b"event: c\rdata: four\r\rdata: unfinished"
)
EVENTS = [
    ServerEvent(b"a", b'{"x":"\xc3\xa9"}'),
    ServerEvent(b"", b"one\ntwo"),
    ServerEvent(b"b", b"three"),
    ServerEvent(b"", b""),
    ServerEvent(b"c", b"four"),
]


def read(*chunks: bytes, longest: int = 1_000) -> list[ServerEvent]:
    reader = EventReader(longest)
    return [event for chunk in chunks for event in reader.feed(chunk)]


def test_lines_fields_and_endings_are_read_as_the_standard_says():
    assert read(STREAM) == EVENTS
    assert read(b"\xef\xbb\xbf" + STREAM) == EVENTS


def test_every_pair_of_cuts_gives_the_same_events():
    whole = b"\xef\xbb\xbf" + STREAM
    for first in range(len(whole)):
        assert read(whole[:first], whole[first:]) == EVENTS
        second = (first * 7) % (len(whole) - first) + first
        assert read(whole[:first], whole[first:second], b"", whole[second:]) == EVENTS


LINES = st.sampled_from(
    [b"data: x", b"data:y", b"event: n", b"", b"", b":c", b"data", b"other: z", "data: né".encode()]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@settings(max_examples=300)
@given(st.lists(st.tuples(LINES, ENDS), max_size=12), st.data())
def test_any_cuts_of_any_stream_give_the_same_events(
    lines: list[tuple[bytes, bytes]], data: st.DataObject
):
    whole = b"".join(line + end for line, end in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*pieces) == read(whole)


@pytest.mark.parametrize(
    "chunks",
    [
        [b"data: " + b"x" * 2_000 + b"\n\n"],
        [b"data: " + b"x" * 600, b"x" * 600],
        [b": " + b"x" * 2_000],
        [b"data: " + b"x" * 400 + b"\n"] * 3,
        [b"x" * 100] * 11,
    ],
    ids=["one line", "in pieces", "a comment", "many lines of one event", "no line at all"],
)
def test_what_has_no_end_is_given_up(chunks: list[bytes]):
    with pytest.raises(EventTooLong):
        read(*chunks)


def test_many_events_are_no_long_one():
    assert len(read(*[b"data: " + b"x" * 400 + b"\n\n"] * 50)) == 50
