"""PostgreSQL and Redis for one folder: the given ones, or private ones started here."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import binaries, children, credentials, ports, postgresql, redis
from .children import Child
from .console import DidNotStart, say

RECORD = "processes.json"
_STEADY_SECONDS = 10
_TRIES = 3
_PAUSE_SECONDS = 1
ADDRESSES = "engines.env"  # what settings.py reads when the environment names no database


@dataclass
class Revival:
    """How an engine is brought back where its clients look for it, and when it last came up."""

    again: Callable[[], Child]
    since: float


class Running:
    """What runs for one folder, in the order it was started."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing running; leftovers of a killed launcher are stopped first."""
        self.folder = folder
        self.children: list[Child] = []
        self.revivals: dict[str, Revival] = {}
        children.stop_leftovers(folder / RECORD)
        binaries.remove_copies(folder / "copied-programs")

    def add(self, child: Child) -> None:
        """Take over a child: it is recorded at once and stopped at the end."""
        self.children.append(child)
        children.remember(self.folder / RECORD, self.children)

    def revival_of(self, child: Child) -> Revival | None:
        """Return how a child is brought back, when it is an engine that had been up for a while."""
        revival = self.revivals.get(child.record.name)
        is_steady = revival and time.monotonic() - revival.since >= _STEADY_SECONDS
        return revival if is_steady else None

    def replace(self, old: Child, new: Child) -> None:
        """Put a new child in the place of one that ended."""
        self.children[self.children.index(old)] = new
        children.remember(self.folder / RECORD, self.children)

    def stop(self) -> None:
        """Stop all children, the last one first."""
        while self.children:
            children.stop(self.children.pop())
        (self.folder / RECORD).unlink(missing_ok=True)
        (self.folder / ADDRESSES).unlink(missing_ok=True)
        binaries.remove_copies(self.folder / "copied-programs")


def is_given(name: str) -> bool:
    """Say whether the environment sets a variable, directly or through a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Stop everything at the end, whatever happened in between."""
    processes = Running(folder)
    try:
        yield processes
    finally:
        processes.stop()


def start(processes: Running, *, throwaway: bool = False) -> dict[str, str]:
    """Return DATABASE_URL and REDIS_URL, starting the engines the environment does not name."""
    folder = processes.folder
    secrets = credentials.secrets_of(folder)
    urls: dict[str, str] = {}
    for name, engine in (("DATABASE_URL", postgresql), ("REDIS_URL", redis)):
        if is_given(name):
            urls |= {name: os.environ[name]} if os.environ.get(name) else {}
            continue
        launch = partial(engine.start, folder, secrets, throwaway=throwaway)
        child, port = _start_on_some_port(launch)
        processes.add(child)
        again = partial(_start_after_crash, launch, port)
        processes.revivals[child.record.name] = Revival(again, time.monotonic())
        urls[name] = engine.url(secrets, port)
    return urls


def _start_on_some_port(launch: Callable[[int], Child]) -> tuple[Child, int]:
    """Start a server; a free port can be lost to somebody else, so a failure is tried again."""
    for _ in range(_TRIES - 1):
        port = ports.free_port()
        with contextlib.suppress(DidNotStart):
            return launch(port), port
    port = ports.free_port()
    return launch(port), port


def _start_after_crash(launch: Callable[[int], Child], port: int) -> Child:
    """Start a server where its clients look for it; what a crash left may still be ending."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(DidNotStart):
            return launch(port)
        time.sleep(_PAUSE_SECONDS)
    return launch(port)


def revive(processes: Running) -> None:
    """Bring back an engine that ended, unless it did so soon after it had come up.

    The site is built to outlive its engines, so one lost engine is no reason to end the run.
    """
    for child in list(processes.children):
        revival = processes.revival_of(child)
        if revival is None or child.process.poll() is None:
            continue
        say(f"{child.record.name} ended with code {child.process.returncode}: starting it again")
        children.stop(child)
        processes.replace(child, revival.again())
        revival.since = time.monotonic()
