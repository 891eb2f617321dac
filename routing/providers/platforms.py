"""Anthropic's models on other clouds: Google's Vertex AI and Amazon's Bedrock.

Both take a Messages request without its model, which is part of the address, and say its version
in the body. Vertex streams the usual events, Bedrock the same in binary frames. Neither is asked
through the vendors' libraries: those fetch credentials on ways of their own.
"""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import ClassVar, Final
from urllib.parse import quote

from aiohttp import ClientResponse
from yarl import URL

from routerproject.shared import clock
from routerproject.shared.aws_signature import credentials_of, signed_headers
from routing.errors import CannotSay
from routing.providers import messages
from routing.providers.anthropic import failure_of
from routing.providers.anthropic_stream import AnthropicStream
from routing.providers.event_frames import FrameReader
from routing.providers.wire import Wire, read
from routing.types import ProviderReply

HEADERS: Final = {
    "content-type": "application/json",
    "accept-encoding": "identity",  # an answer cannot swell when it is unpacked
    "user-agent": "clinic-model-router",
}
FRAMES: Final = "application/vnd.amazon.eventstream"
SERVICE: Final = "bedrock"
_REGION: Final = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")


class Platform(ABC):
    """One model at one place of a cloud; its address is made for each kind of call."""

    stream_kind: ClassVar[type[AnthropicStream]] = AnthropicStream

    def __init__(self, *, base_url: str, api_key: str, model: str) -> None:
        own = {} if self._is_identity(api_key) else {"authorization": f"Bearer {api_key}"}
        self._wire = Wire({**HEADERS, **own})
        self._address = f"{base_url.rstrip('/')}{self._path(model)}"
        self.headers: Mapping[str, str] = MappingProxyType(HEADERS)

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Return the checked answer to one request; the caller bounds the time."""
        started = time.perf_counter()
        async with self._asked(body, is_stream=False) as response:
            content = await read(response)
        if response.status != 200:
            raise failure_of(response, content)
        return messages.read_reply(
            content,
            content_type=response.headers.get("content-type", ""),
            request_id=request_id_of(response.headers),
            model_id=model_id,
            latency_ms=(time.perf_counter() - started) * 1000,
        )

    async def count(self, body: bytes) -> int:
        """Raise CannotSay: these platforms count in other ways than they answer."""
        raise CannotSay(outcome="no-token-count")

    @asynccontextmanager
    async def stream(self, body: bytes, *, model_id: str) -> AsyncIterator[AnthropicStream]:
        """Yield the stream of one answer; the caller bounds the time."""
        started = time.perf_counter()
        async with self._asked(body, is_stream=True) as response:
            if response.status != 200:
                raise failure_of(response, await read(response))
            yield self.stream_kind(response, model_id=model_id, started=started)

    async def close(self) -> None:
        await self._wire.close()

    def _asked(
        self, body: bytes, *, is_stream: bool
    ) -> AbstractAsyncContextManager[ClientResponse]:
        url = f"{self._address}{self._call(is_stream=is_stream)}"
        return self._wire.post(URL(url, encoded=True), body, self._signature(url, body))

    def _is_identity(self, api_key: str) -> bool:
        """Return whether each call is signed, instead of carrying the key."""
        return False

    @abstractmethod
    def _path(self, model: str) -> str: ...

    @abstractmethod
    def _call(self, *, is_stream: bool) -> str: ...

    def _signature(self, url: str, body: bytes) -> dict[str, str] | None:
        return None


class Vertex(Platform):
    """The address ends with the place, `/v1/projects/P/locations/L`; the key is an access token."""

    def _path(self, model: str) -> str:
        return f"/publishers/anthropic/models/{quote(model, safe='@:')}"

    def _call(self, *, is_stream: bool) -> str:
        return ":streamRawPredict" if is_stream else ":rawPredict"


class FramedStream(AnthropicStream):
    """A stream whose events come in Amazon's binary frames."""

    media_type = FRAMES
    reader_kind = FrameReader

    def _request_id(self) -> str:
        return request_id_of(self._response.headers)


class Bedrock(Platform):
    """The key is one of Bedrock's own, or the JSON of an identity's, which then signs each call."""

    stream_kind = FramedStream

    def __init__(self, *, base_url: str, api_key: str, model: str) -> None:
        super().__init__(base_url=base_url, api_key=api_key, model=model)
        region = _REGION.search(base_url)
        self._identity = (
            credentials_of(api_key, region=region[1] if region else "")
            if self._is_identity(api_key)
            else None
        )

    def _is_identity(self, api_key: str) -> bool:
        return api_key.startswith("{")

    def _path(self, model: str) -> str:
        return f"/model/{quote(model, safe=':')}"

    def _call(self, *, is_stream: bool) -> str:
        return "/invoke-with-response-stream" if is_stream else "/invoke"

    def _signature(self, url: str, body: bytes) -> dict[str, str] | None:
        if self._identity is None:
            return None
        return signed_headers(
            self._identity,
            service=SERVICE,
            method="POST",
            url=url,
            headers={"content-type": HEADERS["content-type"]},
            body=body,
            at=clock.now(),
        )


def request_id_of(headers: Mapping[str, str]) -> str:
    return headers.get("x-amzn-requestid") or headers.get("request-id", "")
