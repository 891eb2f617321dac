"""Background work of the ledger and the audit trail; each task only calls."""

from datetime import timedelta

from celery import shared_task

from routerproject.shared import clock
from usage import anchors, crossings, partitions, sign_in, sweeper
from usage.alerts import delivery, watching
from usage.rollups import upkeep

LONGEST_DELIVERING = 20.0  # seconds, of sinks that hang one after the other
LONGEST_ROLLING_UP = 40.0  # seconds, of a task that comes every minute


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


@shared_task
def forget_sign_in_tries() -> None:
    sign_in.forget_old(clock.now())


@shared_task
def keep_rollups() -> None:
    """Roll up what ended or changed; what is left is done when this is called again."""
    upkeep.work(clock.now(), seconds=LONGEST_ROLLING_UP)


@shared_task
def forget_rollups() -> None:
    upkeep.forget(upkeep.horizon(clock.now()))


@shared_task
def watch_for_alerts() -> None:
    watching.watch(clock.now())


@shared_task
def deliver_alerts() -> None:
    delivery.deliver_due(clock.now(), seconds=LONGEST_DELIVERING)
