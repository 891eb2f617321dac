"""START HERE: the ASGI application, from the bytes of a call to the bytes of its answer.

A call is read whole, recorded, answered synchronously (the bill is written there), then delivered.
Another dialect or service is a module with `answer(state, call)`, added to SERVICES. The patient
records API is no model call: what it is asked is neither billed nor shown among what a provider
received.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from routing.sandbox import anthropic_dialect, cloud_dialects, control, openai_dialect, pms
from routing.sandbox.calls import Answer, Call, as_error
from routing.sandbox.delivery import Headers, Line, Receive, Send, deliver, stream_headers
from routing.sandbox.state import Options, State

SERVICES: tuple[tuple[str, Callable[[State, Call], Answer]], ...] = (
    (cloud_dialects.BEDROCK_PREFIX, cloud_dialects.bedrock),
    (cloud_dialects.VERTEX_PREFIX, cloud_dialects.vertex),
    (anthropic_dialect.PREFIX, anthropic_dialect.answer),
)
LIMITS = ((b"requests", 4_000), (b"input-tokens", 2_000_000), (b"output-tokens", 400_000))
OFF = ("0", "false", "no", "off", "f", "n")


class Sandbox:
    """The simulated provider as an ASGI application."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._state: State | None = None
        self._limits: tuple[int, Headers] = (0, [])

    @property
    def state(self) -> State:
        """The sandbox's state, made on first use so that importing opens no file."""
        if self._state is None:
            self._state = State(self._options)
        return self._state

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        body = await _read(receive)
        if body is not None:
            await self._serve(scope, body, receive, send)

    async def _serve(self, scope: Any, body: bytes, receive: Receive, send: Send) -> None:
        state, path = self.state, scope["path"]
        if not is_loopback(scope):
            answer, request_id = as_error(403, "The sandbox answers on loopback only.", ""), ""
        elif path.startswith(control.PREFIX):
            request_id = "req_control"
            answer = control.answer(state, Call(scope, body, 0, request_id))
        elif path.startswith(pms.PREFIX):
            request_id = "req_pms"
            answer = pms.answer(state, Call(scope, body, 0, request_id))
        else:
            request_id = state.next_request_id()
            call = Call(scope, body, state.inbox.record(scope, body), request_id)
            answer = _service(call)(state, call)
            await self._wait(state, answer)
        headers = [(b"request-id", request_id.encode()), *self._rate_limits()]
        headers += stream_headers(answer)
        await deliver(answer, headers, Line(scope, receive, send, state.waits.pause))

    async def _wait(self, state: State, answer: Answer) -> None:
        if answer.fault is not None and answer.fault.latency_ms is not None:
            await state.waits.pause(answer.fault.latency_ms)
        elif self._options.latency_ms:
            await asyncio.sleep(self._options.latency_ms / 1000)

    def _rate_limits(self) -> Headers:
        """Return rate-limit headers that never run out, made once a second."""
        now = int(time.time())
        if self._limits[0] != now:
            reset = datetime.fromtimestamp(now + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
            self._limits = (now, list(_limit_headers(reset)))
        return self._limits[1]


def is_loopback(scope: Any) -> bool:
    """Whether a call comes from this machine."""
    client = scope.get("client")
    return client is None or client[0] == "::1" or client[0].startswith("127.")


def is_allowed_here() -> bool:
    """Whether the environment is no production: DEBUG is not switched off."""
    return os.environ.get("DEBUG", "").strip().lower() not in OFF


def _service(call: Call) -> Callable[[State, Call], Answer]:
    if openai_dialect.is_asked(call):
        return openai_dialect.answer
    for prefix, answer in SERVICES:
        if call.path.startswith(prefix):
            return answer
    return _nowhere


def _nowhere(_state: State, call: Call) -> Answer:
    return as_error(404, "Not found", call.request_id)


def _limit_headers(reset: bytes) -> Headers:
    headers = []
    for name, limit in LIMITS:
        start = b"anthropic-ratelimit-" + name
        headers.append((start + b"-limit", b"%d" % limit))
        headers.append((start + b"-remaining", b"%d" % (limit - 1)))
        headers.append((start + b"-reset", reset))
    return headers


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body, or None if the caller left before it was sent."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        return body
    parts = [body]
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts) if message["type"] == "http.request" else None


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    if not is_allowed_here():
        message = "The sandbox does not start with DEBUG switched off."
        await send({"type": "lifespan.startup.failed", "message": message})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


app = Sandbox()
