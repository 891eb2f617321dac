"""How long the server waits for what a request still lacks. Its sizes: test_bad_framing.py."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from routerproject.http_protocol import BoundedHttpProtocol
from tests.patience import LIMIT_SECONDS, until

WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
SOON_MS, LATE_MS = 20, 3_600_000
PIECE_BYTES = 1_000_000


class Application:
    """Reads each body, waits until it may answer, and answers with the body's size."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = self.gone = self.answered = 0
        self.answer: bytes | None = None  # instead of the size
        self.reads = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        size, is_more = 0, self.reads
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            size += len(message["body"])
            is_more = message["more_body"]
        self.asked += 1
        await self.may_answer.wait()
        text = self.answer or str(size).encode()
        headers = [(b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for at in range(0, len(text), PIECE_BYTES):
            body = text[at : at + PIECE_BYTES]
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body"})
        self.answered += 1


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
async def port(application: Application) -> AsyncIterator[int]:
    config = uvicorn.Config(application, lifespan="off", log_config=None, timeout_keep_alive=3_600)
    config.load()
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttpProtocol(config=config, server_state=state, app_state={}),
        "127.0.0.1",
        0,
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    for each in list(state.connections):
        each.transport.abort()
    await until(lambda: not state.connections)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            yield reader, writer
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return the body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split()[0]))


async def test_connection_that_says_nothing_is_closed(port: int, settings):
    """However many there are, and meanwhile others are answered."""
    settings.BODY_READ_TIMEOUT_MS = SOON_MS
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    settings.BODY_READ_TIMEOUT_MS = LATE_MS
    async with connected(port) as (reader, writer):
        writer.write(WHOLE)
        assert await answer(reader) == b"2"
    async with asyncio.timeout(LIMIT_SECONDS):
        assert {await reader.read() for reader, _ in idle} == {b""}
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize("part", [b"P", b"POST / HT", WHOLE[:30]])
@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
async def test_head_that_does_not_end_is_refused(
    port: int, application: Application, settings, part: bytes, is_second: bool
):
    """408, whether it is the connection's first request or a later one."""
    settings.BODY_READ_TIMEOUT_MS = LATE_MS if is_second else SOON_MS
    async with connected(port) as (reader, writer):
        if is_second:
            writer.write(WHOLE)
            await answer(reader)
            settings.BODY_READ_TIMEOUT_MS = SOON_MS
        writer.write(part)
        head, _, told = (await reader.read()).partition(b"\r\n\r\n")
    if not head:
        assert not is_second, "closed before the first byte had come"
        return
    assert head.startswith(b"HTTP/1.1 408 ")
    assert (json.loads(told)["problem"], json.loads(told)["retryable"]) == (
        "headers-too-slow",
        True,
    )
    assert application.asked == is_second


async def test_empty_lines_keep_no_connection_open(port: int, settings):
    """RFC 9112 2.2 lets them stand before a request."""
    settings.BODY_READ_TIMEOUT_MS = LATE_MS
    async with connected(port) as (reader, writer):
        writer.write(WHOLE)
        await answer(reader)
        settings.BODY_READ_TIMEOUT_MS = SOON_MS
        writer.write(b"\r\n")
        await reader.read()


async def test_body_that_stalls_frees_an_application_that_waits_for_it(
    port: int, application: Application, settings
):
    settings.BODY_READ_TIMEOUT_MS = LATE_MS
    async with connected(port) as (reader, writer):
        settings.BODY_READ_TIMEOUT_MS = SOON_MS
        writer.write(WHOLE[:-1])
        assert await reader.read() == b""
    await until(lambda: application.gone == 1)


@pytest.mark.parametrize("wish", [b"", b"Connection: close\r\n"], ids=["stays", "closes"])
async def test_answer_ahead_of_the_body_reaches_those_who_send_it_all_first(
    port: int, application: Application, wish: bytes
):
    """As a refusal of a body too large; the connection is reset under no one who still sends."""
    application.reads = False
    half = b"x" * 3 * PIECE_BYTES
    async with connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n%bContent-Length: 6000000\r\n\r\n" % wish)
        writer.write(half)
        await until(lambda: application.answered == 1)
        writer.write(half)
        await writer.drain()
        assert await answer(reader) == b"0"
        if wish:
            assert await reader.read() == b""
        else:
            writer.write(WHOLE)
            assert await answer(reader) == b"0"


async def test_answer_that_takes_long_is_waited_for(port: int, application: Application, settings):
    """Pipelined requests as well: each is answered in its turn (RFC 9112 9.3.2)."""
    settings.BODY_READ_TIMEOUT_MS = LATE_MS
    application.may_answer.clear()
    async with connected(port) as (reader, writer):
        writer.write(WHOLE + WHOLE.replace(b": 2\r\n\r\n{}", b": 3\r\n\r\n{ }") + WHOLE[:9])
        await until(lambda: application.asked == 1)
        settings.BODY_READ_TIMEOUT_MS = SOON_MS
        asyncio.get_running_loop().call_later(3 * SOON_MS / 1000, application.may_answer.set)
        assert [await answer(reader), await answer(reader)] == [b"2", b"3"]


async def test_asker_who_has_said_all_and_hangs_up_is_gone(port: int, application: Application):
    """A half-closed connection counts as closed; what was asked goes on by itself."""
    application.may_answer.clear()
    async with connected(port) as (reader, writer):
        writer.write(WHOLE)
        await until(lambda: application.asked == 1)
        writer.write_eof()
        assert await reader.read() == b""
    application.may_answer.set()


async def test_asker_who_reads_nothing_holds_no_place_for_ever(
    port: int, application: Application, settings
):
    """The connection is cut, so the application comes to its end; others are answered meanwhile."""
    settings.RESPONSE_READ_TIMEOUT_MS = SOON_MS
    application.answer = bytes(20 * PIECE_BYTES)  # more than all buffers on the way hold
    async with connected(port) as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(WHOLE)
        await until(lambda: application.asked == 1)
        settings.RESPONSE_READ_TIMEOUT_MS = LATE_MS
        application.answer = None
        async with connected(port) as (other, asking):
            asking.write(WHOLE)
            assert await answer(other) == b"2"
        await until(lambda: application.answered == 2)
