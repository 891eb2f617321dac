"""Anthropic's Messages API through its own SDK: our bytes out, its raw bytes in.

The SDK's client makes the headers (key, version, its own name) and its aiohttp transport carries
the bytes. Its request options, retries and response models are left out: each attempt has a ledger
row of its own, and they cost more than the call. Everything the SDK would read from the environment
is passed explicitly: address, key, proxies (none), redirects (never followed, since the prompt
would be forwarded), telemetry (off).
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

import aiohttp
import anthropic
import httpx2

from routing.errors import (
    ProviderAmbiguous,
    ProviderBusy,
    ProviderFailed,
    ProviderRefused,
    ProviderUnreachable,
    SpendLimitReached,
)
from routing.providers import messages
from routing.providers.anthropic_stream import AnthropicStream
from routing.providers.base import MAX_REPLY_BYTES
from routing.types import ProviderReply

API_VERSION = "2026-10-21"
CONNECT_TIMEOUT_SECONDS = 5.0
MAX_CONNECTIONS = 500
KEEPALIVE_SECONDS = 55.0
LONGEST_RETRY_AFTER_SECONDS = 3_600
# Only these prove that no connection was made, so nothing was sent. The transport calls a reset
# after the last byte a ConnectError too, so what caused the error is asked, not its name.
NEVER_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
OWN_HEADERS: Final = {
    "anthropic-version": API_VERSION,
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "identity",  # an answer cannot swell when it is unpacked
}
CREDENTIALS: Final = frozenset({"authorization", "x-api-key"})
SPEND_LIMIT: Final = "enforced_spend_limit_reached"  # also a 429, but no pause ends it
REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 422})


class Anthropic:
    """One deployment of the Messages API."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        self._transport = anthropic.DefaultAioHttpClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS),
            limits=httpx2.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
        )
        client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            http_client=self._transport,
            open_telemetry={"traces": {"enabled": False, "content_mode": "metadata_only"}},
        )
        self._url = httpx2.URL(f"{base_url.rstrip('/')}/v1/messages")
        self._count_url = httpx2.URL(f"{base_url.rstrip('/')}/v1/messages/count_tokens")
        self._headers = {k: v for k, v in client.default_headers.items() if isinstance(v, str)}
        self._headers.update(OWN_HEADERS)
        shown = {k: v for k, v in self._headers.items() if k.lower() not in CREDENTIALS}
        self.headers: Mapping[str, str] = MappingProxyType(shown)

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Return the checked answer to one Messages request; the caller bounds the time."""
        started = time.perf_counter()
        response, content = await self._post(body, self._url)
        return messages.read_reply(
            content,
            content_type=response.headers.get("content-type", ""),
            request_id=response.headers.get("request-id", ""),
            model_id=model_id,
            latency_ms=(time.perf_counter() - started) * 1000,
        )

    async def count(self, body: bytes) -> int:
        """Return how many input tokens a body has."""
        _, content = await self._post(body, self._count_url)
        return messages.count_of(content)

    @asynccontextmanager
    async def stream(self, body: bytes, *, model_id: str) -> AsyncIterator[AnthropicStream]:
        """Yield the stream of one answer; the caller bounds the time."""
        started = time.perf_counter()
        async with self._answering(body, self._url) as response:
            if response.status_code != 200:
                raise failure_of(response, await _read(response))
            yield AnthropicStream(response, model_id=model_id, started=started)

    async def close(self) -> None:
        await self._transport.aclose()

    async def _post(self, body: bytes, url: httpx2.URL) -> tuple[httpx2.Response, bytes]:
        async with self._answering(body, url) as response:
            content = await _read(response)
        if response.status_code != 200:
            raise failure_of(response, content)
        return response, content

    @asynccontextmanager
    async def _answering(self, body: bytes, url: httpx2.URL) -> AsyncIterator[httpx2.Response]:
        """Send a body and yield the response, of which nothing but the head has been read."""
        request = httpx2.Request("POST", url, headers=self._headers, content=body)
        try:
            response = await self._transport.send(request, stream=True)
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise _connection_failure(error) from None
        try:
            yield response
        finally:
            await response.aclose()


def _connection_failure(error: Exception) -> ProviderFailed:
    """Return Unreachable when no connection was ever made; anything later is doubt."""
    cause = error.__cause__ or error
    if isinstance(cause, NEVER_CONNECTED):
        return ProviderUnreachable(outcome=type(cause).__name__[:48])
    return ProviderAmbiguous(outcome=f"broken-{type(cause).__name__}"[:48])


async def _read(response: httpx2.Response) -> bytes:
    """Return the bytes of an answer. One that is packed, or endless, is given up."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ProviderAmbiguous(outcome="reply-encoded", http_status=response.status_code)
    chunks, size = [], 0
    try:
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                raise ProviderAmbiguous(outcome="reply-too-large", http_status=response.status_code)
            chunks.append(chunk)
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise _connection_failure(error) from None
    return b"".join(chunks)


def failure_of(response: httpx2.Response, content: bytes) -> ProviderFailed:
    """Return the failure that a status means; only 429 and 529 prove that nothing was done.

    The provider's own words may quote the prompt, so only its error type is kept.
    """
    status = response.status_code
    kind = messages.error_type(content)
    facts: dict[str, Any] = {"outcome": f"{status}-{kind}"[:48], "http_status": status}
    if status == 429 and messages.error_code(content) == SPEND_LIMIT:
        return SpendLimitReached(**{**facts, "outcome": f"429-{SPEND_LIMIT}"[:48]})
    if status in (429, 529):
        return ProviderBusy(retry_after_seconds=_retry_after(response.headers), **facts)
    if status in REFUSALS:
        return ProviderRefused(**facts)
    return ProviderAmbiguous(**facts)


def _retry_after(headers: httpx2.Headers) -> int | None:
    """Return the seconds to wait that a provider asks for, if it is a sane number."""
    value = headers.get("retry-after", "")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    return min(int(value), LONGEST_RETRY_AFTER_SECONDS)
