"""Commands that run beside throwaway engines: tests, checks, benchmarks, a developer's loop."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import children, credentials, engines, install
from .console import StopWithMessage, say
from .folders import PROJECT, VENV, VENV_PYTHON, locked

FOLDER_PREFIX = "clinic-model-router-test-"
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory (Linux); mkdtemp is private
ROOM_BYTES = 2 << 30
PROVIDERS = ("ANTHROPIC_", "OPENAI_", "MISTRAL_", "ON_PREMISE_")  # variables of their keys
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "djlint": ["-m", "djlint", "--check", "--lint", "--quiet", "templates"],
    "manage.py check": ["manage.py", "check"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "documentation": ["-m", "pytest", "-q", "tests/docs"],
}
PROCESS_BYTES = 1 << 30  # of memory for a test process, the routers it starts, and its databases
MOST_PROCESSES = 12  # each has a database of Redis, which has sixteen
# The end-to-end tests come before those that need no engine: the last file decides how long the
# other processes are idle.
_PARALLEL = ("--dist=loadfile", "--no-loadscope-reorder")
# A failed test is tried once more, since other programs may need the same processors, and after a
# while: Redis is left alone for a second once it did not answer. The summary names it and shows
# why: one that fails now and then is to be mended.
_SECOND_TRY = ("--reruns=1", "--reruns-delay=3", "--rerun-show-tracebacks", "-raR")


@contextlib.contextmanager
def temporary_engines(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yield an environment with engines that are fast, forgetful, and gone afterwards.

    Durable ones flush each commit to the disk, as a clinic's would.
    """
    remove_abandoned_folders()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=_parent(durable=durable)))
    try:
        with locked(folder / "lock", wait=False), engines.running(folder) as processes:
            urls = engines.start(processes, throwaway=not durable)
            yield environment(folder, urls)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parent(*, durable: bool) -> Path:
    """Return where the folder is made: in memory if there is room, unless TMPDIR says otherwise.

    A test's database is a thousand files that are copied and removed again. On a disk that took
    ten times as long, all of it in the kernel.
    """
    if durable or "TMPDIR" in os.environ or not _has_room(MEMORY):
        return Path(tempfile.gettempdir())
    return MEMORY


def _has_room(folder: Path) -> bool:
    try:
        state = os.statvfs(folder)
    except OSError:
        return False  # not on this system
    may_run = not state.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK)
    return may_run and state.f_bavail * state.f_frsize >= ROOM_BYTES


def environment(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Return what a command needs. A provider's key is left out: no test spends money.

    Compiled modules are kept: a run starts dozens of processes, and each would compile them anew.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PROVIDERS)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = credentials.application_environment(folder)
    return {**kept, **own, **urls, "DATA_DIR": str(folder), "PATH": path}


def remove_abandoned_folders() -> None:
    """Remove what test runs left that were killed, and stop what still runs for them."""
    parents = {Path(tempfile.gettempdir()), MEMORY}
    for folder in (found for each in parents for found in each.glob(f"{FOLDER_PREFIX}*")):
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            with locked(folder / "lock", wait=False) as is_abandoned:
                if is_abandoned:
                    engines.Running(folder).stop()
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody else is removing it


def command(arguments: Sequence[str]) -> int:
    """Run any command beside temporary engines; return its exit code."""
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        raise StopWithMessage("Say which command to run: engines -- COMMAND ARGUMENTS")
    install.ensure(install.DEV)
    with temporary_engines() as env:
        return _run(arguments, env)


def test(arguments: Sequence[str]) -> int:
    """Run pytest with the arguments, which may say otherwise than the options before them."""
    install.ensure(install.DEV)
    _say_whether_browser_tests_run()
    with temporary_engines() as env:
        number = processes(os.cpu_count() or 1, _memory_bytes())
        options = [f"--numprocesses={number}", *_PARALLEL, *_SECOND_TRY]
        return _run([VENV_PYTHON, "-m", "pytest", *options, *arguments], env)


def processes(cores: int, memory_bytes: int) -> int:
    """Return how many processes test: half of the time they wait, for an engine or a router."""
    return max(1, min(2 * cores + 1, memory_bytes // PROCESS_BYTES, MOST_PROCESSES))


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks, or one by its name, with every commit on the disk."""
    install.ensure(install.DEV)
    with temporary_engines(durable=True) as env:
        return _run([VENV_PYTHON, "-m", "bench", *arguments], env)


def check(arguments: Sequence[str]) -> int:
    """Run every check and say at the end which ones failed."""
    if arguments:
        raise StopWithMessage("check takes no arguments.")
    install.ensure(install.DEV)
    failed = []
    with temporary_engines() as env:
        for name, command_line in CHECKS.items():
            say(f"-- {name}")
            if _run([VENV_PYTHON, *command_line], env) != 0:
                failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else f"all {len(CHECKS)} checks passed")
    return 1 if failed else 0


def find_chromium() -> str:
    """Return the browser that drives the pages in tests, or ""."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    given = os.environ.get("CHROMIUM_PATH")
    return given or next(filter(None, map(shutil.which, names)), "")


def _say_whether_browser_tests_run() -> None:
    if not find_chromium():
        say("no Chromium found (CHROMIUM_PATH or `chromium` on PATH): browser tests are skipped")


def _run(arguments: Sequence[str | Path], env: dict[str, str]) -> int:
    try:
        return children.run(arguments, cwd=PROJECT, env=env)
    except FileNotFoundError as error:
        raise StopWithMessage(f"There is no command {arguments[0]}.") from error
