"""Alerts are told once, in their scope, and hold no identifier."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from tests.factories.accounts import make_client, make_tenant
from tests.factories.alerts import CANARY, NOON, answered, rule
from tests.factories.requests import make_attempt, make_request
from usage.alerts import starters, watching
from usage.models import (
    Alert,
    AlertDelivery,
    AlertRule,
    AlertSink,
    Budget,
    BudgetPeriod,
    Tier,
)

pytestmark = [pytest.mark.service, pytest.mark.django_db]


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


def test_a_budget_that_would_last_for_millennia_stops_no_alert():
    """A fraction of a cent of a cap of $2,000 goes on for longer than any calendar."""
    lasting = spent(1)
    Budget.objects.filter(pk=lasting.budget_id).update(cap_nano_usd=2_000 * 10**9)
    rule("forecast", "0.0000001")
    rule("spend", "0.001")
    answered(cost_nano_usd=5_000_000)
    (text,) = texts(NOON)
    assert text.startswith("The spend: ")


def test_a_rule_that_fails_stops_no_other():
    broken = rule("latency", "1")
    AlertRule.objects.filter(pk=broken.pk).update(period="year")  # as only plain SQL writes it
    rule("spend", "0.001")
    answered(cost_nano_usd=5_000_000)
    (text,) = texts(NOON)
    assert text.startswith("The spend: ")


def test_soft_thresholds_are_told_from_the_rules_share_on(transactional_db):
    crossed = spent(85)
    for percent in (50, 80):
        crossed.crossings.create(percent=percent, used_nano_usd=85, cap_nano_usd=100, seen_at=NOON)
    rule("budget", "60")
    (text,) = texts(NOON)
    assert "budget Lab has used 80 % of its cap" in text


def test_starter_rules_come_once_and_stay_as_they_were_edited():
    assert starters.load() == 14
    AlertRule.objects.filter(name="Daily spend").update(threshold=50)
    assert starters.load() == 0
    assert AlertRule.objects.get(name="Daily spend").threshold == 50
    for each in AlertRule.objects.all():
        each.full_clean()
    AlertRule.objects.filter(name="Daily spend").delete()
    assert starters.load() == 0
