"""Soft thresholds: that a budget's spending passed one is written down, once per period.

Found by looking at the sums now and then, so that the path of a request does nothing for it. Sums
stay when a period has ended, so what passed just before its end is found as well.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from usage.models import BudgetCrossing, BudgetPeriod

LOOK_BACK = timedelta(days=1)  # at periods that have ended; longer than any pause of the worker

log = structlog.get_logger(__name__)


def note(now: datetime) -> int:
    """Write down the thresholds that were passed since the last look; return how many."""
    recent = Q(ends_at__isnull=True) | Q(ends_at__gt=now - LOOK_BACK)
    periods = BudgetPeriod.objects.filter(recent, budget__soft_percents__len__gt=0)
    rows = periods.select_related("budget").prefetch_related("crossings").order_by("id")
    passed = [crossing for period in rows.iterator(500) for crossing in _passed(period, now)]
    BudgetCrossing.objects.bulk_create(passed, ignore_conflicts=True)
    for crossing in passed:
        log.warning(
            "budget.threshold_passed", budget=crossing.period.budget_id, percent=crossing.percent
        )
    return len(passed)


def _passed(period: BudgetPeriod, now: datetime) -> list[BudgetCrossing]:
    known = {crossing.percent for crossing in period.crossings.all()}
    used, cap = period.used_nano_usd, period.cap_nano_usd
    return [
        BudgetCrossing(
            period=period, percent=percent, used_nano_usd=used, cap_nano_usd=cap, seen_at=now
        )
        for percent in sorted(set(period.budget.soft_percents) - known)
        if used * 100 >= cap * percent
    ]
