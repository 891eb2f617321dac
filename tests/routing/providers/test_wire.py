"""Which connections are used again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from yarl import URL

from routing.providers.wire import KEEPALIVE_SECONDS, Wire, read

BODY = b'{"text":"hello"}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Upstream:
    """A server in a thread of its own; it closes a connection after so many answers."""

    answers_each: int
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    connections: int = 0
    listener: socket.socket = field(
        default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=4)
    )

    @property
    def url(self) -> URL:
        return URL(f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1/messages")

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
            self.closed.release()


def _read_request(requests) -> bool:
    line = requests.readline()
    while line not in (b"\r\n", b""):
        line = requests.readline()
    return bool(line) and bool(requests.read(len(BODY)))


@contextmanager
def upstream(*, answers_each: int) -> Iterator[Upstream]:
    server = Upstream(answers_each)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(timeout=120)


async def answered(wire: Wire, url: URL) -> bytes:
    async with wire.post(url, BODY) as response:
        return await read(response)


async def test_connection_is_used_again():
    with upstream(answers_each=2) as server:
        wire = Wire({})
        assert [await answered(wire, server.url) for _ in range(2)] == [b"{}", b"{}"]
        await wire.close()
    assert server.connections == 1


async def test_connection_that_was_closed_meanwhile_is_not_used_again():
    """The loop is too busy to be told; what is sent all the same would be lost, or billed."""
    with upstream(answers_each=1) as server:
        wire = Wire({})
        for _ in range(3):
            assert await answered(wire, server.url) == b"{}"
            assert server.closed.acquire(timeout=120)  # blocks the loop on purpose
        await wire.close()
    assert server.connections == 3


@pytest.mark.parametrize(("scheme", "server_seconds"), [("http", 5), ("https", 60)])
def test_connections_are_given_up_before_servers_usually_do(scheme: str, server_seconds: int):
    assert KEEPALIVE_SECONDS[scheme] < server_seconds
