"""`make demo`: the demonstration requests against the running installation, or a passing one."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import children, credentials, engines, install, run, site
from .console import say
from .folders import PROJECT, VENV_PYTHON, data_dir
from .site import Site


def command(arguments: Sequence[str]) -> int:
    """Run `manage.py demo` with the arguments; return its exit code."""
    install.ensure(install.LOCAL)
    with _installation() as place:
        line: list[str | Path] = [VENV_PYTHON, "manage.py", "demo", *arguments]
        return children.run(line, cwd=PROJECT, env=place.environment)


@contextlib.contextmanager
def _installation() -> Iterator[Site]:
    place = _running(data_dir())
    if place is not None:
        say(f"using the router that runs at {place.url}")
        yield place
        return
    with run.started() as (_, place):
        yield place


def _running(folder: Path) -> Site | None:
    """Return the installation that runs in a folder, if its site says that it is ready."""
    own = credentials.read_env(folder / engines.ADDRESSES)
    port = own.get("PORT", "")
    if not port.isdecimal() or site.status(int(port), "/readyz") != 200:
        return None
    given = {name: value for name, value in own.items() if not os.environ.get(name)}
    return Site(folder=folder, port=int(port), sandbox_port=None, own={**given, "PORT": port})
