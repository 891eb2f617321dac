"""The process that finds identifiers is killed at work: nothing goes out that it did not see."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.gateway_server import Gateway
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
SSN: Final = "123-45-6789"
NOTE: Final = "Knee pain after a fall, no swelling, full range of motion, walks without a limp. "
ANTHROPIC: Final = {"anthropic-version": "2023-06-01"}


def note(number: int) -> str:
    """Return a text that is too long for the event loop, and new each time."""
    return f"Summarize visit {number}. {NOTE * 40} SSN {SSN}. {NOTE * 40}"


def messages(number: int) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": note(number)}]}


def posted(path: str, **more: Any) -> Callable[[Practice, int], int]:
    def ask(practice: Practice, number: int) -> int:
        headers = ANTHROPIC if "messages" in path else {}
        return practice.pms.post(path, {**messages(number), **more}, headers=headers).status

    return ask


def streamed(path: str, **more: Any) -> Callable[[Practice, int], int]:
    def ask(practice: Practice, number: int) -> int:
        headers = {"Authorization": f"Bearer {practice.pms.key}", **ANTHROPIC}
        sent = {**messages(number), **more, "stream": True}
        url = f"{practice.pms.url}{path}"
        return practice.pms.client.post(url, json=sent, headers=headers).status_code

    return ask


ROUTES: Final[tuple[Callable[[Practice, int], int], ...]] = (
    lambda practice, number: practice.pms.route(note(number)).status,
    lambda practice, number: practice.pms.stream(note(number)).status,
    lambda practice, number: practice.pms.route("Sum up.", context={"a": note(number)}).status,
    lambda practice, number: (
        practice.pms.post("/api/v1/route/explain", {"prompt": note(number)}).status
    ),
    posted("/v1/messages", max_tokens=64),
    streamed("/v1/messages", max_tokens=64),
    posted("/v1/messages/count_tokens"),
    posted("/v1/chat/completions"),
    streamed("/v1/chat/completions"),
)


@contextmanager
def detectors_killed(server: Gateway) -> Iterator[list[int]]:
    """Kill each worker of the router as soon as it is there; yield those that were killed."""
    killed: list[int] = []
    is_over = threading.Event()

    def kill() -> None:
        while not is_over.wait(0.2):
            for pid in workers_of(server.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killing = threading.Thread(target=kill)
    killing.start()
    yield killed
    is_over.set()
    killing.join()


def workers_of(pid: int) -> list[int]:
    """Return the processes that a process has started to work for it."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def test_nothing_leaves_that_nobody_looked_at(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """By any address: answered with its identifiers masked, or refused."""
    with detectors_killed(gateway_process) as killed, ThreadPoolExecutor(3) as callers:
        asked = [callers.submit(ask, practice, number) for number, ask in enumerate(ROUTES * 2)]
        statuses = {each.result() for each in asked}
    assert killed
    assert statuses <= {200, 422, 503}
    afterwards = [ask(practice, 100 + number) for number, ask in enumerate(ROUTES)]
    assert set(afterwards) == {200}, "it goes on by itself"
    sent = json.dumps(sandbox.requests())
    assert NOTE[:20] in sent
    assert SSN not in sent
    assert SSN.replace("-", "") not in sent
