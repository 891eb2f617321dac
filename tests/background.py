"""The worker's tasks in a process that a test may kill: forked, so that a new one costs little.

from tests.background import Background

with Background(sandbox.base_url) as background:
    background.clear_up(kill_after_seconds=0.02)
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Self

from routerproject.local.folders import PROJECT
from tests.gateway_server import database_url


class Background:
    """Runs what Celery runs to clear up calls, as it will an hour from now."""

    def __init__(self, sandbox_url: str) -> None:
        self._sandbox_url = sandbox_url
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.background_process"],
            cwd=PROJECT,
            env={**os.environ, "DATABASE_URL": database_url(), "SANDBOX_URL": self._sandbox_url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def clear_up(self, *, kill_after_seconds: float | None = None) -> int:
        """Run the tasks, killed after so long if asked; return how the process ended."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("clear up\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        killing = threading.Timer(kill_after_seconds or 0.0, _kill, (pid,))
        if kill_after_seconds is not None:
            killing.start()
        ended = int(self._process.stdout.readline())
        killing.cancel()
        return ended


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it was done before
        os.kill(pid, signal.SIGKILL)
