"""Background work of the ledger and the audit trail; each task only calls."""

from datetime import timedelta

from celery import shared_task

from routerproject.shared import clock
from usage import anchors, crossings, partitions, sweeper


@shared_task
def sweep_attempts() -> None:
    now = clock.now()
    sweeper.mark_overdue_attempts(now)
    sweeper.close_abandoned_requests(now)


@shared_task
def note_crossings() -> None:
    crossings.note(clock.now())


@shared_task
def sign_audit_heads() -> None:
    anchors.sign_heads(clock.now())


@shared_task
def make_partitions() -> None:
    partitions.prepare(clock.now().date())


@shared_task
def forget_expired_claims() -> None:
    sweeper.forget_expired_claims(clock.now() - timedelta(minutes=1))
