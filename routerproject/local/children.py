"""Processes the launcher started: begun, recorded, watched and stopped by their ids."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

from . import interruptions
from .console import say
from .folders import write_private

_PR_SET_PDEATHSIG = 1
_FINISH_SECONDS = 15
# Loaded before any fork: loading a library between fork and exec can deadlock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """An unprivileged user and group a server runs as."""

    uid: int
    gid: int


class UserSwitch(TypedDict, total=False):
    """The arguments of subprocess that run a command as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Record:
    """A process as it is found again: an id alone may by now be somebody else's."""

    name: str
    pid: int
    started: str
    stop_signal: int


@dataclass
class Child:
    """A running process of ours, leader of a session of its own."""

    record: Record
    process: subprocess.Popen[bytes]
    log: Path
    grace_seconds: float


def die_with_parent(signal_number: int, *, parent: int) -> None:
    """Ask the kernel (Linux) to send this process a signal when its parent is gone.

    The request is cleared by a change of user, so it is made after it, and the parent may have
    died in between.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal_number)


def attached(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return what makes a child of this process end with it (an argument of subprocess)."""
    launcher = os.getpid()
    return lambda: die_with_parent(signal_number, parent=launcher)


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Run a command at the terminal and return its exit code; interrupted, it may finish first."""
    with subprocess.Popen(command, cwd=cwd, env=dict(env), preexec_fn=attached()) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            if interruptions.first_signal() != signal.SIGINT:  # a terminal's went to both
                process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_FINISH_SECONDS)
            process.kill()
            raise


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    identity: Identity | None = None,
    stdin: bytes = b"",
    pass_fds: Sequence[int] = (),
    stop_signal: int = signal.SIGTERM,
    grace_seconds: float = 10,
) -> Child:
    """Start a process in its own session, so that a terminal's Ctrl-C reaches only the launcher."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # the working folder is entered before the user is changed
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=dict(env),
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=attached(stop_signal),
            **switch_user(identity),
        )
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin)
    record = Record(name, process.pid, start_time(process.pid), stop_signal)
    return Child(record, process, log, grace_seconds)


def switch_user(identity: Identity | None) -> UserSwitch:
    """Return no arguments for subprocess when nobody is named: the user stays."""
    if identity is None:
        return {}
    return {"user": identity.uid, "group": identity.gid, "extra_groups": []}


def stop(child: Child) -> None:
    """Stop a process gently, then surely, and whatever it left in its session."""
    if child.process.poll() is None:
        child.process.send_signal(child.record.stop_signal)
        deadline = time.monotonic() + child.grace_seconds
        while time.monotonic() < deadline and not interruptions.is_urgent():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(0.1)
                break
    # At once: until its last member ends, the group's number can be nobody else's.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.record.pid, signal.SIGKILL)
    child.process.wait()


def start_time(pid: int) -> str:
    """Return when a process began, in the system's own words, or "" when there is none."""
    if sys.platform == "linux":
        try:
            text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return ""
        fields = text.rpartition(")")[2].split()  # the name before it may hold anything
        return "" if fields[0] in "ZX" else fields[19]
    return _listed(pid, "lstart")


def program_name(pid: int) -> str:
    """Return what a process runs, as the system's process list has it."""
    return _listed(pid, "comm")


def _listed(pid: int, column: str) -> str:
    line = ["/bin/ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(line, check=False, capture_output=True, text=True).stdout.strip()


def remember(path: Path, children: Sequence[Child]) -> None:
    """Write down the running children, for a launcher that comes after a crash of this one."""
    write_private(path, json.dumps([asdict(child.record) for child in children]))


def stop_leftovers(path: Path, *, grace_seconds: float = 15) -> None:
    """Stop what an earlier launcher recorded and could not stop itself, last started first."""
    try:
        records = [Record(**entry) for entry in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return
    running = [record for record in reversed(records) if _is_running(record)]
    for record in running:
        say(f"stopping {record.name} (process {record.pid}), left by a run that was killed")
        _signal(record, record.stop_signal)
    deadline = time.monotonic() + grace_seconds
    while any(map(_is_running, running)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for record in filter(_is_running, running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(record.pid, signal.SIGKILL)
    path.unlink(missing_ok=True)


def _is_running(record: Record) -> bool:
    return bool(record.started) and start_time(record.pid) == record.started


def _signal(record: Record, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, number)


def follow_make() -> None:
    """End when the `make` that started this launcher is gone, also when it was killed.

    A shell in that place is not followed: it may leave on purpose and let the launcher run on.
    """
    if sys.platform != "linux" or "MAKELEVEL" not in os.environ:
        return
    parent = os.getppid()
    with contextlib.suppress(OSError):
        if Path(f"/proc/{parent}/comm").read_text("utf-8").strip() in ("make", "gmake"):
            die_with_parent(signal.SIGTERM, parent=parent)
