"""The connections to one provider: our own bytes out, its raw bytes in, nothing in between.

Redirects are answers like any other, since the prompt would be forwarded. A request is sent once:
aiohttp repeats no POST, and each call of ours has a ledger row of its own.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
import httpx2
from yarl import URL

from routing.errors import ProviderAmbiguous, ProviderFailed, ProviderUnreachable
from routing.providers.base import MAX_REPLY_BYTES
from routing.providers.connections import open_session

# httpx2's are those of the vendor's transport, which names the cause it translated.
ERRORS: Final = (aiohttp.ClientError, httpx2.HTTPError, OSError, ValueError)
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
