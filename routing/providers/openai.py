"""Chat completions, as OpenAI, Mistral, Ollama and vLLM serve them: our bytes out, raw bytes in.

Plain HTTP: many servers speak this protocol, and a vendor's SDK would add its types and retries to
one POST. What comes back is read into the same replies and events, so nothing above knows.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final, Self

import orjson
from yarl import URL

from routerproject.shared import clock
from routing.errors import (
    CannotSay,
    ProviderAmbiguous,
    ProviderBusy,
    ProviderFailed,
    SpendLimitReached,
)
from routing.providers import chat_reply, messages
from routing.providers.base import HOP
from routing.providers.chat_stream import REQUEST_ID, ChatStream
from routing.providers.refusals import REFUSALS, refusal, retry_after
from routing.providers.wire import Answer, Wire, read
from routing.types import ProviderReply

HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "identity",  # an answer cannot swell when it is unpacked
    "user-agent": "clinic-model-router",
    HOP: "1",
}
USUAL_PATH: Final = "/v1"
SPENT: Final = "insufficient_quota"  # also a 429, but no pause ends it


class OpenAI:
    """One deployment of chat completions; one in the house may need no key."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        own = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._wire = Wire({**HEADERS, **own})
        self._url = completions_url(base_url)
        self.headers: Mapping[str, str] = MappingProxyType(HEADERS)

    def saying(self, headers: Mapping[str, str]) -> Self:
        """Return this client as it is: the protocol has nothing more to say."""
        return self

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Return the checked answer to one completion; the caller bounds the time."""
        started = time.perf_counter()
        async with self._wire.post(self._url, body) as answer:
            content = await read(answer)
        if answer.status != 200:
            raise failure_of(answer, content)
        return chat_reply.read(
            content,
            content_type=answer.headers.get("content-type", ""),
            request_id=answer.headers.get(REQUEST_ID, ""),
            asked_model=_model_in(body),
            model_id=model_id,
            latency_ms=(time.perf_counter() - started) * 1000,
        )

    async def count(self, body: bytes) -> int:
        """Raise CannotSay: the protocol has no call that counts tokens."""
        raise CannotSay(outcome="no-token-count")

    @asynccontextmanager
    async def stream(self, body: bytes, *, model_id: str) -> AsyncIterator[ChatStream]:
        """Yield the stream of one answer; the caller bounds the time."""
        started = time.perf_counter()
        async with self._wire.post(self._url, body) as answer:
            if answer.status != 200:
                raise failure_of(answer, await read(answer))
            yield ChatStream(
                answer, asked_model=_model_in(body), model_id=model_id, started=started
            )

    async def close(self) -> None:
        await self._wire.close()


def completions_url(base_url: str) -> URL:
    """Return where completions are made; an address without a path is that of a server's root."""
    url = URL(base_url.rstrip("/"))
    return URL(f"{url}{'' if url.path.strip('/') else USUAL_PATH}".rstrip("/")) / "chat/completions"


def failure_of(answer: Answer, content: bytes) -> ProviderFailed:
    """Return the failure that a status means; only 429 proves that nothing was done."""
    status = answer.status
    kind = messages.error_type(content)
    facts: dict[str, Any] = {"outcome": f"{status}-{kind}"[:48], "http_status": status}
    if status == 429 and SPENT in (kind, messages.error_word(content, "code")):
        return SpendLimitReached(**{**facts, "outcome": f"429-{SPENT}"})
    if status == 429:
        return ProviderBusy(
            retry_after_seconds=retry_after(answer.headers, now=clock.now()), **facts
        )
    if status in REFUSALS:
        return refusal(status, content, **facts)
    return ProviderAmbiguous(**facts)


def _model_in(body: bytes) -> str:
    """Return what the deployment calls the model."""
    return str(orjson.loads(body)["model"])
