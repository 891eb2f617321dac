"""Which broken connections prove that nothing was sent, and which leave a doubt."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from routing.errors import ProviderAmbiguous, ProviderFailed, ProviderUnreachable
from routing.providers.anthropic import Anthropic
from tests.gateway_server import refusing_port

MODEL = "claude-haiku-4-5-20251001"
BODY = b'{"model":"claude-haiku-4-5-20251001"}'
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def provider_that(handles: Handler) -> AsyncIterator[Anthropic]:
    server = await asyncio.start_server(handles, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Anthropic(base_url=f"http://127.0.0.1:{port}", api_key="sandbox")
    try:
        yield client
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len(BODY))


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stop_in_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: appl")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("handles", [hang_up, reset, stop_in_headers])
async def test_connection_lost_after_the_request_is_a_doubt(handles: Handler):
    """The whole body was read, so it may be worked on and billed: its hold must stay."""
    async with provider_that(handles) as client:
        with pytest.raises(ProviderFailed) as failed:
            await client.send(BODY, model_id=MODEL)
    assert isinstance(failed.value, ProviderAmbiguous)
    assert not failed.value.did_no_work


async def test_refused_connection_proves_that_nothing_was_sent():
    with refusing_port() as port:
        client = Anthropic(base_url=f"http://127.0.0.1:{port}", api_key="sandbox")
        with pytest.raises(ProviderUnreachable) as failed:
            await client.send(BODY, model_id=MODEL)
        await client.close()
    assert failed.value.did_no_work


async def test_credentials_are_not_among_the_headers_that_are_shown():
    """The egress scan sees every header that leaves but the installation's own key."""
    client = Anthropic(base_url="http://127.0.0.1:1", api_key="secret-key")
    await client.close()
    assert "anthropic-version" in client.headers
    assert "secret-key" not in str(dict(client.headers))
