"""Alerts are told once, hold no identifier, arrive when they can, and block nobody."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse

from tests.factories.accounts import make_client, make_tenant
from tests.factories.people import make_member
from tests.factories.requests import make_attempt, make_request
from usage.alerts import delivery, handling, starters, watching
from usage.models import (
    Alert,
    AlertDelivery,
    AlertRule,
    AlertSink,
    AuditEntry,
    Budget,
    BudgetPeriod,
    Tier,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
CANARY = "Theodora Pemberwick"
pytestmark = [pytest.mark.service, pytest.mark.django_db]


def rule(kind: str, threshold: str, **fields: Any) -> AlertRule:
    values = {"name": f"The {kind}", "period": "day", "least_requests": 1, **fields}
    return AlertRule.objects.create(kind=kind, threshold=Decimal(threshold), **values)


def answered(
    *, at: datetime = NOON - timedelta(minutes=1), request: Any = None, **call: Any
) -> None:
    made = make_request(at=at, user=CANARY, case_label=CANARY, **(request or {}))
    make_attempt(made, **call)


def texts(now: datetime = NOON + timedelta(minutes=5)) -> list[str]:
    watching.watch(now)
    return list(Alert.objects.order_by("id").values_list("text", flat=True))


@pytest.mark.parametrize(
    ("kind", "threshold", "seen"),
    [
        ("spend", "0.002", "$0.003"),
        ("journey", "0.002", "$0.003"),
        ("fallback", "10", "50 %"),
        ("failure", "10", "50 %"),
        ("latency", "3000", "4,000 ms"),
        ("latency_p95", "3000", "ms"),
        ("input", "5000", "6,000 tokens"),
        ("thinking", "25", "40 %"),
        ("cache", "30", "0 %"),
    ],
)
def test_each_kind_tells_what_it_saw(kind, threshold, seen):
    """With its figure, its threshold, its period and its scope; with nothing of a patient."""
    asked = {"case_hash": b"c", "latency_ms": 4_000.0, "cost_nano_usd": 3_000_000}
    tokens: dict[str, Any] = {"input_tokens": 12_000, "output_tokens": 100, "thinking_tokens": 40}
    answered(request={**asked, "cache_status": "miss"}, cost_nano_usd=3_000_000, **tokens)
    make_attempt(make_request(at=NOON, state="failed"), kind="fallback", cost_nano_usd=0)
    rule(kind, threshold)
    (text,) = texts()
    assert text.startswith(f"The {kind}: ")
    assert seen in text
    assert "in the day from 2026-11-18 00:00:00 UTC (installation)." in text
    assert CANARY not in text


@pytest.mark.parametrize("kind", ["spend", "fallback", "latency", "input", "thinking"])
def test_what_is_on_the_threshold_or_below_is_not_told(kind):
    answered(cost_nano_usd=1_000_000_000)
    rule(kind, "1000")
    assert texts() == []


def test_thinking_is_compared_with_the_week_before():
    for days in range(1, 7):
        answered(at=NOON - timedelta(days=days), output_tokens=100, thinking_tokens=10)
    answered(output_tokens=100, thinking_tokens=35)
    rule("thinking_spike", "100")
    (text,) = texts()
    assert "250 %" in text


def test_shares_of_a_few_requests_tell_nothing():
    answered(kind="fallback")
    rule("fallback", "10", least_requests=2)
    assert texts() == []


@pytest.mark.parametrize(
    "fields", [{"task_type": "triage"}, {"tier": "opus"}, {"tenant": True}, {"client": True}]
)
def test_a_rule_sees_its_scope_alone(fields):
    client = make_client()
    scopes = {
        "task_type": ("task_type", "triage"),
        "tier": ("tier_id", Tier.objects.get(slug="opus").pk),
        "tenant": ("tenant_id", client.tenant_id),
        "client": ("client_id", client.pk),
    }
    narrowed = dict(scopes[name] for name in fields)
    if "client" in fields:
        narrowed["tenant_id"] = client.tenant_id
    rule("spend", "0.001", **narrowed)
    answered(cost_nano_usd=5_000_000)
    assert texts() == []
    inside = {"task_type": "triage", "tier": "opus", "tenant_id": client.tenant_id}
    answered(request={**inside, "client_id": client.pk}, cost_nano_usd=5_000_000)
    assert len(texts()) == 1


def test_a_threshold_is_told_once_in_its_period():
    """Whoever looks and however often; the next period tells anew, and so does a new threshold."""
    watched = rule("spend", "0.001")
    answered(cost_nano_usd=5_000_000)
    for _ in range(3):
        assert len(texts()) == 1
    assert len(texts(NOON - timedelta(hours=2))) == 1  # a clock that was set back
    AlertRule.objects.filter(pk=watched.pk).update(threshold=Decimal("0.002"))
    assert len(texts()) == 2
    answered(at=NOON + timedelta(days=1), cost_nano_usd=5_000_000)
    assert len(texts(NOON + timedelta(days=1, minutes=1))) == 3


@pytest.mark.django_db(transaction=True)
def test_several_workers_tell_once():
    rule("spend", "0.001")
    AlertSink.objects.create(name="Desk", kind="email", recipients=["desk@clinic.example"])
    answered(cost_nano_usd=5_000_000)
    now, start = NOON + timedelta(minutes=5), threading.Barrier(4)

    def work() -> None:
        start.wait()
        watching.watch(now)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert Alert.objects.count() == AlertDelivery.objects.count() == 1


def test_what_settles_after_the_end_of_a_period_is_told_of_it():
    rule("spend", "0.001")
    answered(at=NOON.replace(hour=23, minute=59), cost_nano_usd=5_000_000)
    (text,) = texts(NOON.replace(day=19, hour=0, minute=20))
    assert "from 2026-11-18" in text


def test_days_follow_the_tenants_clock():
    tenant = make_tenant(time_zone="America/New_York")
    rule("spend", "0.001", tenant=tenant)
    answered(request={"tenant_id": tenant.pk}, cost_nano_usd=5_000_000)
    (text,) = texts()
    assert "2026-11-18 00:00:00 EST" in text


def spent(percent: int, **fields: Any) -> BudgetPeriod:
    """Return a week's period of a budget, begun on Monday, with so much of its cap used."""
    budget = Budget.objects.create(
        name="Lab", period="week", cap_nano_usd=100, soft_percents=[50, 80], **fields
    )
    monday = NOON.replace(day=16, hour=0)
    return BudgetPeriod.objects.create(
        budget=budget,
        starts_at=monday,
        ends_at=monday + timedelta(days=7),
        posted_nano_usd=percent,
    )


def test_a_budget_tells_when_it_runs_out():
    """Half of it is used after two and a half days, so it lasts as long again."""
    spent(50)
    rule("forecast", "25")
    (text,) = texts(NOON)
    assert "budget Lab runs out Saturday, 2026-11-21 00:00 UTC" in text
    assert "50 % are used" in text


@pytest.mark.parametrize("percent", [0, 10, 20, 100])
def test_a_budget_that_lasts_tells_nothing(percent):
    spent(percent)
    rule("forecast", "25")
    assert texts(NOON) == []


def test_soft_thresholds_are_told_from_the_rules_share_on(transactional_db):
    crossed = spent(85)
    for percent in (50, 80):
        crossed.crossings.create(percent=percent, used_nano_usd=85, cap_nano_usd=100, seen_at=NOON)
    rule("budget", "60")
    (text,) = texts(NOON)
    assert "budget Lab has used 80 % of its cap" in text


class Hook:
    """A webhook on loopback that can fail or say nothing."""

    def __init__(self) -> None:
        self.status = 204
        self.is_silent = False
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""
        self.released = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        if self.is_silent:
            await self.released.wait()
        headers = {"location": "http://127.0.0.1:9/"} if self.status == 307 else {}
        return web.Response(status=self.status, text="not json", headers=headers)


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


def webhook(**fields: Any) -> AlertSink:
    values = {
        "name": "Hook",
        "kind": "webhook",
        "address_ref": "env:ALERT_WEBHOOK_URL",
        "secret_ref": "env:ALERT_WEBHOOK_SECRET",
    }
    return AlertSink.objects.create(**{**values, **fields})


def fired() -> Alert:
    """Return an alert with its deliveries."""
    rule("spend", "0.001")
    answered(cost_nano_usd=5_000_000)
    watching.watch(NOON)
    return Alert.objects.get()


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
    assert len(texts(NOON)) == 1
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


def test_starter_rules_come_once_and_stay_as_they_were_edited():
    assert starters.load() == 13
    AlertRule.objects.filter(name="Daily spend").update(threshold=50)
    assert starters.load() == 0
    assert AlertRule.objects.get(name="Daily spend").threshold == 50
    for each in AlertRule.objects.all():
        each.full_clean()
    AlertRule.objects.filter(name="Daily spend").delete()
    assert starters.load() == 0


def signed_in(group: str) -> Browser:
    browser = Browser()
    browser.force_login(make_member(group))
    return browser


def test_finance_takes_note_and_asks_for_quiet():
    alert, finance = fired(), signed_in("finance")
    address = "admin:usage_alert_{}"
    page = finance.get(reverse(address.format("changelist"))).content.decode()
    assert "The spend: $0.005, above $0.001" in page
    finance.post(reverse(address.format("acknowledge"), args=[alert.pk]))
    finance.post(reverse(address.format("snooze"), args=[alert.pk]), {"hours": "8"})
    alert.refresh_from_db()
    assert alert.acknowledged_by is not None
    assert alert.acknowledged_by.username == "a-finance"
    assert alert.rule is not None
    assert alert.rule.snoozed_until is not None
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"alert.acknowledged", "alert.snoozed"} <= kinds


def test_compliance_reads_and_cannot_silence():
    alert, compliance = fired(), signed_in("compliance")
    for name in ("alert", "alertrule", "alertsink", "alertdelivery"):
        assert compliance.get(reverse(f"admin:usage_{name}_changelist")).status_code == 200
    refused = compliance.post(reverse("admin:usage_alert_acknowledge", args=[alert.pk]))
    assert refused.status_code == 403
    with pytest.raises(PermissionDenied):
        handling.acknowledge(alert, by=make_member("compliance", "cleo"))


def test_a_test_is_sent_by_the_worker_and_shown_in_the_log(hook: Hook):
    sink, operations = webhook(), signed_in("operations")
    shown = operations.post(reverse("admin:usage_alertsink_send_test", args=[sink.pk]), follow=True)
    assert "pending" in shown.content.decode().lower()
    assert hook.got == []
    made = AlertDelivery.objects.get()
    assert deliver(made.due_at).state == "delivered"
    assert json.loads(hook.got[0][1])["kind"] == "test"


def test_rules_are_edited_with_a_history_and_an_audit_entry():
    operations = signed_in("operations")
    form = operations.get(reverse("admin:usage_alertrule_add")).content.decode()
    assert "In the unit of the kind" in form
    given = {"name": "Night", "kind": "spend", "threshold": "2", "period": "hour"}
    more = {"least_requests": "1", "is_active": "on"}
    saved = operations.post(reverse("admin:usage_alertrule_add"), {**given, **more})
    assert saved.status_code == 302
    assert AlertRule.objects.get(name="Night").threshold == 2
    assert AuditEntry.objects.filter(kind="alerts.changed").exists()


@pytest.mark.parametrize("threshold", ["-1", "NaN", "1e30", "0.0000000001", "much"])
def test_thresholds_that_are_none_are_refused(threshold):
    given = {"name": "x", "kind": "spend", "threshold": threshold, "period": "day"}
    answer = signed_in("operations").post(
        reverse("admin:usage_alertrule_add"), {**given, "least_requests": "1"}
    )
    assert answer.status_code == 200
    assert not AlertRule.objects.exists()


def test_roles_of_an_existing_installation_have_their_part():
    wanted = {"finance": True, "operations": True, "compliance": False, "developer": False}
    permission = Permission.objects.get(codename="acknowledge_alert")
    for group, may in wanted.items():
        held = make_member(group, f"b-{group}").has_perm(f"usage.{permission.codename}")
        assert held is may
