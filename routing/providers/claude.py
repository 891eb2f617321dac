"""What Anthropic's models have in common wherever they are asked: replies, streams, failures.

Each place has its own client of the vendor's SDK (carrier.py); bytes go out as they are and come
back raw.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

import anthropic

from routerproject.shared import clock
from routing.errors import (
    CannotSay,
    ProviderAmbiguous,
    ProviderBusy,
    ProviderFailed,
    SpendLimitReached,
)
from routing.providers import carrier, messages
from routing.providers.anthropic_stream import AnthropicStream
from routing.providers.base import HOP
from routing.providers.carrier import SdkClient
from routing.providers.refusals import REFUSALS, refusal, retry_after
from routing.providers.wire import Answer, read
from routing.types import ProviderReply

SPEND_LIMIT: Final = "enforced_spend_limit_reached"  # also a 429, but no pause ends it


class Claude(ABC):
    """One deployment of the Messages API, asked through one client of the SDK."""

    stream_kind: ClassVar[type[AnthropicStream]] = AnthropicStream

    def __init__(self, client: SdkClient, *, headers: Mapping[str, str], key: str = "") -> None:
        """`headers` leave with every call; without a `key` the client adds its credential."""
        credential = f"Bearer {key}" if key else anthropic.Omit()
        self._client = client
        self._stated = {**headers, "authorization": credential}
        self.headers: Mapping[str, str] = MappingProxyType(dict(headers))

    def saying(self, headers: Mapping[str, str]) -> Self:
        """Return this client, over the same connections, for a call with further headers."""
        other = copy(self)
        other._stated = {**self._stated, **headers}
        other.headers = MappingProxyType({**self.headers, **headers})
        return other

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Return the checked answer to one Messages request; the caller bounds the time."""
        started = time.perf_counter()
        answer, content = await self._whole(self._url(is_stream=False), body)
        return messages.read_reply(
            content,
            content_type=answer.headers.get("content-type", ""),
            request_id=self.stream_kind.request_id_in(answer.headers),
            model_id=model_id,
            latency_ms=(time.perf_counter() - started) * 1000,
        )

    async def count(self, body: bytes) -> int:
        """Return how many input tokens a body has. Raises CannotSay where nobody counts."""
        raise CannotSay(outcome="no-token-count")

    async def _counted(self, url: str, body: bytes) -> int:
        _, content = await self._whole(url, body)
        return messages.count_of(content)

    @asynccontextmanager
    async def stream(self, body: bytes, *, model_id: str) -> AsyncIterator[AnthropicStream]:
        """Yield the stream of one answer; the caller bounds the time."""
        started = time.perf_counter()
        async with self._asked(self._url(is_stream=True), body) as answer:
            if answer.status != 200:
                raise failure_of(answer, await read(answer))
            yield self.stream_kind(answer, model_id=model_id, started=started)

    async def close(self) -> None:
        await self._client.close()

    async def _whole(self, url: str, body: bytes | None) -> tuple[Answer, bytes]:
        async with self._asked(url, body) as answer:
            content = await read(answer)
        if answer.status != 200:
            raise failure_of(answer, content)
        return answer, content

    def _asked(self, url: str, body: bytes | None) -> AbstractAsyncContextManager[Answer]:
        return carrier.ask(self._client, url, body, self._stated)

    @abstractmethod
    def _url(self, *, is_stream: bool) -> str: ...


def stated_headers(sdk: "type[SdkClient]", **more: str) -> dict[str, str]:
    """Return what an SDK's client says of itself, without what it would say of this machine."""
    return {
        "accept": "application/json",
        "content-type": "application/json",
        "accept-encoding": "identity",  # an answer cannot swell when it is unpacked
        "user-agent": f"{sdk.__name__}/Python {anthropic.__version__}",
        "x-stainless-lang": "python",
        "x-stainless-package-version": anthropic.__version__,
        HOP: "1",
        **more,
    }


def failure_of(answer: Answer, content: bytes) -> ProviderFailed:
    """Return the failure that a status means; only 429 and 529 prove that nothing was done.

    The provider's own words may quote the prompt, so only its error type is kept, and which part of
    the request it refused.
    """
    status = answer.status
    kind = messages.error_type(content)
    facts: dict[str, Any] = {"outcome": f"{status}-{kind}"[:48], "http_status": status}
    if status == 429 and messages.error_code(content) == SPEND_LIMIT:
        return SpendLimitReached(**{**facts, "outcome": f"429-{SPEND_LIMIT}"[:48]})
    if status in (429, 529):
        return ProviderBusy(
            retry_after_seconds=retry_after(answer.headers, now=clock.now()), **facts
        )
    if status in REFUSALS:
        return refusal(status, content, **facts)
    return ProviderAmbiguous(**facts)
