"""References to addresses and credentials, as far as the site allows: `env:NAME`, `file:/PATH`,
`vault:PATH#FIELD` and `aws-sm:NAME#FIELD`.

Admins choose references, never values, and none ever comes from a request. So that no reference
leads to another secret of the site, only listed variables, the files of one folder (but those that
the site reads its own secrets from) and secrets of listed names count. What Vault and AWS keep is
read beforehand (secret_store.py).
"""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

KEPT: Final = ("vault:", "aws-sm:")
FORMS: Final = "A reference is env:NAME, file:/PATH, vault:PATH#FIELD or aws-sm:NAME#FIELD."
_VAULT: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+#[A-Za-z0-9_.-]+")
_AWS: Final = re.compile(r"[A-Za-z0-9_/+=.@:-]+(?:#[A-Za-z0-9_.-]+)?")
_values: dict[str, str] = {}  # of kept secrets, as this process read them last


class RefusedReference(ValueError):
    """A reference, or the address behind it, that the site does not allow; says why."""


def check(reference: str) -> None:
    """Raise RefusedReference unless the site allows what a reference names. Empty is allowed."""
    kind, _, name = reference.partition(":")
    if kind == "env" and name not in settings.REFERENCE_ENVIRONMENT:
        raise RefusedReference(f"The variable {name} is not listed in REFERENCE_ENVIRONMENT.")
    if kind == "file" and not _is_in_folder(Path(name)):
        raise RefusedReference(f"The file is not in {settings.REFERENCE_FOLDER}.")
    if kind == "file" and _is_own(Path(name)):
        raise RefusedReference("The site keeps this file for itself.")
    if kind in ("vault", "aws-sm"):
        _check_kept(kind, name)
    elif kind not in ("", "env", "file"):
        raise RefusedReference(FORMS)


def is_kept(reference: str) -> bool:
    """Return whether a reference names a secret that Vault or AWS keeps."""
    return reference.startswith(KEPT)


def keep(reference: str, value: str) -> None:
    """Let a reference stand for what was read of it."""
    _values[reference] = value


def resolve(reference: str) -> str:
    """Return what a reference stands for, or nothing if that is not set.

    Raises RefusedReference.
    """
    check(reference)
    kind, _, name = reference.partition(":")
    if kind == "env":
        return str(getattr(settings, name, "") or os.environ.get(name, ""))
    if kind == "file":
        return _content(Path(name))
    return _values.get(reference, "")


def address(reference: str, *, is_on_premise: bool) -> str:
    """Return the base URL that a reference stands for, or nothing if that is not set.

    Raises RefusedReference, also when anybody on the way there could read what is sent.
    """
    url = resolve(reference)
    if url:
        _check_address(url, is_on_premise=is_on_premise)
    return url


def _check_kept(kind: str, name: str) -> None:
    shape = _VAULT if kind == "vault" else _AWS
    if not shape.fullmatch(name) or ".." in name:
        raise RefusedReference(FORMS)
    if not f"{kind}:{name}".startswith(tuple(settings.REFERENCE_SECRETS)):
        raise RefusedReference("The secret's name begins with none of REFERENCE_SECRETS.")


def _is_in_folder(path: Path) -> bool:
    """Return whether a path is below the folder, with every link followed."""
    if ".." in path.parts:
        return False
    try:
        return path.resolve().is_relative_to(Path(settings.REFERENCE_FOLDER).resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _is_own(path: Path) -> bool:
    """Return whether the site reads a secret of its own from a file, by whatever name it has."""
    return any(_is_same(path, own) for own in settings.OWN_FILES)


def _is_same(path: Path, own: Path) -> bool:
    try:
        return path.resolve() == own.resolve() or path.samefile(own)
    except OSError:
        return False  # one of them is not there


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _check_address(url: str, *, is_on_premise: bool) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise RefusedReference("The address is not a URL.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise RefusedReference("The address is not a URL of https.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise RefusedReference("The address must be scheme, host, port and path alone.")
    may_be_plain = settings.DEBUG or is_on_premise or _is_loopback(host)
    if parts.scheme == "http" and not may_be_plain:
        raise RefusedReference("The address must begin with https: it is not on premise.")


def is_on_this_machine(url: str) -> bool:
    """Return whether an address leads to this machine."""
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
