"""The connections to one provider: our own bytes out, its raw bytes in, nothing in between.

What the environment says (proxies, credentials) is not read, redirects are answers like any other,
since the prompt would be forwarded, cookies are not kept and nothing is unpacked. A request is sent
once: aiohttp repeats no POST, and each call of ours has a ledger row of its own.
"""

import select
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from routerproject.shared.outbound import checked_socket
from routing.errors import ProviderAmbiguous, ProviderFailed, ProviderUnreachable
from routing.providers.base import MAX_REPLY_BYTES

ERRORS: Final = (aiohttp.ClientError, OSError, ValueError)
CONNECT_TIMEOUT_SECONDS: Final = 5.0
MAX_CONNECTIONS: Final = 500
# A connection that the other side is about to close must not be used again. The front doors of
# vendors keep idle ones for a minute and more; servers in the house (uvicorn, Node) for 5 seconds,
# and there a new connection costs next to nothing.
KEEPALIVE_SECONDS: Final = {"https": 55.0, "http": 4.0}
# Only these prove that no connection was made, so nothing was sent.
NEVER_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Wire:
    """One provider's connections, opened with the first call and closed at shutdown."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(
        self, url: URL, body: bytes, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a body and yield the answer, of which nothing but the head has been read.

        `headers` are those of this request alone.

        Raises ProviderUnreachable when no connection was made, ProviderAmbiguous after that.
        """
        try:
            response = await self._open(url).post(
                url, data=body, headers=headers, allow_redirects=False
            )
        except ERRORS as error:
            raise connection_failure(error) from None
        try:
            yield response
        finally:
            response.release()  # one that was not read to its end is closed

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self, url: URL) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(
                    limit=MAX_CONNECTIONS,
                    keepalive_timeout=KEEPALIVE_SECONDS[url.scheme],
                    socket_factory=checked_socket,
                ),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    """Looks, before a connection is used again, whether the other side has closed it.

    A busy event loop learns of that late. What is sent after it is lost with an unknown outcome:
    nobody can tell such a loss from one after the request was worked on.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used: weakref.WeakSet[Any] = weakref.WeakSet()  # protocols that carried a request

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        """Return a connection that is new, or that nothing was heard of since its last answer."""
        while True:
            connection = await super().connect(*arguments, **options)
            protocol = connection.protocol
            if protocol not in self._used:
                self._used.add(protocol)
                return connection
            if not _has_news(connection):
                return connection
            connection.close()


def _has_news(connection: Connection) -> bool:
    """Say whether something can be read, which on an idle connection is its end."""
    transport = connection.transport
    own = None if transport is None else transport.get_extra_info("socket")
    if own is None:
        return True
    unasked = select.poll()
    unasked.register(own.fileno(), select.POLLIN)
    return bool(unasked.poll(0))


async def read(response: aiohttp.ClientResponse) -> bytes:
    """Return the bytes of an answer. One that is packed, or endless, is given up."""
    status = response.status
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ProviderAmbiguous(outcome="reply-encoded", http_status=status)
    chunks, size = [], 0
    try:
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                raise ProviderAmbiguous(outcome="reply-too-large", http_status=status)
            chunks.append(chunk)
    except ERRORS as error:
        raise connection_failure(error) from None
    return b"".join(chunks)


def connection_failure(error: Exception) -> ProviderFailed:
    """Return Unreachable when no connection was ever made; anything later is doubt."""
    if isinstance(error, NEVER_CONNECTED):
        return ProviderUnreachable(outcome=type(error).__name__[:48])
    return ProviderAmbiguous(outcome=f"broken-{type(error).__name__}"[:48])
