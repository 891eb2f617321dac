"""Connections to one provider; none is used that the other side has closed, or is about to close.

What is sent then is lost with an unknown outcome: nobody can tell such a loss from one after the
request was worked on. So a connection that was used before is looked at when it is taken, again
when the request is about to be written (a busy event loop can do a lot of other work in between),
and given up long before the other side does. While nothing of a request has left, another
connection is taken for it.

What the environment says (proxies, credentials) is not read, cookies are not kept and nothing is
unpacked.
"""

import select
import weakref
from time import monotonic
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection

from routerproject.shared.outbound import checked_socket

CONNECT_TIMEOUT_SECONDS: Final = 5.0
MAX_CONNECTIONS: Final = 500
# How long after a request was sent its connection is used again. The other side begins to count
# when it has answered, so that it counts less than we do. The front doors of vendors keep idle
# ones for a minute and more; servers in the house (uvicorn, Node) for 5 seconds, and there a new
# connection costs next to nothing. The difference is what a busy event loop may be late.
KEEPALIVE_SECONDS: Final = {"https": 55.0, "http": 2.0}
CLOSED: Final = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


def open_session(scheme: str) -> aiohttp.ClientSession:
    """Return a session for calls to one provider, for the loop that runs."""
    return aiohttp.ClientSession(
        connector=_Connector(
            limit=MAX_CONNECTIONS,
            keepalive_timeout=KEEPALIVE_SECONDS[scheme],
            socket_factory=checked_socket,
        ),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        request_class=_Request,
        middlewares=(_while_nothing_left,),
    )


class _Connector(aiohttp.TCPConnector):
    """Gives out connections that are new, or young and still open."""

    def __init__(self, *, keepalive_timeout: float, **options: Any) -> None:
        super().__init__(keepalive_timeout=keepalive_timeout, **options)
        self._longest = keepalive_timeout
        # When a protocol, which is what the pool keeps of a connection, last carried a request.
        self._sent_at: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()

    async def connect(self, req: aiohttp.ClientRequest, *more: Any, **options: Any) -> Connection:
        """Return a connection that is new, or of which nothing was heard since its last answer."""
        while True:
            connection = await super().connect(req, *more, **options)
            sent_at, now = self._sent_at.get(connection.protocol), monotonic()
            is_young = sent_at is None or now - sent_at <= self._longest
            if sent_at is None or (is_young and not _has_news(connection)):
                self._sent_at[connection.protocol] = now
                if isinstance(req, _Request):
                    req.is_over_old_one = sent_at is not None
                return connection
            connection.close()


class _Request(aiohttp.ClientRequest):
    """Knows whether anything of it may have left."""

    is_over_old_one = False  # over a connection that carried others before
    has_left = False

    @property
    def may_go_again(self) -> bool:
        """Say that nothing left, for a reason that a new connection does not have."""
        return self.is_over_old_one and not self.has_left

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send what has no body at once; a body is written, head included, in a task."""
        self.has_left = not self.body
        return await super().send(conn)

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        """Write head and body, unless the connection was closed since it was taken."""
        if self.is_over_old_one and _has_news(conn):
            if conn.protocol is not None:
                conn.protocol.set_exception(aiohttp.ServerDisconnectedError())
            return
        self.has_left = True
        await super().write_bytes(writer, conn, content_length)


async def _while_nothing_left(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request over another connection when the one it got was closed before it was sent."""
    while True:
        try:
            return await handler(request)
        except CLOSED:
            if not isinstance(request, _Request) or not request.may_go_again:
                raise


def _has_news(connection: Connection) -> bool:
    """Say whether something can be read, which on an idle connection is its end."""
    transport = connection.transport
    own = None if transport is None else transport.get_extra_info("socket")
    if own is None or own.fileno() < 0:
        return True
    unasked = select.poll()
    unasked.register(own.fileno(), select.POLLIN)
    return bool(unasked.poll(0))
