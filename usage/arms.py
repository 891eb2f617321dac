"""How the arms of an experiment have done, from the ledger's requests."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from routerproject.shared.clock import first_id

PERIOD: Final = timedelta(days=30)
MOST: Final = 100_000  # requests looked at, the newest first, so that the page opens soon
# Requests that asked for no answer, or got a kept one once more, are no trial of an arm.
NO_TRIAL: Final = ["explained", "tokens-counted", "replayed"]
_SQL: Final = """
    SELECT arm, count(*), count(*) FILTER (WHERE state = 'completed'),
           count(*) FILTER (WHERE source = 'escalation'), sum(cost_nano_usd),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms)
    FROM (
        SELECT decision ->> 'variant' AS arm, state, source, cost_nano_usd, latency_ms
        FROM ai_usage
        WHERE id >= %s AND state <> 'open' AND outcome <> ALL(%s)
        ORDER BY id DESC LIMIT %s
    ) newest
    WHERE starts_with(arm, %s)
    GROUP BY arm ORDER BY arm
"""


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """What one arm's requests came to."""

    arm: str
    requests: int
    answered: int
    escalated: int  # whose first answer was poor
    cost_nano_usd: int
    p50_ms: float | None
    p95_ms: float | None


def figures_of(experiment: str, now: datetime) -> list[ArmFigures]:
    """Return the figures of each arm that was dealt among the newest requests of 30 days."""
    prefix = f"{experiment}:"
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [first_id(now - PERIOD), NO_TRIAL, MOST, prefix])
        return [
            ArmFigures(arm.removeprefix(prefix), number, answered, poor, int(cost), p50, p95)
            for arm, number, answered, poor, cost, p50, p95 in cursor.fetchall()
        ]
