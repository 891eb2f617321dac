"""Bills that the worker compares: large reports, kept in pieces, and the sandbox's book.

The month's page says how far it is, and what came of it.
"""

import io
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

import structlog
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, OperationalError, transaction
from kombu.exceptions import OperationalError as NoQueue

from routerproject.shared import clock
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import comparing, months, report
from usage.closing.comparing import IsClosed
from usage.closing.months import Month
from usage.models import Bill, BillUpload, BillUploadPart

TASK: Final = "usage.worker_tasks.compare_bill"
BOOK_TASK: Final = "routing.tasks.compare_book"
SANDBOX: Final = "sandbox"  # whose book it is, as bills name it
OPEN: Final = (BillUpload.State.WAITING, BillUpload.State.RUNNING)
log = structlog.get_logger(__name__)


@transaction.atomic
def ask(pieces: Iterable[bytes], *, month: Month, provider: str, by: User) -> BillUpload:
    """Have the worker compare a report. Raises PermissionDenied, IsClosed and ValidationError."""
    upload = _begun(month, provider, by)
    for number, piece in enumerate(pieces):
        BillUploadPart.objects.create(upload=upload, number=number, content=piece)
    transaction.on_commit(lambda: _send(upload, TASK))
    return upload


@transaction.atomic
def ask_for_book(month: Month, *, by: User) -> BillUpload:
    """Have the worker compare the sandbox's book. Raises what `ask` does."""
    upload = _begun(month, SANDBOX, by)
    transaction.on_commit(lambda: _send(upload, BOOK_TASK))
    return upload


def _begun(month: Month, provider: str, by: User) -> BillUpload:
    if not by.has_perm(comparing.PERMISSION):
        raise PermissionDenied(f"This needs the permission {comparing.PERMISSION}.")
    comparing.refuse_closed(month)
    now = clock.now()
    User.objects.select_for_update().get(pk=by.pk)
    _forget_broken_off(month, now)
    upload = BillUpload(month=month.first, provider=provider, asked_by=by, asked_at=now)
    try:
        with transaction.atomic():
            upload.save()
    except IntegrityError:  # also by somebody who sent one in the same moment
        raise ValidationError(
            "Another report of this month is being compared: wait for it."
        ) from None
    return upload


def compare(number: int) -> None:
    """Compare a report that was sent, or keep why not. Begun anew, it starts afresh."""
    _work_on(number, _compared)


def compare_book(number: int, compared: Callable[..., Bill]) -> None:
    """Have a book compared that was asked for, or keep why not.

    `compared` takes the month, `by` whom and the time `now`, and raises BadReport and IsClosed.
    """
    _work_on(
        number,
        lambda upload: compared(
            Month(upload.month), by=upload.asked_by.get_username(), now=clock.now()
        ),
    )


def _work_on(number: int, compared: Callable[[BillUpload], Bill]) -> None:
    upload = BillUpload.objects.select_related("asked_by").filter(pk=number, state__in=OPEN).first()
    if upload is None:
        return
    try:
        _note(upload, state=BillUpload.State.RUNNING, rows=0)
        bill = compared(upload)
        _note(upload, state=BillUpload.State.DONE, bill=bill, rows=bill.lines)
        upload.parts.all().delete()
    except (BadReport, IsClosed, PermissionDenied) as refused:
        _refuse(upload, str(refused))
    except (SoftTimeLimitExceeded, OperationalError):
        _refuse(upload, "It took too long. Reports can be imported with manage.py import_bill.")
    except BaseException:
        _refuse(upload, "It was broken off. Ask again.")
        raise


def newest(month: Month) -> BillUpload | None:
    """Return the report of a month that was sent last."""
    return BillUpload.objects.select_related("asked_by").filter(month=month.first).first()


def is_under_way(upload: BillUpload, now: datetime) -> bool:
    """Say whether a worker may be at a report, or come to it."""
    return upload.is_open and upload.asked_at >= now - months.STOPPED_AFTER


def _compared(upload: BillUpload) -> Bill:
    with tempfile.TemporaryFile() as file, _text(file) as text:
        for number in upload.parts.order_by("number").values_list("number", flat=True):
            file.write(bytes(upload.parts.get(number=number).content))
        file.seek(0)
        return report.compare_report(
            bill_rows.rows(bill_rows.lines_of(text)),
            month=Month(upload.month),
            provider=upload.provider,
            by=upload.asked_by,
            now=clock.now(),
            note=lambda rows: _note(upload, rows=rows),
        )


def _text(file: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _send(upload: BillUpload, task: str) -> None:
    try:
        current_app.send_task(task, args=[upload.pk])
    except NoQueue:
        _refuse(upload, "The queue is away. Ask again.")


def _refuse(upload: BillUpload, problem: str) -> None:
    log.warning("bill_upload.refused", upload=upload.pk)
    _note(upload, state=BillUpload.State.REFUSED, problem=f"{problem} Nothing was changed."[:300])
    upload.parts.all().delete()


def _forget_broken_off(month: Month, now: datetime) -> None:
    broken = BillUpload.objects.filter(month=month.first, state__in=OPEN)
    for upload in broken.filter(asked_at__lt=now - months.STOPPED_AFTER):
        _refuse(upload, "It was broken off.")


def _note(upload: BillUpload, **values: Any) -> None:
    for name, value in values.items():
        setattr(upload, name, value)
    upload.save(update_fields=[*values])
