"""Which connections are used again."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from yarl import URL

from routing.providers import connections
from routing.providers.anthropic import Anthropic
from routing.providers.connections import KEEPALIVE_SECONDS
from routing.providers.messages import count_of
from routing.providers.wire import Wire, read

BODY = b'{"text":"hello"}'
CONTENT = b'{"input_tokens":5}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(CONTENT), CONTENT)


@dataclass
class Upstream:
    """A server in a thread of its own; it closes a connection after so many answers."""

    answers_each: int
    may_close: threading.Event
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    connections: int = 0
    listener: socket.socket = field(
        default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=4)
    )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, connection.makefile("rb") as requests:
                for _ in range(self.answers_each):
                    if not _read_request(requests):
                        break
                    connection.sendall(ANSWER)
                self.may_close.wait(120)
            self.closed.release()


def _read_request(requests) -> bool:
    line = requests.readline()
    while line not in (b"\r\n", b""):
        line = requests.readline()
    return bool(line) and bool(requests.read(len(BODY)))


@contextmanager
def upstream(*, answers_each: int) -> Iterator[Upstream]:
    server = Upstream(answers_each, threading.Event())
    server.may_close.set()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(timeout=120)


class Plain:
    """A call over a wire of its own, as the protocols without an SDK make it."""

    def __init__(self, base_url: str) -> None:
        self._wire, self._url = Wire({}), URL(f"{base_url}/v1/messages")

    async def count(self, body: bytes) -> int:
        async with self._wire.post(self._url, body) as answer:
            return count_of(await read(answer))

    async def close(self) -> None:
        await self._wire.close()


def by_sdk(base_url: str) -> Anthropic:
    return Anthropic(base_url=base_url, api_key="sandbox")


CALLERS = pytest.mark.parametrize("caller", [Plain, by_sdk])


@CALLERS
async def test_connection_is_used_again(caller: Callable[[str], Plain | Anthropic]):
    with upstream(answers_each=2) as server:
        client = caller(server.base_url)
        assert [await client.count(BODY) for _ in range(2)] == [5, 5]
        await client.close()
    assert server.connections == 1


@CALLERS
async def test_connection_that_was_closed_meanwhile_is_not_used_again(
    caller: Callable[[str], Plain | Anthropic],
):
    """The loop is too busy to be told; what is sent all the same would be lost, or billed."""
    with upstream(answers_each=1) as server:
        client = caller(server.base_url)
        for _ in range(3):
            assert await client.count(BODY) == 5
            assert server.closed.acquire(timeout=120)  # blocks the loop on purpose
        await client.close()
    assert server.connections == 3


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there nothing comes in between")
@CALLERS
async def test_request_finds_its_connection_closed_before_it_is_written(
    caller: Callable[[str], Plain | Anthropic],
):
    """Nothing has left yet, so it goes over another connection instead of into doubt."""
    with upstream(answers_each=1) as server:
        server.may_close.clear()
        client = caller(server.base_url)
        assert await client.count(BODY) == 5
        taken = asyncio.create_task(client.count(BODY))
        asyncio.get_running_loop().call_soon(_close, server)
        assert await taken == 5
        await client.close()
    assert server.connections == 2


def _close(server: Upstream) -> None:
    """Let the other side close, while the loop can do nothing."""
    server.may_close.set()
    assert server.closed.acquire(timeout=120)


@CALLERS
async def test_connection_of_long_ago_is_not_used_again(
    caller: Callable[[str], Plain | Anthropic], monkeypatch: pytest.MonkeyPatch
):
    """Its other side may be about to close it, and what crosses that on the way is lost."""
    with upstream(answers_each=2) as server:
        client = caller(server.base_url)
        assert await client.count(BODY) == 5
        at = time.monotonic() + KEEPALIVE_SECONDS["http"] + 1
        monkeypatch.setattr(connections, "monotonic", lambda: at)
        assert await client.count(BODY) == 5
        await client.close()
    assert server.connections == 2


@pytest.mark.parametrize(("scheme", "server_seconds"), [("http", 5), ("https", 60)])
def test_connections_are_given_up_before_servers_usually_do(scheme: str, server_seconds: int):
    assert KEEPALIVE_SECONDS[scheme] < server_seconds
