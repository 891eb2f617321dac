"""Answers as server-sent events, and the response that carries them (WHATWG HTML 9.2)."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson
from django.http import StreamingHttpResponse

from routing import reply
from routing.streamed import Streamed
from routing.types import Event

CONTENT_TYPE: Final = "text/event-stream; charset=utf-8"
SUMMARY: Final = "router.summary"
Parts = AsyncGenerator[bytes, None]


class EventStreamResponse(StreamingHttpResponse):
    """Events that are sent as they come; `leave` must be called when nobody reads them any more."""

    def __init__(self, streamed: Streamed, parts: Parts, headers: Mapping[str, str]) -> None:
        shown = {**streamed.headers, **headers, **_UNBUFFERED}
        super().__init__(parts, content_type=CONTENT_TYPE, headers=shown)
        self.parts = parts
        self.leave = streamed.leave


# Proxies keep answers together and for others, unless told.
_UNBUFFERED: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frame(event: Event) -> bytes:
    """Return one event as it goes over the wire."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event, default=str))


async def with_summary(streamed: Streamed) -> Parts:
    """Yield the events of an answer, and after them what the plain reply would have said."""
    async with aclosing(streamed.batches()) as batches:
        async for events in batches:
            yield b"".join(map(frame, events))
    yield frame({"type": SUMMARY, **reply.shown(streamed.summary())})


def respond(streamed: Streamed, **headers: Any) -> EventStreamResponse:
    """Return the streamed answer of `/api/v1/route`."""
    return EventStreamResponse(streamed, with_summary(streamed), headers)
