"""Anthropic's Messages API, spoken directly: our bytes out, its raw bytes in (docs/adr/0007).

The vendor's SDK is left out of the web processes: its types take 42 MB, and its client over the
same transport twice the CPU of a call. What it would read from the environment cannot redirect us.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from aiohttp import ClientResponse
from multidict import CIMultiDictProxy
from yarl import URL

from routing.errors import (
    ProviderAmbiguous,
    ProviderBusy,
    ProviderFailed,
    ProviderRefused,
    SpendLimitReached,
)
from routing.providers import messages
from routing.providers.anthropic_stream import AnthropicStream
from routing.providers.wire import Wire, read
from routing.types import ProviderReply

API_VERSION: Final = "2026-10-21"
LONGEST_RETRY_AFTER_SECONDS: Final = 3_600
HEADERS: Final = {
    "anthropic-version": API_VERSION,
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "identity",  # an answer cannot swell when it is unpacked
    "user-agent": "clinic-model-router",
}
SPEND_LIMIT: Final = "enforced_spend_limit_reached"  # also a 429, but no pause ends it
REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 405, 413, 422})


class Anthropic:
    """One deployment of the Messages API."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        self._wire = Wire({**HEADERS, "authorization": f"Bearer {api_key}"})
        self._url = URL(f"{base_url.rstrip('/')}/v1/messages")
        self._count_url = URL(f"{base_url.rstrip('/')}/v1/messages/count_tokens")
        self.headers: Mapping[str, str] = MappingProxyType(HEADERS)

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
        async with self._wire.post(self._url, body) as response:
            if response.status != 200:
                raise failure_of(response, await read(response))
            yield AnthropicStream(response, model_id=model_id, started=started)

    async def close(self) -> None:
        await self._wire.close()

    async def _post(self, body: bytes, url: URL) -> tuple[ClientResponse, bytes]:
        async with self._wire.post(url, body) as response:
            content = await read(response)
        if response.status != 200:
            raise failure_of(response, content)
        return response, content


def failure_of(response: ClientResponse, content: bytes) -> ProviderFailed:
    """Return the failure that a status means; only 429 and 529 prove that nothing was done.

    The provider's own words may quote the prompt, so only its error type is kept.
    """
    status = response.status
    kind = messages.error_type(content)
    facts: dict[str, Any] = {"outcome": f"{status}-{kind}"[:48], "http_status": status}
    if status == 429 and messages.error_code(content) == SPEND_LIMIT:
        return SpendLimitReached(**{**facts, "outcome": f"429-{SPEND_LIMIT}"[:48]})
    if status in (429, 529):
        return ProviderBusy(retry_after_seconds=retry_after(response.headers), **facts)
    if status in REFUSALS:
        return ProviderRefused(**facts)
    return ProviderAmbiguous(**facts)


def retry_after(headers: CIMultiDictProxy[str]) -> int | None:
    """Return the seconds to wait that a provider asks for, if it is a sane number."""
    value = headers.get("retry-after", "")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    return min(int(value), LONGEST_RETRY_AFTER_SECONDS)
