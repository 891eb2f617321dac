"""SIGTERM to a router at work: everything in flight is answered, and nothing is lost."""

import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.gateway_server import Gateway, fetch
from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox

pytestmark = pytest.mark.service
OpenPractice = Callable[..., Practice]
WORDS = " ".join(f"word{n}" for n in range(40))


@pytest.fixture
def start(shared_database: None, sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable]:
    """Return a function that starts a router of its own."""
    started: list[Gateway] = []

    def run(**options) -> Gateway:
        log = tmp_path / f"web-{len(started)}.log"
        started.append(Gateway(sandbox.base_url, log, **options).start())
        return started[-1]

    yield run
    for each in started:
        each.stop()


def in_flight(sandbox: Sandbox, count: int, server: Gateway) -> None:
    server.wait_until(lambda: len(sandbox.requests()) >= count)


def end(server: Gateway) -> int:
    """Wait until a server that was told to stop has stopped; return its exit code."""
    assert server._process is not None
    return server._process.wait(timeout=LIMIT_SECONDS)


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # in between
        pass
    return False


def ask(practice: Practice, number: int):
    return practice.pms.route(f"Mood {number}?", task_type="sentiment", max_tokens=20)


@pytest.mark.parametrize(
    ("plain", "streams"), [(6, 4), pytest.param(50, 50, marks=pytest.mark.soak)]
)
def test_rolling_restart_cuts_nothing(
    start: Callable[..., Gateway],
    open_practice: OpenPractice,
    sandbox: Sandbox,
    plain: int,
    streams: int,
):
    """The old processes answer what they have, streams to their end; the new one takes the rest.

    Whoever the old ones let in now would wait for nobody until the grace is over.
    """
    old = start(workers=2)
    practice = open_practice(old)
    sandbox.script(next=plain + streams, latency_ms=HELD_MS)
    with ThreadPoolExecutor(plain + streams) as callers:
        whole = [callers.submit(ask, practice, number) for number in range(plain)]
        streamed = [
            callers.submit(practice.pms.stream, f"ECHO:{WORDS}", max_tokens=200)
            for _ in range(streams)
        ]
        in_flight(sandbox, plain + streams, old)
        assert old._process is not None
        old._process.send_signal(signal.SIGTERM)
        old.wait_until(lambda: is_refused(old.port))
        new = start()
        after = open_practice(new)
        assert ask(after, 0).status == 200
        sandbox.release()
        assert {each.result().status for each in whole} == {200}
        assert {each.result().summary["outcome"] for each in streamed} == {"completed"}
        assert {each.result().text.count("word") for each in streamed} == {40}
    assert end(old) == 0
    with pytest.raises(httpx2.ConnectError):
        fetch(f"{old.url}/healthz")
    assert {each.state for each in practice.requests()} == {"completed"}
    assert {each.state for each in practice.attempts()} == {"settled"}
    posted, held, unknown = (a + b for a, b in zip(practice.sums, after.sums, strict=True))
    assert (posted, held, unknown) == (sandbox.totals()["nano_usd"], 0, 0)


def test_what_outlasts_the_grace_is_cut_off_and_written(
    start: Callable[..., Gateway], open_practice: OpenPractice, sandbox: Sandbox
):
    """Nobody knows what the provider did, so the holds stay; every row has its end."""
    server = start(grace_seconds=1)
    practice = open_practice(server)
    sandbox.script(share=1.0, latency_ms=HELD_MS)
    with ThreadPoolExecutor(3) as callers:
        asking = [callers.submit(ask, practice, number) for number in range(3)]
        in_flight(sandbox, 3, server)
        assert server._process is not None
        server._process.send_signal(signal.SIGTERM)
        end(server)
        for each in asking:
            if each.exception() is None:
                assert each.result().status >= 500
    attempts = practice.attempts()
    assert [each.state for each in attempts] == ["unknown"] * 3
    assert practice.sums == (0, 0, sum(each.hold_nano_usd for each in attempts))
    ended = {(each.state, each.outcome) for each in practice.requests()}
    assert ended == {("failed", "interrupted")}
