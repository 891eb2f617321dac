"""How the arms of an experiment have done, from the ledger's requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

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


# Sums over what is dealt, a conversation or a client, from which means and their errors follow.
_MEASURED: Final = """
    WITH newest AS (
        SELECT id, client_id, decision ->> 'variant' AS arm, decision ->> 'unit' AS unit, state,
               source, cost_nano_usd, latency_ms
        FROM ai_usage
        WHERE id >= %s AND state <> 'open' AND outcome <> ALL(%s)
        ORDER BY id DESC LIMIT %s
    ), units AS (
        SELECT arm, count(*) AS n, count(*) FILTER (WHERE state = 'completed') AS answered,
               count(*) FILTER (WHERE state = 'completed' AND source = 'escalation') AS poor,
               sum(cost_nano_usd)::float8 AS cost,
               count(*) FILTER (WHERE latency_ms > 0 AND state = 'completed') AS timed,
               coalesce(sum(ln(latency_ms)) FILTER (WHERE latency_ms > 0 AND state = 'completed'),
                        0) AS log_ms
        FROM newest
        WHERE starts_with(arm, %s)
        GROUP BY arm, CASE WHEN %s THEN client_id::text ELSE coalesce(unit, id::text) END
    )
    SELECT arm, name, count(*), sum(m.n), sum(m.s), sum(m.n * m.n), sum(m.s * m.s), sum(m.s * m.n)
    FROM units, LATERAL (VALUES
        ('answered', n::float8, answered::float8), ('poor', answered::float8, poor::float8),
        ('cost', n::float8, cost), ('latency', timed::float8, log_ms::float8)
    ) AS m (name, n, s)
    WHERE m.n > 0
    GROUP BY arm, name
"""
_ARMS_OF: Final = """
    SELECT id, decision ->> 'variant' FROM ai_usage
    WHERE id = ANY(%s) AND starts_with(decision ->> 'variant', %s)
"""
Sums = tuple[int, float, float, float, float, float]  # units, n, s, nn, ss, sn


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


def measured(experiment: str, now: datetime, *, by_client: bool) -> dict[tuple[str, str], Sums]:
    """Return the sums of each arm and measure over what was dealt, of the same requests.

    Measures: answered, of all requests; poor, of the answered ones; cost in nano-USD; latency as
    the natural logarithm of milliseconds.
    """
    prefix = f"{experiment}:"
    with connection.cursor() as cursor:
        cursor.execute(_MEASURED, [first_id(now - PERIOD), NO_TRIAL, MOST, prefix, by_client])
        return {
            (arm.removeprefix(prefix), name): (units, *map(float, sums))
            for arm, name, units, *sums in cursor.fetchall()
        }


def arms_of(experiment: str, request_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the arm of those requests that were part of an experiment."""
    prefix = f"{experiment}:"
    with connection.cursor() as cursor:
        cursor.execute(_ARMS_OF, [list(request_ids), prefix])
        return {number: arm.removeprefix(prefix) for number, arm in cursor.fetchall()}
