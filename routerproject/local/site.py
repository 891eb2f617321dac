"""The Django site's processes: prepared, started, and watched until they answer."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import contextlib
import http.client
import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from . import children, engines
from .console import StopWithMessage
from .engines import Running
from .folders import PROJECT, VENV, VENV_PYTHON
from .ports import LOOPBACK

_READY_SECONDS = 90
_GRACE_SECONDS = 25  # for answers in flight, unless SHUTDOWN_GRACE_SECONDS says otherwise
_LOG_LINES_SHOWN = 20


@dataclass(frozen=True)
class Site:
    """Where one installation lives and listens, and the variables it was given by the launcher."""

    folder: Path
    port: int
    sandbox_port: int | None
    own: dict[str, str]

    @property
    def url(self) -> str:
        """Return the address of the site."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of each of its processes."""
        path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        paths = {"DATA_DIR": str(self.folder), "PATH": path, "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **self.own, **paths}

    @property
    def logs(self) -> Path:
        """Return the folder of the processes' logs."""
        return self.folder / "logs"


def prepare(place: Site) -> None:
    """Bring the tables and the static files up to date, side by side."""
    with (
        _managing(place, "collectstatic", "--no-input", "--verbosity", "0") as files,
        _managing(place, "migrate", "--no-input", "--verbosity", "0") as tables,
    ):
        _finish(place, "migrate", tables)
        _finish(place, "collectstatic", files)


def manage(place: Site, *arguments: str) -> str:
    """Run a management command and return what it printed; its complaints go to a log."""
    with _managing(place, *arguments) as process:
        return _finish(place, arguments[0], process)


def start_sandbox(processes: Running, place: Site) -> None:
    """Start the simulated provider, where no real one is set."""
    if place.sandbox_port is not None:
        _start(processes, place, "sandbox", _sandbox(place))


def start(processes: Running, place: Site) -> None:
    """Start web and worker, and wait until the site says that it is ready."""
    _start(processes, place, "web", _web(place), grace_seconds=_grace() + 10)
    _start(processes, place, "worker", ["-m", "celery", *_celery(place)], grace_seconds=20)
    if place.sandbox_port is not None:
        _wait(processes, place, "sandbox", lambda: _listens(place.sandbox_port))
    _wait(processes, place, "/readyz", lambda: status(place.port, "/readyz") == 200)


def tend(processes: Running) -> None:
    """Bring back an engine; stop with the name and the last words of any other child that ended."""
    engines.revive(processes)
    for child in processes.children:
        code = child.process.poll()
        if code is not None and processes.revival_of(child) is None:
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            raise StopWithMessage(
                f"{child.record.name} ended {how}. The end of {child.log}:\n{last_lines(child.log)}"
            )


def status(port: int, path: str) -> int:
    """Return the status of a GET on loopback, past any proxy, or 0 when nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def last_lines(log: Path) -> str:
    """Return the end of a log, indented."""
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            return "".join(f"  {line}" for line in deque(file, _LOG_LINES_SHOWN)).rstrip()
    except OSError:
        return "  (no log)"


@contextlib.contextmanager
def _managing(place: Site, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a management command under way; it does not outlive the block.

    Django's checks are left to the web process: they import all of the site, which takes longer
    than the commands themselves.
    """
    place.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _setup_log(place).open("ab") as log:
        process = subprocess.Popen(
            [VENV_PYTHON, "manage.py", *arguments, "--skip-checks"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # may hold a key, which belongs into no log
            stderr=log,
            text=True,
            cwd=PROJECT,
            env=place.environment,
            preexec_fn=children.attached(),
        )
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _finish(place: Site, name: str, process: subprocess.Popen[str]) -> str:
    printed, _ = process.communicate()
    if process.returncode != 0:
        log = _setup_log(place)
        raise StopWithMessage(f"manage.py {name} failed. The end of {log}:\n{last_lines(log)}")
    return printed


def _setup_log(place: Site) -> Path:
    return place.logs / "setup.log"


def _start(
    processes: Running,
    place: Site,
    name: str,
    arguments: Sequence[str],
    *,
    grace_seconds: float = 10,
) -> None:
    processes.add(
        children.start(
            name,
            [VENV_PYTHON, *arguments],
            log=place.logs / f"{name}.log",
            cwd=PROJECT,
            env=place.environment,
            grace_seconds=grace_seconds,
        )
    )


def _sandbox(place: Site) -> list[str]:
    book = place.folder / "sandbox-book.jsonl"
    return ["-m", "routing.sandbox", "--port", str(place.sandbox_port), "--book", str(book)]


def _grace() -> int:
    """Return for how many seconds requests may go on after the signal to stop."""
    wished = os.environ.get("SHUTDOWN_GRACE_SECONDS", "")
    return int(wished) if wished.isdigit() else _GRACE_SECONDS


def _web(place: Site) -> list[str]:
    options = {
        "--port": str(place.port),
        "--workers": os.environ.get("WEB_WORKERS") or "2",
        "--grace-seconds": str(_grace()),
        "--keep-alive-seconds": os.environ.get("KEEP_ALIVE_SECONDS") or "75",
    }
    return ["-m", "routerproject.serve", *chain.from_iterable(options.items())]


def _celery(place: Site) -> list[str]:
    schedule = str(place.folder / "celerybeat-schedule")
    return [
        "-A",
        "routerproject.celery",
        "worker",
        "--beat",
        "--schedule",
        schedule,
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]


def _wait(processes: Running, place: Site, what: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        ready = is_ready()
        tend(processes)  # after the look: a stranger may answer on a dead child's port
        if ready:
            return
        time.sleep(0.05)
    raise StopWithMessage(
        f"{what} was not ready after {_READY_SECONDS} s: {_answer(place.port, '/readyz')}\n"
        f"The end of {place.logs / 'web.log'}:\n{last_lines(place.logs / 'web.log')}"
    )


def _listens(port: int | None) -> bool:
    return port is not None and status(port, "/") != 0


def _answer(port: int, path: str) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return f"it answers {response.status} {response.read(1000).decode('utf-8', 'replace')}"
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({error})"
    finally:
        connection.close()
