"""The virtual environment and what is locked into it."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import children
from .console import StopWithMessage, say
from .folders import PROJECT, VENV, VENV_PYTHON, locked

LOCAL = "requirements/local.txt"
DEV = "requirements/dev.txt"
INCLUDED_IN = {LOCAL: (LOCAL, DEV), DEV: (DEV,)}

_STAMP = VENV / ".installed.json"
_UNFINISHED = VENV / ".installing"
_LOG_LINES_SHOWN = 15


def ensure(lock: str) -> Path:
    """Return the environment's Python, after installing the lock file unless it is there already.

    An installation that was cut short is thrown away and made again: a killed pip can leave
    packages that look installed and are not.
    """
    with locked(PROJECT / ".venv.lock", wait=True):
        if _UNFINISHED.exists():
            say("the last installation did not finish: making .venv again")
            shutil.rmtree(VENV)
        elif VENV.exists() and not _works(VENV_PYTHON):
            say("the Python of .venv does not run here: making .venv again")
            shutil.rmtree(VENV)
        if not VENV.exists():
            _make_venv()
        elif _is_installed(lock):
            return VENV_PYTHON
        _install(lock)
    return VENV_PYTHON


def digest(lock: str) -> str:
    """Return the SHA-256 of a lock file, which names an installation."""
    return hashlib.sha256((PROJECT / lock).read_bytes()).hexdigest()


def _is_installed(lock: str) -> bool:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    name = stamp.get("lock")
    # Console scripts carry the absolute path of their environment, so a moved one does not count.
    return (
        name in INCLUDED_IN[lock]
        and stamp.get("sha256") == digest(name)
        and stamp.get("path") == str(VENV.resolve())
    )


def _works(python: Path) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([python, "-c", check], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def _base_python() -> str:
    """Return the Python outside any environment, which survives a new .venv."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _make_venv() -> None:
    say("making .venv")
    base = _base_python()
    errors = []
    for command in _ways_to_make_venv(base):
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=PROJECT)
        if done.returncode == 0 and _works(VENV_PYTHON):
            _UNFINISHED.touch()
            return
        errors.append((done.stderr or done.stdout).strip())
        shutil.rmtree(VENV, ignore_errors=True)
    raise StopWithMessage(
        "No virtual environment could be made: install Python's venv module (on Debian: "
        "apt install python3-venv), virtualenv or uv. " + " | ".join(filter(None, errors))[-500:]
    )


def _ways_to_make_venv(base: str) -> list[list[str]]:
    """Return the commands to try, in order. Debian's Python may come without ensurepip."""
    ways = []
    if importlib.util.find_spec("ensurepip"):
        ways.append([base, "-m", "venv", str(VENV)])
    if importlib.util.find_spec("virtualenv"):
        ways.append([base, "-m", "virtualenv", "--quiet", str(VENV)])
    elif virtualenv := shutil.which("virtualenv"):
        ways.append([virtualenv, "--quiet", "--python", base, str(VENV)])
    if shutil.which("uv") or importlib.util.find_spec("pip"):
        ways.append([base, "-m", "venv", "--without-pip", str(VENV)])
    return ways


def _install(lock: str) -> None:
    _UNFINISHED.touch()
    _STAMP.unlink(missing_ok=True)
    count = sum("==" in line for line in (PROJECT / lock).read_text("utf-8").splitlines())
    started = time.monotonic()
    log = VENV / "install.log"
    for name, command in _installers(lock):
        say(f"installing the packages of {lock} with {name} (about {count}, hashes checked)")
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=PROJECT,
                preexec_fn=children.attached(),
            )
        if done.returncode == 0:
            break
        say(f"{name} failed:")
        for line in log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES_SHOWN:]:
            say(f"  {line}")
    else:
        raise StopWithMessage(f"The packages of {lock} could not be installed; see {log}.")
    stamp = {"lock": lock, "sha256": digest(lock), "path": str(VENV.resolve())}
    _STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    _UNFINISHED.unlink()
    say(f"installed in {time.monotonic() - started:.0f} s")


def _installers(lock: str) -> list[tuple[str, list[str]]]:
    """Return uv first for its speed, and pip after it, since pip's own settings do not reach uv."""
    options = ["install", "--require-hashes", "-r", lock]
    installers = []
    if uv := shutil.which("uv"):
        target = ["--python", str(VENV_PYTHON), "--compile-bytecode"]
        installers.append(("uv", [uv, "pip", *options, *target]))
    pip = ["--no-input", "--disable-pip-version-check", "--quiet"]
    if _has_pip(VENV_PYTHON):
        installers.append(("pip", [str(VENV_PYTHON), "-m", "pip", *pip, *options]))
    elif _has_pip(Path(_base_python())):
        outside = [_base_python(), "-m", "pip", "--python", str(VENV_PYTHON)]
        installers.append(("pip", [*outside, *pip, *options]))
    return installers


def _has_pip(python: Path) -> bool:
    command = [os.fspath(python), "-m", "pip", "--version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
