"""`make run`: everything the router needs, started in order and stopped in reverse."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import children, credentials, engines, install, site, starter
from .console import StopWithMessage, say
from .engines import Running
from .folders import data_dir, locked
from .ports import Reservation, reserve
from .site import Site

WEB_PORT = 8000
SANDBOX_PORT = 8001
_WATCH_SECONDS = 0.3


def command(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C or SIGTERM; end with an error as soon as one of the children does."""
    if arguments:
        raise StopWithMessage("run takes no arguments; PORT, SANDBOX_PORT and DATA_DIR can be set.")
    children.follow_make()
    with started() as (processes, place):
        with contextlib.suppress(KeyboardInterrupt):
            say(f"ready {place.url}")
            _watch(processes)
        say("stopping")
    return 0


@contextlib.contextmanager
def started() -> Iterator[tuple[Running, Site]]:
    """Yield the running installation; everything is stopped when the block ends."""
    _refuse_embedded_production()
    folder = data_dir()
    # Leftovers of a killed run go first: they may hold the ports.
    with _only_launcher(folder), engines.running(folder) as processes, _reserved_ports() as ports:
        install.ensure(install.LOCAL)
        yield processes, _start(processes, ports)


def is_debug() -> bool:
    """Return what the settings will make of DEBUG."""
    return os.environ.get("DEBUG", "true").strip().lower() in ("true", "on", "ok", "y", "yes", "1")


def _start(processes: Running, ports: dict[str, Reservation]) -> Site:
    folder = processes.folder
    began = time.monotonic()
    urls = engines.start(processes)
    say(f"{_names(processes) or 'the given engines'} ready in {time.monotonic() - began:.1f} s")
    place = Site(
        folder=folder,
        port=ports["PORT"].port,
        sandbox_port=ports["SANDBOX_PORT"].port if "SANDBOX_PORT" in ports else None,
        own=_own_environment(folder, urls, ports),
    )
    credentials.write_env(folder / engines.ADDRESSES, place.own)
    site.start_sandbox(processes, place)
    say("migrating the database and collecting static files")
    site.prepare(place)
    keys = starter.load(place) if is_debug() else None
    say("starting web and worker")
    site.start(processes, place)
    starter.show(place, keys)
    return place


def _own_environment(
    folder: Path, urls: dict[str, str], ports: dict[str, Reservation]
) -> dict[str, str]:
    """Return what is the same for every process of this installation, manage.py included."""
    own = dict(urls)
    if is_debug():  # production is given its secrets, and fails without them
        own |= credentials.application_environment(folder)
    if "SANDBOX_PORT" in ports:
        own["SANDBOX_URL"] = f"http://127.0.0.1:{ports['SANDBOX_PORT'].port}"
    return {**own, "PORT": str(ports["PORT"].port)}


@contextlib.contextmanager
def _only_launcher(folder: Path) -> Iterator[None]:
    """Refuse a second launcher for one folder; the lock names its holder."""
    path = folder / "lock"
    with locked(path, wait=False) as is_ours:
        if not is_ours:
            holder = path.read_text("utf-8").split()[:1]
            process = f" (process {holder[0]})" if holder else ""
            raise StopWithMessage(
                f"The router already runs in {folder}{process}: stop it first, "
                "or set DATA_DIR to another folder."
            )
        path.write_text(f"{os.getpid()} {children.start_time(os.getpid())}\n", encoding="utf-8")
        yield


@contextlib.contextmanager
def _reserved_ports() -> Iterator[dict[str, Reservation]]:
    """Hold the ports of this run. Those asked for come first, the defaults move out of the way."""
    wanted = {"PORT": WEB_PORT}
    if not engines.is_given("ANTHROPIC_API_KEY"):
        wanted["SANDBOX_PORT"] = SANDBOX_PORT
    with contextlib.ExitStack() as stack:
        taken = {}
        for name in sorted(wanted, key=lambda name: not os.environ.get(name)):
            taken[name] = stack.enter_context(contextlib.closing(reserve(name, wanted[name])))
            if not os.environ.get(name) and taken[name].port != wanted[name]:
                say(f"port {wanted[name]} is taken: {name} is {taken[name].port}")
        yield taken


def _refuse_embedded_production() -> None:
    if is_debug() or (engines.is_given("DATABASE_URL") and engines.is_given("REDIS_URL")):
        return
    raise StopWithMessage(
        "DEBUG=False needs DATABASE_URL and REDIS_URL of real servers: the embedded engines are "
        "for trials and development."
    )


def _names(processes: Running) -> str:
    return " and ".join(child.record.name for child in processes.children)


def _watch(processes: Running) -> None:
    while True:
        site.tend(processes)
        time.sleep(_WATCH_SECONDS)
