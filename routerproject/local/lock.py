"""`make lock`: pyproject.toml resolved into the hashed requirement files."""

# ruff: noqa: S603 - starting programs is the purpose; no command comes from outside

import shutil
import subprocess
from collections.abc import Sequence

from .console import StopWithMessage, say
from .folders import PROJECT

_OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
)
# Each file is constrained by the one before it, so that one version serves everywhere.
_FILES = {
    "requirements.txt": (),
    "requirements/local.txt": ("--extra=local", "--constraint=requirements.txt"),
    "requirements/dev.txt": ("--extra=local", "--extra=dev", "--constraint=requirements/local.txt"),
}


def command(arguments: Sequence[str]) -> int:
    """Lock; arguments (`--upgrade`, `--upgrade-package NAME`) go to uv."""
    uv = shutil.which("uv")
    if uv is None:
        raise StopWithMessage("make lock needs uv (https://docs.astral.sh/uv/).")
    for name, options in _FILES.items():
        say(f"locking {name}")
        line = [uv, "pip", "compile", *_OPTIONS, *options, *arguments, "pyproject.toml", "-o", name]
        done = subprocess.run(line, check=False, cwd=PROJECT, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            raise StopWithMessage(f"{name} could not be locked.")
    return 0
