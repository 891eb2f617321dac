"""Server programs: found on the system or in the wheels, and made reachable for their user."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .children import Identity, switch_user
from .console import StopWithMessage
from .folders import VENV

COPY_PREFIX = "clinic-model-router-programs-"


@dataclass(frozen=True)
class Program:
    """One server: its executable, and what must be copied when its user cannot reach it.

    `parts` are folders below `base` (a site-packages), which keep their places in a copy because
    the executables find their libraries by relative paths. System programs have none.
    """

    path: Path
    version: tuple[int, ...]
    base: Path | None = None
    parts: tuple[str, ...] = ()


def may_use(kind: str) -> bool:
    """Say whether ROUTER_ENGINES (`auto`, `system` or `wheel`) allows a kind of program."""
    chosen = os.environ.get("ROUTER_ENGINES") or "auto"
    if chosen not in ("auto", "system", "wheel"):
        raise StopWithMessage(f"ROUTER_ENGINES={chosen} is not one of auto, system, wheel.")
    return chosen in ("auto", kind)


def site_packages() -> Iterator[Path]:
    """Yield the folders into which the environment installs wheels."""
    yield from sorted(VENV.glob("lib/python3*/site-packages"))


def version_of(executable: Path) -> tuple[int, ...]:
    """Return the version a server program reports, or () when it does not run here."""
    try:
        done = subprocess.run(
            [executable, "--version"], check=False, capture_output=True, text=True, cwd="/"
        )
    except OSError:
        return ()
    found = re.search(r"(?:v=|\) |server )(\d+(?:\.\d+)*)", done.stdout)
    if done.returncode != 0 or found is None:
        return ()
    return tuple(map(int, found[1].split(".")))


def server_identity(folder: Path) -> Identity | None:
    """Return who runs a server with this data folder: root never does, others run it themselves.

    Data made by an ordinary user stays with that user; root otherwise uses `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Identity(65534, 65534)
    return Identity(nobody.pw_uid, nobody.pw_gid)


def own_folder(folder: Path, identity: Identity | None) -> None:
    """Make a folder that belongs to a server and nobody else can read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if identity is not None:
        _give(folder, identity)
    elif folder.stat().st_uid != os.geteuid():
        raise StopWithMessage(
            f"{folder} belongs to another user: run as that user, as root, "
            "or set DATA_DIR to another folder."
        )
    folder.chmod(0o700)


def _give(folder: Path, identity: Identity) -> None:
    try:
        os.chown(folder, identity.uid, identity.gid)
    except OSError as error:
        raise StopWithMessage(
            f"{folder} cannot be given to an unprivileged user (id {identity.uid}): "
            f"{error.strerror}. Run the router as an ordinary user."
        ) from error


def reachable(program: Program, identity: Identity | None, copies: Path) -> Path:
    """Return an executable that the server's user can run.

    Under a private home that is a copy in a temporary folder, removed at the end. Opening the home
    to others instead would outlive the run. The copy is noted in the file `copies`, so that it is
    removed also after a crash.
    """
    if _runs_as(program.path, identity):
        return program.path
    for parent in dict.fromkeys((tempfile.gettempdir(), "/var/tmp", "/tmp")):  # noqa: S108
        copied = _copy(program, Path(parent), copies)
        if copied is not None and _runs_as(copied, identity):
            return copied
    raise StopWithMessage(
        f"{program.path} cannot be run by an unprivileged user (id {identity and identity.uid}): "
        "run the router as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def remove_copies(copies: Path) -> None:
    """Remove the copies noted in a file."""
    try:
        lines = copies.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        if Path(line).name.startswith(COPY_PREFIX):
            shutil.rmtree(line, ignore_errors=True)
    copies.unlink()


def _copy(program: Program, parent: Path, copies: Path) -> Path | None:
    if program.base is None:
        return None
    try:
        folder = Path(tempfile.mkdtemp(prefix=COPY_PREFIX, dir=parent))
        with copies.open("a", encoding="utf-8") as file:
            file.write(f"{folder}\n")
        folder.chmod(0o711)
        for part in program.parts:
            if (program.base / part).is_dir():
                shutil.copytree(program.base / part, folder / part, symlinks=True)
        for path in (folder, *folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    except OSError:
        return None
    return folder / program.path.relative_to(program.base)


def _runs_as(executable: Path, identity: Identity | None) -> bool:
    try:
        done = subprocess.run(
            [executable, "--version"],
            check=False,
            capture_output=True,
            cwd="/",
            env={},
            **switch_user(identity),
        )
    except PermissionError:
        return False
    except OSError as error:
        if identity is None:
            raise
        raise StopWithMessage(
            f"The engines cannot run as an unprivileged user (id {identity.uid}): {error}."
        ) from error
    return done.returncode == 0
