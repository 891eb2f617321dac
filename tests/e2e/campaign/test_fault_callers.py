"""The fault table, continued: what callers do to a connection while they are answered.

Whatever it is, the answer is read to its end, billed as the provider bills it, and written down.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import psutil
import pytest

from tests.e2e.campaign.test_fault_table import CANARY, TEXT, WHOLE, ask, audited, told
from tests.gateway_server import Gateway
from tests.patience import LIMIT_SECONDS, wait_until
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
IDLE: Final = 200
MOST_BYTES_OF_ONE: Final = 40_000  # what an idle connection may take of a web process
ASKED: Final[dict[str, Any]] = {
    "task_type": "contract_analysis",
    "patient": {"name": CANARY},
    "cache": False,
}


def request_of(practice: Practice, text: str, **fields: Any) -> bytes:
    """Return a request as bytes, so that no client stands between."""
    content = json.dumps({"prompt": f"ECHO:{text}", **ASKED, **fields}).encode()
    head = (
        "POST /api/v1/route HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {practice.pms.key}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@contextmanager
def line_to(url: str) -> Iterator[socket.socket]:
    port = int(url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as line:
        yield line


def close_one_half(line: socket.socket) -> None:
    """Say that nothing more will be sent, while the answer is on its way (RFC 9112 9.6)."""
    line.shutdown(socket.SHUT_WR)
    while line.recv(65_536):
        pass


def leave_with_the_answer_unread(line: socket.socket) -> None:
    """Close while there is something to read, which resets the connection."""
    line.recv(1)


LEAVING: Final[dict[str, Callable[[socket.socket], None]]] = {
    "one half closed": close_one_half,
    "reset": leave_with_the_answer_unread,
}


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("way", LEAVING)
def test_caller_who_goes(practice: Practice, sandbox: Sandbox, way: str, is_stream: bool):
    sandbox.script(next=1, latency_ms=300, chunk_ms=5)
    with line_to(practice.pms.url) as line:
        line.sendall(request_of(practice, f"{TEXT} of {CANARY}", stream=is_stream))
        wait_until(lambda: bool(sandbox.requests()), what="nothing was sent")
        LEAVING[way](line)
    practice.wait_until_settled()
    (request,) = practice.requests()
    assert request.state in ("cancelled", "completed")
    assert [each.state for each in practice.attempts()] == ["settled"]
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    audited(practice)


def test_requests_sent_before_the_answer_are_answered_in_their_turn(
    practice: Practice, sandbox: Sandbox
):
    """Pipelining (RFC 9112 9.3.2): each gets its own answer, and each is billed once."""
    texts = [f"answer {number} of {CANARY}" for number in range(3)]
    with line_to(practice.pms.url) as line:
        line.sendall(b"".join(request_of(practice, text) for text in texts))
        with line.makefile("rb") as incoming:
            found = [read_answer(incoming) for _ in texts]
    assert found == texts
    practice.wait_until_settled()
    assert [each.state for each in practice.attempts()] == ["settled"] * 3
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    audited(practice)


def read_answer(incoming: BinaryIO) -> str:
    """Return the text of the next answer on a connection."""
    head = b"".join(iter(incoming.readline, b"\r\n"))
    length = re.search(rb"content-length: (\d+)", head)
    assert head.startswith(b"HTTP/1.1 200")
    assert length
    text: str = json.loads(incoming.read(int(length[1])))["text"]
    return text


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
def test_idle_connections_keep_nobody_from_being_answered(
    practice: Practice, sandbox: Sandbox, is_stream: bool
):
    with ExitStack() as idle:
        for _ in range(IDLE):
            idle.enter_context(line_to(practice.pms.url))
        told(practice, WHOLE, ask(practice, is_stream=is_stream), is_stream=is_stream)
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    audited(practice)


def held_by(practice: Practice) -> int:
    """Return how many callers have a connection to the web process."""
    port = int(practice.pms.url.rsplit(":", 1)[1])
    connections = psutil.Process(practice.server.pid).net_connections("tcp4")
    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port for each in connections
    )


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_many_idle_connections_take_little_memory_and_answers_go_on(
    practice: Practice, sandbox: Sandbox, count: int
):
    """All of them are open while others are answered. None has asked anything yet: those are given
    a minute here, so that no machine is too slow to open them all."""
    web = psutil.Process(practice.server.pid)
    told(practice, WHOLE, ask(practice, is_stream=True), is_stream=True)  # loads what that takes
    used, before = web.memory_info().rss, held_by(practice)
    with ExitStack() as idle:
        for _ in range(count):
            idle.enter_context(line_to(practice.pms.url))
        wait_until(lambda: held_by(practice) >= before + count, what="not all were accepted")
        answers = [ask(practice, is_stream=is_stream) for is_stream in (True, False)]
        assert held_by(practice) >= count
        assert web.memory_info().rss - used <= MOST_BYTES_OF_ONE * count
    assert answers[0].summary["outcome"] == "completed"
    assert answers[1].status == 200
    wait_until(lambda: held_by(practice) <= before, what="they were not let go")
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_connections_that_asked_once_are_closed_after_a_while(
    shared_database: None, sandbox: Sandbox, tmp_path: Path
):
    """Whoever keeps one and does not use it finds it closed, and needs no answer to know it."""
    hasty = Gateway(sandbox.base_url, tmp_path / "web.log", keep_alive_seconds=1).start()
    with ExitStack() as kept:
        kept.callback(hasty.stop)
        lines = [kept.enter_context(line_to(hasty.url)) for _ in range(IDLE)]
        for line in lines:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for line in lines:
            with line.makefile("rb") as incoming:
                assert incoming.read().startswith(b"HTTP/1.1 200")  # to the end of the connection
