"""Large bills: kept in pieces, compared by the worker, which says how far it is."""

import io
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, transaction
from kombu.exceptions import OperationalError as NoQueue

from routerproject.shared import clock
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import comparing, report
from usage.closing.comparing import IsClosed
from usage.closing.months import Month
from usage.models import BillUpload, BillUploadPart

STOPPED_AFTER: Final = timedelta(minutes=10)  # no worker works on one report for longer
TASK: Final = "usage.worker_tasks.compare_bill"
OPEN: Final = (BillUpload.State.WAITING, BillUpload.State.RUNNING)
log = structlog.get_logger(__name__)


@transaction.atomic
def ask(pieces: Iterable[bytes], *, month: Month, provider: str, by: User) -> BillUpload:
    """Have the worker compare a report. Raises PermissionDenied, IsClosed and ValidationError."""
    if not by.has_perm(comparing.PERMISSION):
        raise PermissionDenied(f"This needs the permission {comparing.PERMISSION}.")
    comparing.refuse_closed(month)
    now = clock.now()
    User.objects.select_for_update().get(pk=by.pk)
    _forget_broken_off(month, now)
    if BillUpload.objects.filter(month=month.first, state__in=OPEN).exists():
        raise ValidationError("Another report of this month is being compared: wait for it.")
    upload = BillUpload.objects.create(
        month=month.first, provider=provider, asked_by=by, asked_at=now
    )
    for number, piece in enumerate(pieces):
        BillUploadPart.objects.create(upload=upload, number=number, content=piece)
    transaction.on_commit(lambda: _send(upload))
    return upload


def compare(number: int) -> None:
    """Compare a report that was sent, or keep why not. Begun anew, it starts afresh."""
    upload = BillUpload.objects.select_related("asked_by").filter(pk=number, state__in=OPEN).first()
    if upload is None:
        return
    try:
        _compare(upload)
    except (BadReport, IsClosed, PermissionDenied) as refused:
        _refuse(upload, str(refused))
    except (SoftTimeLimitExceeded, OperationalError):
        _refuse(upload, "It took too long. Import it with manage.py import_bill.")
    except BaseException:
        _refuse(upload, "It was broken off. Send it again.")
        raise


def newest(month: Month) -> BillUpload | None:
    """Return the report of a month that was sent last."""
    return BillUpload.objects.select_related("asked_by").filter(month=month.first).first()


def _compare(upload: BillUpload) -> None:
    _note(upload, state=BillUpload.State.RUNNING, rows=0)
    with tempfile.TemporaryFile() as file, _text(file) as text:
        for number in upload.parts.order_by("number").values_list("number", flat=True):
            file.write(bytes(upload.parts.get(number=number).content))
        file.seek(0)
        bill = report.compare_report(
            bill_rows.rows(bill_rows.lines_of(text)),
            month=Month(upload.month),
            provider=upload.provider,
            by=upload.asked_by,
            now=clock.now(),
            note=lambda rows: _note(upload, rows=rows),
        )
    _note(upload, state=BillUpload.State.DONE, bill=bill, rows=bill.lines)
    upload.parts.all().delete()


def _text(file: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _send(upload: BillUpload) -> None:
    try:
        current_app.send_task(TASK, args=[upload.pk])
    except NoQueue:
        _refuse(upload, "The queue is away. Send it again.")


def _refuse(upload: BillUpload, problem: str) -> None:
    log.warning("bill_upload.refused", upload=upload.pk)
    _note(upload, state=BillUpload.State.REFUSED, problem=f"{problem} Nothing was changed."[:300])
    upload.parts.all().delete()


def _forget_broken_off(month: Month, now: datetime) -> None:
    broken = BillUpload.objects.filter(month=month.first, state__in=OPEN)
    for upload in broken.filter(asked_at__lt=now - STOPPED_AFTER):
        _refuse(upload, "It was broken off.")


def _note(upload: BillUpload, **values: Any) -> None:
    for name, value in values.items():
        setattr(upload, name, value)
    upload.save(update_fields=[*values])
