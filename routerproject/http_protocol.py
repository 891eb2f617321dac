"""uvicorn's HTTP protocol with bounds on what comes before and after a body, on its time, and on
how long an answer may wait to be read.

httptools gathers headers and trailers of any size in memory, and waits for them for ever; the
application is asked when they have ended. So this is refused here, before any of it is kept:
`uvicorn --http` names the class. A body that never ends is the application's to refuse; where that
does not look at it, the connection is closed a while later.
"""

import asyncio
import socket
from typing import Final

import orjson
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 << 10  # of address, headers and trailers of one request
# A connection closed while the other side still sends is reset, and the refusal lost with it.
LINGER_SECONDS: Final = 2.0


def _refusal(
    status: int, phrase: str, problem: str, title: str, detail: str, *, is_retryable: bool
) -> bytes:
    """Return a whole answer: the application, which writes the others, does not know of it."""
    document = orjson.dumps(
        {
            "type": f"/problems/{problem}",
            "title": title,
            "status": status,
            "detail": detail,
            "problem": problem,
            "retryable": is_retryable,
            "billed": False,
        }
    )
    return (
        b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\n"
        b"content-length: %d\r\nconnection: close\r\n\r\n%b"
        % (status, phrase.encode(), len(document), document)
    )


_TOO_LARGE: Final = _refusal(
    431,
    "Request Header Fields Too Large",
    "headers-too-large",
    "The headers are larger than a request may have.",
    f"Address and headers may have {MOST_HEAD_BYTES} bytes together.",
    is_retryable=False,
)
_TOO_SLOW: Final = _refusal(
    408,
    "Request Timeout",
    "headers-too-slow",
    "The headers took too long to arrive.",
    "Address and headers must arrive in BODY_READ_TIMEOUT_MS.",
    is_retryable=True,
)


class HeadTooLarge(Exception):
    """Tells the parser to stop."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 or 408 and closes the connection where a head has no end in reach."""

    _awaits_head = True  # of the first request, or of the next one
    _awaits_body = False
    _patience: asyncio.TimerHandle | None = None  # for what a request still lacks
    _head_bytes = 0  # of the request under way
    _unended_bytes = 0  # read since a request began or a piece of its body ended
    _is_refused = False  # what still comes is thrown away
    _is_last = False  # the request under way: the other side asked to close after it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _bound_reading(transport)
        self._wait(1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._unended_bytes += len(data)
        super().data_received(data)
        # A header that does not end is not told to on_header.
        if self._unended_bytes > MOST_HEAD_BYTES and not self._is_refused:
            self._refuse(_TOO_LARGE)
        if self._patience is None and not self._is_refused:
            self._wait_for_the_rest()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._wait(0)
        self._awaits_head, self._awaits_body = False, True
        super().on_headers_complete()
        if self.cycle is not None and not self.cycle.keep_alive:
            # An answer ahead of the body's end would close the connection under the body: it would
            # be reset, and the answer lost with it. So it closes at the end of both.
            self._is_last = self.cycle.keep_alive = True

    def on_body(self, body: bytes) -> None:
        self._unended_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._wait(0)
        self._awaits_head, self._awaits_body = True, False
        self._unended_bytes = 0
        if self._is_last and self.cycle is not None:
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser stopped at."""
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES:
            raise HeadTooLarge

    def _wait_for_the_rest(self) -> None:
        """Bound the time of a request that has begun and not ended; one under way needs none.

        Between requests uvicorn's own time for idle connections runs. A body gets twice the time,
        so that the application, which has the better words, is the first to refuse it.
        """
        is_under_way = self.cycle is not None and not self.cycle.response_complete
        if self._awaits_body:
            self._wait(2)
        elif self._awaits_head and not is_under_way and self.timeout_keep_alive_task is None:
            self._wait(1)

    def _wait(self, times: int) -> None:
        """Wait for so many times BODY_READ_TIMEOUT_MS from now; 0: for nothing."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if times:
            seconds = times * settings.BODY_READ_TIMEOUT_MS / 1000
            self._patience = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._patience = None
        if self._awaits_head and self._unended_bytes and not self._is_refused:
            self._refuse(_TOO_SLOW)
        elif self.flow.read_paused:  # the application takes its time, not the other side
            self._wait(2)
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, refusal: bytes) -> None:
        self._is_refused = True
        self._wait(0)
        cycle = self.cycle
        is_answered = cycle is not None and cycle.response_complete
        if cycle is None or is_answered or not cycle.response_started:
            self.transport.write(refusal)
        if cycle is not None and not is_answered:  # its trailers were refused
            cycle.disconnected = True
            cycle.message_event.set()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _bound_reading(transport: asyncio.Transport) -> None:
    """Have the kernel end a connection whose other side takes nothing of what waits for it (RFC
    5482): it would hold its place among the open requests, and its buffers, for ever.

    Systems that have no such bound, and sockets that are not TCP, go without.
    """
    own = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if own is None or option is None or own.family not in (socket.AF_INET, socket.AF_INET6):
        return
    own.setsockopt(socket.IPPROTO_TCP, option, settings.RESPONSE_READ_TIMEOUT_MS)
