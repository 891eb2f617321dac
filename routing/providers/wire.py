"""The connections to one provider: our own bytes out, its raw bytes in, nothing in between.

What the environment says (proxies, credentials) is not read, redirects are answers like any other,
since the prompt would be forwarded, cookies are not kept and nothing is unpacked. A request is sent
once: aiohttp repeats no POST, and each call of ours has a ledger row of its own.
"""

import select
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import httpx2
from aiohttp.connector import Connection
from yarl import URL

from routerproject.shared.outbound import checked_socket
from routing.errors import ProviderAmbiguous, ProviderFailed, ProviderUnreachable
from routing.providers.base import MAX_REPLY_BYTES

# httpx2's are those of the vendor's transport, which names the cause it translated.
ERRORS: Final = (aiohttp.ClientError, httpx2.HTTPError, OSError, ValueError)
CONNECT_TIMEOUT_SECONDS: Final = 5.0
MAX_CONNECTIONS: Final = 500
# A connection that the other side is about to close must not be used again. The front doors of
# vendors keep idle ones for a minute and more; servers in the house (uvicorn, Node) for 5 seconds,
# and there a new connection costs next to nothing.
KEEPALIVE_SECONDS: Final = {"https": 55.0, "http": 4.0}
# Only these prove that no connection was made, so nothing was sent.
NEVER_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whoever carried it: its head, and its bytes as they come."""

    status: int
    headers: Mapping[str, str]  # by names in any case
    chunks: AsyncIterator[bytes]


class Wire:
    """One provider's connections, opened with the first call and closed at shutdown."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(self, url: URL, body: bytes) -> AsyncIterator[Answer]:
        """Send a body and yield the answer, of which nothing but the head has been read.

        Raises ProviderUnreachable when no connection was made, ProviderAmbiguous after that.
        """
        if self._session is None:
            self._session = open_session(url.scheme)
        try:
            response = await self._session.post(
                url, data=body, headers=self._headers, allow_redirects=False
            )
        except ERRORS as error:
            raise connection_failure(error) from None
        try:
            yield Answer(response.status, response.headers, response.content.iter_any())
        finally:
            response.release()  # one that was not read to its end is closed

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


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
    )


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


async def read(answer: Answer) -> bytes:
    """Return the bytes of an answer. One that is packed, or endless, is given up."""
    status = answer.status
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ProviderAmbiguous(outcome="reply-encoded", http_status=status)
    chunks, size = [], 0
    try:
        async for chunk in answer.chunks:
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                raise ProviderAmbiguous(outcome="reply-too-large", http_status=status)
            chunks.append(chunk)
    except ERRORS as error:
        raise connection_failure(error) from None
    return b"".join(chunks)


def connection_failure(error: BaseException) -> ProviderFailed:
    """Return Unreachable when no connection was ever made; anything later is doubt."""
    cause = cause_of(error)
    if isinstance(cause, NEVER_CONNECTED):
        return ProviderUnreachable(outcome=type(cause).__name__[:48])
    return ProviderAmbiguous(outcome=f"broken-{type(cause).__name__}"[:48])


def cause_of(error: BaseException) -> BaseException:
    """Return what broke a connection. httpx2's names say less: its ConnectError may come after the
    last byte was sent."""
    if isinstance(error, httpx2.HTTPError) and error.__cause__ is not None:
        return error.__cause__
    return error
