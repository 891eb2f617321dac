"""Alerts arrive when they can, signed, and a sink that hangs blocks nobody."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from tests.factories.accounts import make_tenant
from tests.factories.alerts import CANARY, NOON, Hook, answered, fired, rule, webhook
from tests.factories.people import make_member
from usage.alerts import delivery, watching
from usage.models import (
    Alert,
    AlertDelivery,
    AlertSink,
)

pytestmark = [pytest.mark.service, pytest.mark.django_db]


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    """The hook on a loop of its own, allowed by the settings and named by references."""
    found, loop = Hook(), asyncio.new_event_loop()
    app = web.Application()
    app.router.add_post("/hook", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    port = runner.addresses[0][1]
    found.url = f"http://127.0.0.1:{port}"
    settings.ALERT_WEBHOOK_ORIGINS = [found.url]
    settings.ALERT_WEBHOOK_URL = f"{found.url}/hook"
    settings.ALERT_WEBHOOK_SECRET = "a secret of the test"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield found
    loop.call_soon_threadsafe(found.released.set)
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def deliver(now: datetime = NOON) -> AlertDelivery:
    delivery.deliver_due(now, seconds=60)
    return AlertDelivery.objects.get()


def test_a_webhook_can_be_checked_as_the_documentation_says(hook: Hook):
    webhook()
    alert = fired()
    assert deliver().state == "delivered"
    ((headers, body),) = hook.got
    signed = headers["x-router-timestamp"].encode() + b"." + body
    expected = hmac.new(b"a secret of the test", signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-router-signature"], expected)
    document = json.loads(body)
    assert (document["id"], document["text"]) == (alert.pk, alert.text)
    assert (document["kind"], document["value"], document["unit"]) == ("spend", "0.005", "usd")
    assert CANARY.encode() not in body


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "http-500"),
        ({"status": 404}, "http-404"),
        ({"status": 307}, "redirected"),
    ],
)
def test_a_webhook_that_fails_is_tried_again_later(hook: Hook, fault, reason):
    webhook()
    fired()
    for name, value in fault.items():
        setattr(hook, name, value)
    failed = deliver()
    assert (failed.state, failed.reason, failed.tries) == ("pending", reason, 1)
    assert failed.due_at == NOON + timedelta(seconds=30)
    hook.status = 200
    assert deliver(NOON + timedelta(seconds=29)).tries == 1
    assert deliver(NOON + timedelta(seconds=30)).state == "delivered"
    assert len({body for _, body in hook.got}) == 1


def test_a_sink_that_hangs_costs_one_timeout_and_keeps_others_waiting_for_nothing(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[Any], settings: Any
):
    """Ten alerts wait for it, and the mails of all go out."""
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.2)
    settings.EMAIL_HOST = "mail.clinic.example"
    hook.is_silent = True
    webhook()
    AlertSink.objects.create(name="Desk", kind="email", recipients=["desk@clinic.example"])
    for number in range(10):
        rule("spend", "0.001", name=f"Rule {number}")
    answered(cost_nano_usd=5_000_000)
    watching.watch(NOON)
    delivery.deliver_due(NOON, seconds=60)
    assert len(hook.got) == 1
    assert len(mailoutbox) == 10
    assert AlertDelivery.objects.filter(state="pending", reason="timeout").count() == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ALERT_WEBHOOK_ORIGINS": ["https://elsewhere.example"]}, "address-not-allowed"),
        ({"ALERT_WEBHOOK_ORIGINS": []}, "address-not-allowed"),
        ({"ALERT_WEBHOOK_NETWORKS": ["10.0.0.0/8"]}, "unreachable"),
        ({"ALERT_WEBHOOK_URL": ""}, "no-address"),
        ({"ALERT_WEBHOOK_SECRET": ""}, "no-secret"),
        ({"ALERT_WEBHOOK_URL": "http://hooks.clinic.example/x"}, "not-https"),
    ],
)
def test_nothing_is_sent_where_nothing_may_go(hook: Hook, settings: Any, changed, reason):
    webhook()
    fired()
    for name, value in changed.items():
        setattr(settings, name, value)
    assert deliver().reason == reason
    assert hook.got == []


def test_a_sink_is_given_up_after_a_day_and_more(hook: Hook):
    webhook()
    fired()
    hook.status = 500
    now = NOON
    AlertDelivery.objects.update(tries=delivery.MOST_TRIES - 1)
    last = deliver(now)
    assert (last.state, last.ended_at) == ("given_up", NOON)
    assert deliver(now + timedelta(days=1)).tries == delivery.MOST_TRIES


def test_a_delivery_whose_worker_died_is_due_again(hook: Hook):
    webhook()
    fired()
    delivery._leased(NOON)
    assert deliver(NOON + timedelta(seconds=1)).state == "pending"
    assert deliver(NOON + delivery.LEASE).state == "delivered"


def test_a_mail_says_what_the_alert_says(mailoutbox: list[Any], settings: Any):
    settings.EMAIL_HOST = "mail.clinic.example"
    AlertSink.objects.create(name="Desk", kind="email", recipients=["desk@clinic.example"])
    alert = fired()
    assert deliver().state == "delivered"
    (mail,) = mailoutbox
    assert alert.text in mail.body
    assert mail.to == ["desk@clinic.example"]
    assert CANARY not in mail.body + mail.subject


def test_without_a_mail_server_the_log_says_so(settings: Any):
    settings.EMAIL_HOST = ""
    AlertSink.objects.create(name="Desk", kind="email", recipients=["desk@clinic.example"])
    fired()
    assert deliver().reason == "no-mail-server"


def test_a_snoozed_rule_writes_down_and_sends_nothing():
    webhook()
    rule("spend", "0.001", snoozed_until=NOON + timedelta(hours=1))
    answered(cost_nano_usd=5_000_000)
    watching.watch(NOON)
    assert Alert.objects.count() == 1
    assert not AlertDelivery.objects.exists()


def test_an_alert_of_a_tenant_goes_to_its_sinks_and_those_of_all():
    tenant, other = make_tenant(), make_tenant()
    for name, of in (("Ours", tenant), ("All", None), ("Theirs", other)):
        webhook(name=name, tenant=of)
    rule("spend", "0.001", tenant=tenant)
    answered(request={"tenant_id": tenant.pk}, cost_nano_usd=5_000_000)
    watching.watch(NOON)
    assert {each.sink.name for each in AlertDelivery.objects.all()} == {"Ours", "All"}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "email"},
        {"kind": "webhook"},
        {"kind": "webhook", "address_ref": "https://hooks.example/x", "secret_ref": "env:X"},
        {"kind": "webhook", "address_ref": "env:SECRET_KEY", "secret_ref": "env:SECRET_KEY"},
        {"kind": "webhook", "address_ref": "file:/etc/passwd", "secret_ref": "file:/etc/passwd"},
        {"kind": "webhook", "address_ref": "env:ALERT_WEBHOOK_URL", "secret_ref": ""},
    ],
)
def test_a_sink_that_could_not_be_used_is_refused(fields):
    with pytest.raises(ValidationError):
        AlertSink(name="x", **fields).full_clean()


def test_a_test_is_sent_by_the_worker_and_shown_in_the_log(hook: Hook):
    sink, operations = webhook(), Browser()
    operations.force_login(make_member("operations"))
    shown = operations.post(reverse("admin:usage_alertsink_send_test", args=[sink.pk]), follow=True)
    assert "pending" in shown.content.decode().lower()
    assert hook.got == []
    made = AlertDelivery.objects.get()
    assert deliver(made.due_at).state == "delivered"
    assert json.loads(hook.got[0][1])["kind"] == "test"
