"""The sandbox provider for tests: a real process on a free loopback port, and its control plane.

from tests.sandbox_server import Sandbox

with Sandbox() as sandbox:
    sandbox.script(nonce="n1", status=529)
    ...
    assert sandbox.book() == []
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 60
HELD_MS = 3_600_000  # as a wait: until the sandbox is told to release
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # past any proxy variable


class ScriptRefused(Exception):
    """The sandbox said what is wrong with a script."""


class Sandbox:
    """A sandbox process; `options` are those of `python -m routing.sandbox`, e.g. `--book PATH`."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    def start(self) -> Self:
        """Start the server and wait until it listens."""
        command = [sys.executable, "-m", "routing.sandbox", "--port", "0", *self._options]
        environment = os.environ | {"DEBUG": "True", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("sandbox http"):
            raise RuntimeError("the sandbox did not start")
        self.base_url = line.split()[1]
        return self

    def stop(self) -> None:
        """End the server and wait for its end."""
        self._end("terminate")

    def kill(self) -> None:
        """End the server without warning, as `kill -9` does."""
        self._end("kill")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def requests(self, *, since: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
        """Return what it received: n, method, path, query, headers, raw_headers, body."""
        rows: list[dict[str, Any]] = self._get("requests", since=since, limit=limit)["requests"]
        return rows

    def book(self, *, since: int = 0, **filters: Any) -> list[dict[str, Any]]:
        """Return the lines of its bill; `filters` as nonce, request_id, model, outcome."""
        lines: list[dict[str, Any]] = self._get("book", since=since, **filters)["lines"]
        return lines

    def totals(self) -> dict[str, int]:
        """Return the sums of its bill: lines, nano_usd and tokens by kind."""
        totals: dict[str, int] = self._get("book", limit=0)["totals"]
        return totals

    def script(self, **rule: Any) -> None:
        """Set one rule; raises ScriptRefused naming the field that is wrong."""
        self._post("script", rule)

    def advance_clock(self, seconds: float) -> None:
        """Move the clock that caches and batches go by forward."""
        self._post("clock", {"advance_seconds": seconds})

    def release(self) -> None:
        """Let every call go on that waits because of a rule; the rules delay nothing any more."""
        self._post("release", None)

    def reset(self) -> None:
        """Forget requests, bill, script, cache and batches."""
        self._post("reset", None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _get(self, name: str, **query: Any) -> Any:
        given = {key: value for key, value in query.items() if value is not None}
        return self._call(f"{name}?{urlencode(given)}", None)

    def _post(self, name: str, document: Any) -> Any:
        return self._call(name, json.dumps(document).encode())

    def _call(self, name: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self.base_url}/_sandbox/{name}", data=body)
        try:
            with DIRECT.open(request) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise ScriptRefused(json.load(error)["error"]["message"]) from error

    def _end(self, how: str) -> None:
        if self._process is None:
            return
        getattr(self._process, how)()
        self._process.wait(STOP_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for the whole run."""
    with Sandbox() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, with everything of earlier tests forgotten; later ones find no rule of this."""
    sandbox_process.reset()
    yield sandbox_process
    sandbox_process.release()
    sandbox_process.reset()
