"""Rules held against what happened: each threshold that is passed becomes one alert, once.

The alert's key is unique in the database, so it comes once also from several workers, after a
restart, and with a clock that goes back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import DecimalField, F, Q, Value
from django.db.models.functions import Cast

from routerproject.shared.figures import local_text, plain
from usage import budgets, periods
from usage.alerts.measures import measure, written
from usage.models import (
    Alert,
    AlertDelivery,
    AlertKind,
    AlertRule,
    AlertSink,
    BudgetCrossing,
    BudgetPeriod,
)
from usage.models.budgets import USED

LOOK_BACK: Final = timedelta(hours=1)  # at a period that has ended: what settled late counts
EXACT: Final = DecimalField(max_digits=60, decimal_places=20)
LEAST_SHARE: Final = Decimal("0.1")  # of a period that must have passed before it is forecast

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A threshold that is passed: of what, in which period, and what is to be said."""

    subject: str
    start: datetime
    end: datetime | None
    value: Decimal
    unit: str
    text: str
    tenant_id: int | None
    threshold: Decimal


def watch(now: datetime) -> int:
    """Write down what the rules see, with its deliveries; return how many alerts there are new.

    Models are watched apart (retirements.py).
    """
    active = AlertRule.objects.filter(is_active=True).exclude(kind=AlertKind.RETIREMENT)
    rules = active.select_related("tenant", "client", "tier")
    return sum(_watch_one(rule, now) for rule in rules)


def _watch_one(rule: AlertRule, now: datetime) -> int:
    try:
        return sum(tell(rule, each, now) for each in _sightings(rule, now))
    except Exception as error:  # noqa: BLE001 (a rule that fails must not stop the others)
        log.error("alerts.rule_not_watched", rule=rule.pk, error=type(error).__name__)
        return 0


def _sightings(rule: AlertRule, now: datetime) -> Iterator[Sighting]:
    if rule.kind == AlertKind.BUDGET:
        return _crossings(rule, now)
    if rule.kind == AlertKind.FORECAST:
        return _forecasts(rule, now)
    return _measured(rule, now)


def _measured(rule: AlertRule, now: datetime) -> Iterator[Sighting]:
    zone = rule.tenant.time_zone if rule.tenant else "UTC"
    looked_at = {periods.bounds(rule.period, zone, at) for at in (now - LOOK_BACK, now)}
    for start, end in sorted(looked_at):
        found = measure(rule, start, min(now, end or now))
        if found is None or found.value == rule.threshold:
            continue
        if (found.value < rule.threshold) != found.is_less:
            continue
        side = "below" if found.is_less else "above"
        text = (
            f"{rule.name}: {found.text}, {side} {written(rule.threshold, found.unit)},"
            f" in the {rule.period} from {local_text(start, zone)} ({rule.scope_text})."
        )
        yield Sighting(
            "", start, end, found.value, found.unit, text, rule.tenant_id, rule.threshold
        )


def _crossings(rule: AlertRule, now: datetime) -> Iterator[Sighting]:
    """Yield soft thresholds of budgets that were passed, from the rule's share on."""
    found = BudgetCrossing.objects.filter(
        seen_at__gt=now - timedelta(days=1), percent__gte=rule.threshold
    ).select_related("period__budget__tenant")
    for crossing in found.filter(_of_tenant(rule, "period__budget__")):
        budget, period = crossing.period.budget, crossing.period
        yield Sighting(
            f"period {period.pk}",
            period.starts_at,
            period.ends_at,
            Decimal(crossing.used_nano_usd * 100) / crossing.cap_nano_usd,
            "percent",
            f"{rule.name}: budget {budget.name} has used {crossing.percent} % of its cap"
            f" in the period from {local_text(period.starts_at, budgets.zone_of(budget))}.",
            budget.tenant_id,
            Decimal(crossing.percent),
        )


def _forecasts(rule: AlertRule, now: datetime) -> Iterator[Sighting]:
    """Yield budgets that will be used up before their period ends, if spending goes on so."""
    running = BudgetPeriod.objects.running(now).filter(
        _of_tenant(rule, "budget__"), ends_at__isnull=False, budget__is_active=True
    )
    caps = Cast("budget__cap_nano_usd", EXACT) + Cast("carried_nano_usd", EXACT)
    # A million journeys may have a cap each: those below the rule's share stay in the database.
    spent = running.alias(used=Cast(USED, EXACT), enough=caps * Value(rule.threshold / 100, EXACT))
    spent = spent.filter(used__gt=0, used__gte=F("enough")).select_related("budget__tenant")
    for period in spent.iterator(500):
        ends = _runs_out(period, now)
        share = Decimal(period.used_nano_usd * 100) / period.cap_nano_usd
        if ends is None or share < rule.threshold:
            continue
        at = ends.astimezone(ZoneInfo(budgets.zone_of(period.budget)))
        yield Sighting(
            f"period {period.pk}",
            period.starts_at,
            period.ends_at,
            share,
            "percent",
            f"{rule.name}: budget {period.budget.name} runs out {at:%A, %Y-%m-%d %H:%M %Z}"
            f" if spending goes on as it does; {written(share, 'percent')} are used.",
            period.budget.tenant_id,
            rule.threshold,
        )


def _runs_out(period: BudgetPeriod, now: datetime) -> datetime | None:
    """Return when the cap is reached at the pace of the period so far, if that is before its end.

    None as long as too little of the period has passed to tell, and once the cap is reached.
    """
    assert period.ends_at is not None  # noqa: S101 (asked for; narrows the type)
    passed, whole = now - period.starts_at, period.ends_at - period.starts_at
    is_used_up = period.used_nano_usd >= period.cap_nano_usd
    if is_used_up or passed < whole * float(LEAST_SHARE):
        return None
    if passed / whole * period.cap_nano_usd >= period.used_nano_usd:
        return None  # and a tiny sum would last beyond all calendars
    return period.starts_at + passed * (period.cap_nano_usd / period.used_nano_usd)


def _of_tenant(rule: AlertRule, path: str) -> Q:
    return Q(**{f"{path}tenant_id": rule.tenant_id}) if rule.tenant_id else Q()


@transaction.atomic
def tell(rule: AlertRule, seen: Sighting, now: datetime) -> int:
    """Write an alert and its deliveries, unless it was written before."""
    threshold = plain(seen.threshold)
    values = {
        "rule": rule,
        "kind": rule.kind,
        "tenant_id": seen.tenant_id,
        "text": seen.text[:400],
        "scope": rule.scope_text[:300],
        "value": seen.value.quantize(Decimal("0.000000001")),
        "threshold": seen.threshold,
        "unit": seen.unit,
        "starts_at": seen.start,
        "ends_at": seen.end,
        "fired_at": now,
    }
    key = f"{rule.pk}/{seen.subject}/{seen.start.isoformat()}/{threshold}"
    alert, is_new = Alert.objects.get_or_create(key=key, defaults=values)
    if not is_new:
        return 0
    if not rule.is_snoozed(now):
        address(alert, now)
    log.warning("alerts.fired", rule=rule.pk, alert=alert.pk, kind=rule.kind)
    return 1


def address(alert: Alert, now: datetime) -> None:
    """Write down the deliveries of an alert to every sink of its tenant."""
    sinks = AlertSink.objects.filter(is_active=True)
    wanted = sinks.filter(Q(tenant_id=None) | Q(tenant_id=alert.tenant_id))
    AlertDelivery.objects.bulk_create(
        [AlertDelivery(alert=alert, sink=sink, due_at=now) for sink in wanted],
        ignore_conflicts=True,
    )
