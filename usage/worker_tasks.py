"""Background work that only the worker loads: its libraries are too large for web processes."""

from uuid import UUID

from celery import shared_task

from routerproject.shared import clock
from usage.closing import locking, uploads
from usage.exports import making, orders


@shared_task
def make_export(export_id: str) -> None:
    making.make(UUID(export_id))


@shared_task
def forget_exports() -> None:
    orders.forget_expired(clock.now())


@shared_task
def compare_bill(number: int) -> None:
    uploads.compare(number)


@shared_task
def close_month(number: int) -> None:
    locking.close(number)
