"""Alerts on their way: tried until they arrive, each sink on its own, none in a request's way.

A delivery is leased before it is tried, so that two workers do not send it at once; one whose
worker died is due again when the lease ends. So it arrives at least once, with the same id.
"""

import asyncio
import smtplib
import time
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from routerproject.shared import clock, references
from routerproject.shared.outbound import Outbound, OutboundFailed
from routerproject.shared.references import RefusedReference
from usage.alerts import message
from usage.models import (
    Alert,
    AlertDelivery,
    AlertKind,
    AlertSink,
    DeliveryState,
    SinkKind,
)

TIMEOUT_SECONDS: Final = 5.0
LEASE: Final = timedelta(minutes=2)
FIRST_PAUSE: Final = timedelta(seconds=30)  # doubles with each try
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_TRIES: Final = 30  # over a day
MOST_AT_ONCE: Final = 100

log = structlog.get_logger(__name__)


class NotDelivered(Exception):
    """A try that failed; `reason` is a code without address, secret or answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:48]


def deliver_due(now: datetime, *, seconds: float) -> int:
    """Try what is due for at most so long; return how many arrived.

    A sink that failed once is left for the next time, so that one that hangs takes one timeout.
    """
    ends_at = time.monotonic() + seconds
    hanging: set[int] = set()
    delivered = 0
    for delivery in _leased(now):
        if delivery.sink_id in hanging or time.monotonic() > ends_at:
            AlertDelivery.objects.filter(pk=delivery.pk).update(due_at=now)
            continue
        is_there = _try(delivery, now)
        delivered += is_there
        if not is_there:
            hanging.add(delivery.sink_id)
    return delivered


def send_test(sink: AlertSink, *, now: datetime) -> AlertDelivery:
    """Write down a test for one sink, sent by the worker like any other."""
    alert = Alert.objects.create(
        key=f"test/{uuid4()}",
        kind=AlertKind.TEST,
        tenant_id=sink.tenant_id,
        text=f"Test of the sink {sink.name}.",
        scope="test",
        value=0,
        threshold=0,
        unit="",
        starts_at=now,
        fired_at=now,
    )
    return AlertDelivery.objects.create(alert=alert, sink=sink, due_at=now)


@transaction.atomic
def _leased(now: datetime) -> list[AlertDelivery]:
    """Return what is due, out of reach of other workers until the lease ends."""
    due = AlertDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now)
    free = due.select_for_update(skip_locked=True, of=("self",)).select_related("alert", "sink")
    found = list(free.order_by("due_at", "id")[:MOST_AT_ONCE])
    AlertDelivery.objects.filter(pk__in=[each.pk for each in found]).update(due_at=now + LEASE)
    return found


def _try(delivery: AlertDelivery, now: datetime) -> bool:
    """Send once and write down how it went."""
    tries = delivery.tries + 1
    found = AlertDelivery.objects.filter(pk=delivery.pk)
    try:
        _send(delivery)
    except NotDelivered as failed:
        is_over = tries >= MOST_TRIES or not delivery.sink.is_active
        found.update(
            tries=tries,
            reason=failed.reason,
            state=DeliveryState.GIVEN_UP if is_over else DeliveryState.PENDING,
            due_at=now + min(FIRST_PAUSE * 2 ** min(tries - 1, 12), LONGEST_PAUSE),
            ended_at=now if is_over else None,
        )
        log.warning("alerts.not_delivered", delivery=delivery.pk, reason=failed.reason)
        return False
    found.update(tries=tries, reason="", state=DeliveryState.DELIVERED, ended_at=now)
    return True


def _send(delivery: AlertDelivery) -> None:
    if not delivery.sink.is_active:
        raise NotDelivered("switched-off")
    if delivery.sink.kind == SinkKind.EMAIL:
        _mail(delivery.alert, delivery.sink)
    else:
        _post(delivery.alert, delivery.sink)


def _mail(alert: Alert, sink: AlertSink) -> None:
    if not settings.EMAIL_HOST:
        raise NotDelivered("no-mail-server")
    mail = EmailMessage(
        message.subject(alert), message.body(alert), settings.ALERT_EMAIL_FROM, sink.recipients
    )
    try:
        mail.send()
    except smtplib.SMTPResponseException as refused:
        raise NotDelivered(f"smtp-{refused.smtp_code}") from None
    except (smtplib.SMTPException, OSError):  # their words may quote the addresses
        raise NotDelivered("mail-server-unreachable") from None


def _post(alert: Alert, sink: AlertSink) -> None:
    address, secret = _resolved(sink)
    content, timestamp = message.document(alert), int(clock.now().timestamp())
    headers = {
        "content-type": "application/json",
        "x-router-alert": str(alert.pk),
        "x-router-timestamp": str(timestamp),
        "x-router-signature": message.signature(secret, timestamp, content),
    }
    try:
        status = asyncio.run(_posted(address, content, headers))
    except OutboundFailed as failed:
        raise NotDelivered(failed.reason) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"http-{status}")


def _resolved(sink: AlertSink) -> tuple[str, str]:
    try:
        address = references.resolve(sink.address_ref)
        secret = references.resolve(sink.secret_ref)
    except RefusedReference:
        raise NotDelivered("reference-not-allowed") from None
    if not address or not secret:
        raise NotDelivered("no-secret" if address else "no-address")
    may_be_plain = settings.DEBUG or references.is_on_this_machine(address)
    if not address.startswith("https:") and not may_be_plain:
        raise NotDelivered("not-https")
    return address, secret


async def _posted(address: str, content: bytes, headers: dict[str, str]) -> int:
    origins, networks = settings.ALERT_WEBHOOK_ORIGINS, settings.ALERT_WEBHOOK_NETWORKS
    outbound = Outbound(origins, networks=networks)
    try:
        return await outbound.post(
            address, content, headers=headers, timeout_seconds=TIMEOUT_SECONDS
        )
    finally:
        await outbound.close()
