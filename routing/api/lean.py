"""The lean handler: what a hot path needs of Django, and none of what costs half a millisecond.

No middleware, no per-request thread context, no database signals. A view on it is a coroutine that
never uses the shared sync thread. Bodies are bounded in bytes and in time while they are read. A
client that goes away stops nothing: what was sent to a provider is paid for and must be settled,
so a stream is only read no further.
"""

import asyncio
import contextlib
import io
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from routerproject.shared import clock
from routing.api import problems
from routing.api.call import Call
from routing.api.event_stream import EventStreamResponse
from routing.api.whole_answer import WholeAnswer
from routing.errors import DeadlineExceeded, Overloaded, RouterError, TooLarge

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
View = Callable[..., Any]  # a coroutine function of one request
Response = HttpResponseBase | WholeAnswer
Refusal = Callable[[RouterError, str, str, Mapping[str, str]], HttpResponse]
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class ClientGone(Exception):
    """The client left before its request was read."""


class LeanHandler:
    """Serves a few exact paths, and all that begin with `prefix`.

    `views` maps each path to its coroutine, of Django's request; `find` gives that of a path below
    the prefix, of a Call, and `refusal` the answer to what is refused there before a view has seen
    it.
    """

    def __init__(
        self,
        views: Mapping[str, View],
        *,
        prefix: str,
        find: Callable[[str], View],
        refusal: Refusal,
    ) -> None:
        self._views = views
        self._prefix = prefix
        self._find = find
        self._refusal = refusal
        self._open = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def drain(self, seconds: float) -> None:
        """Wait, at shutdown, until every request has ended, those that were cut off included."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_idle.wait()

    def serves(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        return scope["path"] in self._views or scope["path"].startswith(self._prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= settings.MAX_OPEN_REQUESTS:
            # Before a byte of the body is read: turning away must stay cheap when all else is not.
            await deliver(self._refused(Overloaded(retry_after_seconds=1), scope), send)
            return
        self._open += 1
        self._is_idle.clear()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._open -= 1
            if not self._open:
                self._is_idle.set()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(scope, receive)
        except ClientGone:
            return
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response.render()
        if isinstance(response, EventStreamResponse):
            await _stream(response, receive, send)
        else:
            await deliver(response, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            body = await _read_body(scope, receive)
        except RouterError as error:
            return self._refused(error, scope)
        view = self._views.get(scope["path"])
        response: Response
        if view is None:
            response = await self._find(scope["path"])(Call.of(scope, body))
        else:
            response = await view(_django_request(scope, body))
        return response

    def _refused(self, error: RouterError, scope: Scope) -> HttpResponse:
        """Return an error in the schema of its address."""
        path, request_id = scope["path"], str(clock.new_id())
        if path in self._views:
            return problems.respond(error, request_id)
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        return self._refusal(error, request_id, path, headers)


def _django_request(scope: Scope, body: bytes) -> ASGIRequest:
    request = ASGIRequest(scope, io.BytesIO(body))
    request.META["CONTENT_LENGTH"] = str(len(body))  # a chunked body comes without one
    return request


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """Return the body. Raises TooLarge or DeadlineExceeded before parsing it."""
    limit = settings.MAX_BODY_BYTES
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > limit):
            raise TooLarge(f"The body is larger than {limit} bytes.")
    try:
        async with asyncio.timeout(settings.BODY_READ_TIMEOUT_MS / 1000):
            return await _chunks(receive, limit)
    except TimeoutError:
        raise DeadlineExceeded("The body took too long to arrive.") from None


async def _chunks(receive: Receive, limit: int) -> bytes:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def deliver(response: Response, send: Send) -> None:
    content = response.content  # type: ignore[union-attr]
    await send(_head(response, (b"content-length", str(len(content)).encode())))
    await send({"type": "http.response.body", "body": content})


def _head(response: Response, *more: tuple[bytes, bytes]) -> dict[str, Any]:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in response.headers.items()
    ]
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": [*headers, *more, *SECURITY_HEADERS],
    }


async def _stream(response: EventStreamResponse, receive: Receive, send: Send) -> None:
    """Send the parts of an answer as they come, until the last one or until the client leaves."""
    sending = asyncio.create_task(_parts(response, send), name="stream to a client")
    leaving = asyncio.create_task(_left(receive), name="client of a stream")
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        response.leave()
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
    if not sending.cancelled():
        sending.result()  # what went wrong in it is raised here


async def _parts(response: EventStreamResponse, send: Send) -> None:
    await send(_head(response))
    async with aclosing(response.parts) as parts:
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def _left(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
