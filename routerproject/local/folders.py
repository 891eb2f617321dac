"""Where things are: the project, its environment, and one installation's DATA_DIR."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .console import StopWithMessage

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"


def data_dir() -> Path:
    """Return the installation's folder (default `var/`), made private to its owner."""
    folder = Path(os.environ.get("DATA_DIR") or PROJECT / "var").absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StopWithMessage(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read; readers see the old text or the new, never half."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold an exclusive lock on a file; yields False when it is taken and `wait` is off.

    The kernel drops the lock when its holder dies, however it dies. Python's descriptors are not
    inherited, so children that outlive a killed launcher do not hold it either.
    """
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
