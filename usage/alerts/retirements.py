"""Live models that must be replaced, told by the rules of that kind: once a period each."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from usage import periods
from usage.alerts.watching import Sighting, tell
from usage.lifecycle import Notice
from usage.models import AlertKind, AlertRule

ZONE: Final = "UTC"  # vendors' days are nobody's in particular


def watch(notices: Iterable[Notice], now: datetime) -> int:
    """Write down what the rules say of models, with its deliveries; return how many are new.

    A model that its vendor advises against without a day, or does not list, is told by each rule.
    """
    rules = AlertRule.objects.filter(kind=AlertKind.RETIREMENT, is_active=True)
    found = list(notices)
    return sum(
        tell(rule, _sighting(rule, notice, now), now)
        for rule in rules.select_related("tenant", "client", "tier")
        for notice in found
        if notice.days_left is None or notice.is_unlisted or notice.days_left <= rule.threshold
    )


def _sighting(rule: AlertRule, notice: Notice, now: datetime) -> Sighting:
    start, end = periods.bounds(rule.period, ZONE, now)
    return Sighting(
        subject=notice.model_id,
        start=start,
        end=end,
        value=Decimal(notice.days_left or 0),
        unit="days",
        text=f"{rule.name}: {notice.text}",
        tenant_id=None,
        threshold=rule.threshold,
    )
