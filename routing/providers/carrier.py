"""How the vendor's SDK carries a call: our bytes as they are, over connections of ours.

The SDK's client makes the request and its aiohttp transport sends it. What stands between the two
is the HTTP client that the SDK lets its user bring: it keeps the headers that the egress scan saw
and no other (the environment may add some), gives the transport checked connections, and follows no
redirect. The SDK retries nothing (its loop would send twice under one ledger row), parses nothing
and traces nothing.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import anthropic
import anthropic.types.shared.error_details  # else loaded by the first refused call
import httpx2
from anthropic._models import FinalRequestOptions
from anthropic._vendor.httpx_aiohttp import AiohttpTransport

from routing.errors import ProviderFailed
from routing.providers.connections import CONNECT_TIMEOUT_SECONDS, open_session
from routing.providers.wire import Answer, connection_failure, read

if TYPE_CHECKING:  # each is loaded where a deployment needs it
    from anthropic.lib.bedrock import AsyncAnthropicBedrock
    from anthropic.lib.vertex import AsyncAnthropicVertex

Headers = Mapping[str, str | anthropic.Omit]  # what a call's headers are, whoever says otherwise
SdkClient: TypeAlias = "anthropic.AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex"
# Nothing beside the connection's beginning is timed here: a call's deadline is its caller's.
TIMES: Final = {"timeout": {"connect": CONNECT_TIMEOUT_SECONDS}}
KNOWN_HEADS: Final = 100
NO_KEY: Final = "-"  # never sent; without one the SDK draws one for each call
OPTIONS: Final[dict[str, Any]] = {"max_retries": 0, "open_telemetry": False, "timeout": None}
# What a call starts from. The SDK's `post` looks for the default of every option each time.
POST: Final = FinalRequestOptions.construct(method="post", url="", idempotency_key=NO_KEY)
GET: Final = FinalRequestOptions.construct(method="get", url="", idempotency_key=NO_KEY)
EVENTS: Final = anthropic.AsyncStream[Any]

for _name in ("anthropic", "httpx2"):
    # Importing the SDK may have raised these (ANTHROPIC_LOG), and what they say quotes bodies.
    logging.getLogger(_name).disabled = True


class Stated:
    """Goes before an SDK's client in its bases: each call states all headers and the whole address.

    So the client need not put them together, which was a third of what it cost, and what its
    environment adds to them is never looked at.
    """

    _client: Any

    def _build_request(self, options: Any, *, retries_taken: int = 0) -> httpx2.Request:
        return self._client.build_request(  # type: ignore[no-any-return]
            options.method,
            _address(options.url),
            headers=options.headers,
            content=options.content,
        )


class Carrier(anthropic.DefaultAioHttpClient):
    """The HTTP client of one SDK client: sends what was scanned, once."""

    def __init__(self, *, scheme: str, headers: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in headers)
        # A deployment states the same headers in nearly every call.
        self._head = lru_cache(maxsize=KNOWN_HEADS)(httpx2.Headers)
        self._carried = AiohttpTransport(
            client=partial(open_session, scheme),
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # not used: the session has its own
            trust_env=False,
        )
        super().__init__(
            transport=self._carried, trust_env=False, follow_redirects=False, timeout=None
        )

    def build_request(
        self, method: str, url: Any, *, headers: Any = None, content: Any = None, **_: Any
    ) -> httpx2.Request:
        """Return the request with the headers that are known here; credentials are added later.

        What belongs to the connection, the address and the length, is added where it is sent.
        """
        known = self._head(
            tuple(
                (name, value)
                for name, value in (headers or {}).items()
                if name.lower() in self._names and isinstance(value, str)
            )
        )
        request = httpx2.Request(
            method, url, headers=known, stream=httpx2.ByteStream(content or b""), extensions=TIMES
        )
        request.headers.encoding = known.encoding  # else found out anew from every header
        request.read()
        return request

    async def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """Send a request. An answer that is an error is read here, within bounds: the SDK would
        read it whole and unpack it."""
        response = await self._carried.handle_async_request(request)
        if response.is_success:
            return response
        try:
            content = await read(_answer(response))
        finally:
            await response.aclose()
        return httpx2.Response(
            response.status_code, headers=response.headers, content=content, request=request
        )


@lru_cache(maxsize=1_000)
def _address(url: str) -> httpx2.URL:
    return httpx2.URL(url)


@asynccontextmanager
async def ask(
    client: SdkClient, url: str, body: bytes | None, headers: Headers
) -> AsyncIterator[Answer]:
    """Send the very bytes of a body and yield the answer, of which at most an error has been read.

    Without a body it is a GET.

    Raises ProviderUnreachable when no connection was made, ProviderAmbiguous after that.
    """
    response = await _response(client, url, body, headers)
    try:
        yield _answer(response)
    finally:
        await response.aclose()  # a connection that was not read to its end is closed


async def _response(
    client: SdkClient, url: str, body: bytes | None, headers: Headers
) -> httpx2.Response:
    usual = GET if body is None else POST
    options = usual.model_copy(update={"url": url, "headers": headers, "content": body})
    as_it_is: Any = httpx2.Response  # which leaves the class of the stream aside
    try:
        response = await client.request(as_it_is, options, stream=True, stream_cls=EVENTS)
        return cast(httpx2.Response, response)
    except anthropic.APIStatusError as refused:
        return refused.response
    except anthropic.APIConnectionError as broken:
        cause = broken.__cause__ or broken
        if isinstance(cause, ProviderFailed):
            raise cause from None
        raise connection_failure(cause) from None


def _answer(response: httpx2.Response) -> Answer:
    stream = cast(httpx2.AsyncByteStream, response.stream)
    return Answer(response.status_code, response.headers, aiter(stream))
