"""uvicorn's HTTP protocol with a bound on what comes before and after a body.

httptools gathers headers and trailers of any size in memory; the application is asked when they
have ended. So this is refused here, before any of it is kept: `uvicorn --http` names the class.
"""

from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 << 10  # of address, headers and trailers of one request
# A connection closed while the other side still sends is reset, and the refusal lost with it.
LINGER_SECONDS: Final = 2.0
_PROBLEM: Final = orjson.dumps(
    {
        "type": "/problems/headers-too-large",
        "title": "The headers are larger than a request may have.",
        "status": 431,
        "detail": f"Address and headers may have {MOST_HEAD_BYTES} bytes together.",
        "problem": "headers-too-large",
        "retryable": False,
        "billed": False,
    }
)
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_PROBLEM), _PROBLEM)
)


class HeadTooLarge(Exception):
    """Tells the parser to stop."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 and closes the connection where a head has no end in reach."""

    _head_bytes = 0  # of the request under way
    _unended_bytes = 0  # read since a request began or a piece of its body ended
    _is_refused = False  # what still comes is thrown away

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._unended_bytes += len(data)
        super().data_received(data)
        # A header that does not end is not told to on_header.
        if self._unended_bytes > MOST_HEAD_BYTES and not self._is_refused:
            self._refuse()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._unended_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unended_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser stopped at."""
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES:
            raise HeadTooLarge

    def _refuse(self) -> None:
        self._is_refused = True
        cycle = self.cycle
        is_answered = cycle is not None and cycle.response_complete
        if cycle is None or is_answered or not cycle.response_started:
            self.transport.write(_REFUSAL)
        if cycle is not None and not is_answered:  # its trailers were refused
            cycle.disconnected = True
            cycle.message_event.set()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
