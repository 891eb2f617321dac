"""Generated secrets, and the file through which `manage.py` finds the running engines."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from .folders import write_private

# What the application reads; any of them can be given in the environment instead.
APPLICATION_SECRETS = ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "AUDIT_SIGNING_KEY")


def secrets_of(folder: Path) -> dict[str, str]:
    """Return the installation's secrets, made once and kept in its folder.

    Keys that are missing from an older file are added; a key that exists is never replaced, since
    data is encrypted and signed with it.
    """
    path = folder / "secrets.env"
    kept = read_env(path)
    wanted = {name: make() for name, make in _GENERATORS.items() if name not in kept}
    if wanted:
        kept |= wanted
        write_env(path, kept)
    return kept


def application_environment(folder: Path) -> dict[str, str]:
    """Return the secrets the application needs and the environment does not give."""
    own = secrets_of(folder)
    return {
        name: own[name]
        for name in APPLICATION_SECRETS
        if not os.environ.get(name) and not os.environ.get(f"{name}_FILE")
    }


def read_env(path: Path) -> dict[str, str]:
    """Return the KEY=VALUE lines of a file, nothing when there is no file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, value in pairs}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write KEY=VALUE lines, readable by the owner only, all or nothing."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))


def _key_of_32_bytes() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _password() -> str:
    return secrets.token_hex(24)  # hexadecimal, so it needs no quoting in URLs, SQL or files


_GENERATORS = {
    "POSTGRES_PASSWORD": _password,
    "POSTGRES_ADMIN_PASSWORD": _password,
    "REDIS_PASSWORD": _password,
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "KEY_ENCRYPTION_KEY": _key_of_32_bytes,
    "AUDIT_SIGNING_KEY": _key_of_32_bytes,
}
