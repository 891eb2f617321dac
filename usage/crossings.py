"""Soft thresholds: that a budget's spending passed one is written down, once per period.

Found by looking at the sums now and then, so that the path of a request does nothing for it. Sums
stay when a period has ended, so what passed just before its end is found as well.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection

LOOK_BACK = timedelta(days=1)  # at periods that have ended; longer than any pause of the worker

# In the database: where each journey has a cap of its own, a million periods run at once.
_NOTE: Final = """
    INSERT INTO usage_budgetcrossing (period_id, percent, used_nano_usd, cap_nano_usd, seen_at)
    SELECT p.id, percent, p.used, p.cap, %(now)s
    FROM (
        SELECT p.id, p.ends_at, b.soft_percents, b.cap_nano_usd + p.carried_nano_usd AS cap,
            p.posted_nano_usd + p.held_nano_usd + p.unknown_nano_usd AS used
        FROM usage_budgetperiod p JOIN usage_budget b ON b.id = p.budget_id
        WHERE cardinality(b.soft_percents) > 0
    ) p CROSS JOIN LATERAL unnest(p.soft_percents) AS percent
    WHERE (p.ends_at IS NULL OR p.ends_at > %(since)s)
        AND p.used::numeric * 100 >= p.cap::numeric * percent
        AND NOT EXISTS (SELECT 1 FROM usage_budgetcrossing c
            WHERE c.period_id = p.id AND c.percent = percent.percent)
    ORDER BY p.id, percent
    ON CONFLICT DO NOTHING
    RETURNING (SELECT budget_id FROM usage_budgetperiod WHERE id = period_id), percent
"""
log = structlog.get_logger(__name__)


def note(now: datetime) -> int:
    """Write down the thresholds that were passed since the last look; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now, "since": now - LOOK_BACK})
        passed = cursor.fetchall()
    for budget, percent in passed:
        log.warning("budget.threshold_passed", budget=budget, percent=percent)
    return len(passed)
