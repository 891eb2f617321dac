"""A document and the installation: what stands in it, what it would change, and the change."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction

from routerproject.shared import clock, yaml_text
from routerproject.shared.admin import Difference
from routerproject.shared.yaml_text import Flaw, Members, RefusedDocument, Scalar
from routing.exchange.soundness import findings
from routing.exchange.tables import ROUTING, TABLES, write_out_splits
from usage import audit, configuration
from usage.exchange.importing import Change, Import
from usage.exchange.tables import described
from usage.exchange.values import looks_secret

FORMAT: Final = "1"
HEADER: Final = (
    "# Catalog, routes and experiments of this installation. Addresses and credentials are\n"
    "# references, never values. docs/catalog.md says what each section is.\n"
)
MOVED: Final = "The configuration was changed after this was planned. Plan it again."
Draft = frozenset(table.section for table in ROUTING)


class ConfigurationMoved(Exception):
    """Somebody edited the configuration between a plan and its application."""


@dataclass(frozen=True)
class Plan:
    """What a document changes, and of which configuration."""

    version: int
    changes: tuple[Change, ...]
    others: tuple[str, ...]  # rows that the document does not name; they stay

    @property
    def differences(self) -> list[Difference]:
        return [each for change in self.changes for each in change.differences()]

    @property
    def has_drafts(self) -> bool:
        """Tell whether something of it decides only from the next publication on."""
        return any(change.entry.table.section in Draft for change in self.changes)

    def lacking(self, by: User) -> list[str]:
        """Return the permissions that a person would need besides."""
        needed = dict.fromkeys(change.permission for change in self.changes)
        return [each for each in needed if not by.has_perm(each)]


def exported(may: Callable[[str], bool] = lambda permission: True) -> str:
    """Return the installation as a document, with the sections that may be seen.

    Raises RefusedDocument, by path, when a text of a row looks like a secret.
    """
    shown = [table for table in TABLES if may(_view(table.model))]
    values = {"format": int(FORMAT), **described(shown)}
    if flaws := list(_secrets(values, "")):
        raise RefusedDocument(flaws)
    return HEADER + yaml_text.write(values)


def plan(text: str) -> Plan:
    """Return what a document would change.

    Raises RefusedDocument with every flaw, and ConfigurationMoved when somebody edits the same rows
    at this moment.
    """
    root = _read(text)
    try:
        return _tried(root)
    except OperationalError as error:  # a deadlock
        raise ConfigurationMoved(MOVED) from error


def apply(text: str, *, by: User | None, follows: int | None = None) -> Plan:
    """Change what a document says: the catalog at once, the rest as drafts.

    `by` is the person who asks, or None for the installation itself. Raises RefusedDocument,
    PermissionDenied, and ConfigurationMoved when `follows` is not the present version any more.
    """
    root = _read(text)
    try:
        return _applied(root, by=by, follows=follows, digest=_digest(text))
    except OperationalError as error:  # a deadlock with somebody who edits at this moment
        raise ConfigurationMoved(MOVED) from error


@transaction.atomic
def _tried(root: Members) -> Plan:
    version = configuration.current_version()
    found = _carried_out(root)
    transaction.set_rollback(True)
    return Plan(version, tuple(found.changes), tuple(found.others))


@transaction.atomic
def _applied(root: Members, *, by: User | None, follows: int | None, digest: str) -> Plan:
    version = configuration.lock_version()
    if follows is not None and follows != version:
        raise ConfigurationMoved(MOVED)
    found = _carried_out(root)
    done = Plan(version, tuple(found.changes), tuple(found.others))
    if by is not None and (lacking := done.lacking(by)):
        raise PermissionDenied(f"This needs the permission {lacking[0]}.")
    if done.changes:
        _record(done, by, digest)
    return done


def _read(text: str) -> Members:
    root = yaml_text.read(text)
    stated = root.values.get("format")
    if not isinstance(stated, Scalar) or stated.text != FORMAT:
        at = stated or root
        raise RefusedDocument([Flaw(at.line, "format", f"The format is {FORMAT}.")])
    return root


def _carried_out(root: Members) -> Import:
    """Change the tables within the caller's transaction. Raises RefusedDocument.

    What was wrong before keeps nobody from importing, so where something is wrong afterwards the
    tables are looked at as they were before, too.
    """
    flaws, now = write_out_splits(root), clock.now()
    with transaction.atomic():
        reading = Import(root, TABLES, now, flaws=[*flaws])
        reading.carry_out()
        wrong = _wrong(reading)
        transaction.set_rollback(bool(wrong))
    if not wrong:
        return reading
    before = findings()
    again = Import(root, TABLES, now)
    again.carry_out()
    again.flaws = [again.at_its_place(each) for each in wrong if each not in before]
    again.stop_if_flawed()
    return again


def _wrong(reading: Import) -> list[str]:
    """Return what could not be served from after an import, a sentence each."""
    if not reading.changes:
        return []
    return findings((c.entry.table.model, c.entry.key[-1]) for c in reading.changes)


def _record(done: Plan, by: User | None, digest: str) -> None:
    rows = [
        {
            "table": change.entry.table.model._meta.label_lower,
            "row": change.name,
            "fields": change.fields,
            "is_new": change.is_new,
        }
        for change in done.changes
    ]
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="configuration-imported",
        record={"document": digest, "follows": done.version, "rows": rows},
        actor=by.get_username() if by else "installation",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _view(model: Any) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def _secrets(value: Any, path: str) -> list[Flaw]:
    """Return the places of texts that look like secrets, which no row should have."""
    if isinstance(value, Mapping):
        parts = [(f"{path}.{name}".lstrip("."), each) for name, each in value.items()]
        return [flaw for name, each in parts for flaw in _secrets(each, name)]
    if isinstance(value, list):
        return [flaw for at, each in enumerate(value) for flaw in _secrets(each, f"{path}[{at}]")]
    if isinstance(value, str) and looks_secret(value):
        return [Flaw(0, path, "This looks like a secret. Take it out of the row first.")]
    return []
