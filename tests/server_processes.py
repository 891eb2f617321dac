"""How a router's process comes to be: of its own, or forked by one that imported the product."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from routerproject.local.folders import PROJECT
from routerproject.settings import env as variables

ADDRESS = "TEST_ROUTERS"  # the variable that tells where routers are forked


class ServerProcess(Protocol):
    """What tests do with a router's process."""

    pid: int

    def poll(self) -> int | None: ...
    def send_signal(self, number: int, /) -> None: ...
    def terminate(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


def start(options: list[str], environment: dict[str, str], log: Path) -> ServerProcess:
    """Start the server as a process of its own: two seconds of a processor."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "routerproject.serve", *options],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def can_fork(environment: dict[str, str]) -> bool:
    """Say whether only the settings read those variables: others may matter to an import."""
    is_known: bool = environment.keys() <= variables.scheme.keys()
    return is_known and sys.platform == "linux"


class Forked:
    """A process that somebody else started, known by a descriptor that is never another's."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return 0 once it has ended, however it did."""
        return 0 if self._has_ended(0) else None

    def send_signal(self, number: int, /) -> None:
        signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> int:
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return 0

    def _has_ended(self, seconds: float | None) -> bool:
        ended, _, _ = select.select([self._descriptor], [], [], seconds)
        return bool(ended)

    def __del__(self) -> None:
        os.close(self._descriptor)


@contextmanager
def within_reach(address: Path) -> Iterator[str]:
    """Give a socket's path as short as the system wants it (108 bytes), however deep its folder."""
    folder = os.open(address.parent, os.O_PATH)
    try:
        yield f"/proc/self/fd/{folder}/{address.name}"
    finally:
        os.close(folder)


class Preloaded:
    """The process that forks routers, for all test processes. It loads the product for the first.

    Each is told its address, which is in the folder of this run and nobody else's to open.
    """

    def launch(self) -> None:
        """Start it, to end with this process; those that are started after this use it as well."""
        address = Path(os.environ["DATA_DIR"]) / f"routers-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as listener, within_reach(address) as path:
            listener.bind(path)
            listener.listen()
            number = listener.fileno()
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded", str(number)],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                pass_fds=(number,),
            )
        atexit.register(address.unlink)
        atexit.register(process.communicate)  # first: the last one registered is called first
        os.environ[ADDRESS] = str(address)

    def start(self, options: list[str], environment: dict[str, str], log: Path) -> ServerProcess:
        """Start a router that has imported the product already."""
        if ADDRESS not in os.environ:
            self.launch()
        start = {"options": options, "environment": environment, "log": str(log)}
        address = Path(os.environ[ADDRESS])
        with socket.socket(socket.AF_UNIX) as line, line.makefile() as answer:
            with within_reach(address) as path:
                line.connect(path)
            line.sendall(json.dumps(start).encode() + b"\n")
            return Forked(int(answer.readline()))


PRELOADED = Preloaded()
