"""Asking for a file, and what becomes of those that were asked for."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from celery import current_app
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import QueryDict
from kombu.exceptions import OperationalError

from routerproject.shared import clock
from routerproject.shared.database import in_database
from usage import audit
from usage.closing import months
from usage.models import Export, ExportKind, ExportPart

PERMISSION: Final = "usage.view_usagerecord"
KEPT_FOR: Final = timedelta(days=1)
MOST_OPEN: Final = 3  # of one person
STOPPED_AFTER: Final = timedelta(minutes=10)  # no worker works on one file for longer
TASK: Final = "usage.worker_tasks.make_export"


@transaction.atomic
def ask(*, kind: str, filters: str, by: User) -> Export:
    """Ask for a file. Raises PermissionDenied, and ValidationError while enough are being made."""
    _require(by)
    now = clock.now()
    User.objects.select_for_update().get(pk=by.pk)  # so that two at once are counted
    if open_ones(by, now) >= MOST_OPEN:
        raise ValidationError(f"{MOST_OPEN} files are being made for you: wait for one of them.")
    export = Export(owner=by, kind=kind, filters=filters, asked_at=now, expires_at=now + KEPT_FOR)
    export.full_clean(validate_constraints=False)
    export.save(force_insert=True)
    _record("export.asked", export, by)
    transaction.on_commit(lambda: _send(export))
    return export


def open_ones(by: User, now: datetime) -> int:
    """Return how many files are being made for a person."""
    states = (Export.State.WAITING, Export.State.RUNNING)
    recent = Export.objects.filter(owner=by, asked_at__gt=now - STOPPED_AFTER)
    return recent.filter(state__in=states).count()


def of(by: User, now: datetime) -> list[Export]:
    """Return a person's files that have not expired, newest first."""
    return list(Export.objects.filter(owner=by, expires_at__gt=now)[:50])


def find(export_id: Any, by: User, now: datetime) -> Export | None:
    """Return a person's own file; None where there is none, or it has expired."""
    return Export.objects.filter(pk=export_id, owner=by, expires_at__gt=now).first()


@transaction.atomic
def take(export: Export, by: User) -> AsyncIterator[bytes]:
    """Write down who takes a file; return its pieces. Raises PermissionDenied."""
    _require(by)
    _record("export.taken", export, by)
    return _pieces(export.pk)


def forget_expired(now: datetime) -> int:
    """Delete files that have expired; return how many."""
    expired = Export.objects.filter(expires_at__lte=now)
    number = expired.count()
    expired.delete()
    return number


def file_name(export: Export) -> str:
    """Return the name under which a file is saved."""
    if export.kind == ExportKind.COST_LOG:
        return "COST_LOG.md"
    name, _, ending = export.kind.rpartition("-")
    month = months.parse(QueryDict(export.filters).get("month", ""))
    return f"{name}-{month or export.asked_at.date()}.{ending}"


def _send(export: Export) -> None:
    """Queue a file for the worker; without a queue it has failed."""
    try:
        current_app.send_task(TASK, args=[str(export.pk)])
    except OperationalError:
        export.state, export.problem = Export.State.FAILED, "The queue is away. Ask for it again."
        export.save(update_fields=["state", "problem"])


async def _pieces(export_id: UUID) -> AsyncIterator[bytes]:
    """Return a file piece by piece: one in memory at a time, and no thread held between them."""
    number = 0
    while (piece := await in_database(_piece, export_id, number)) is not None:
        yield piece
        number += 1


def _piece(export_id: UUID, number: int) -> bytes | None:
    found = ExportPart.objects.filter(export_id=export_id, number=number)
    content = found.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def _require(by: User) -> None:
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")


def _record(kind: str, export: Export, by: User) -> None:
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind=kind,
        record={"export": str(export.pk), "kind": export.kind, "filters": export.filters},
        actor=by.get_username(),
    )
