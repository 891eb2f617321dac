"""How often each stage decided and how long decisions took, and what they looked at; no text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection

from routerproject.shared.clock import first_id

MOST: Final = 100_000  # requests looked at, the newest first, so that the page opens soon
_STAGES: Final = """
    SELECT source, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY ms),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY ms)
    FROM (
        SELECT source, (decision ->> 'decision_ms')::float AS ms
        FROM ai_usage
        WHERE id >= %s AND id < %s AND source <> '' AND decision ? 'probabilities'
        ORDER BY id DESC LIMIT %s
    ) newest
    GROUP BY source ORDER BY count(*) DESC, source
"""
_COUNT: Final = "SELECT count(*) FROM ai_usage WHERE id >= %s AND id < %s"
# The last byte of a UUIDv7 is random: an even share of all requests, without sorting them.
_LOOKED: Final = """
    SELECT declared_task_type, tier, confidence, decision ->> 'size', decision ->> 'features'
    FROM ai_usage
    WHERE id >= %s AND id < %s AND decision ? 'probabilities' AND source <> ''
      AND get_byte(uuid_send(id), 15) < %s
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage decided; times from sanitized text to decision, without waiting."""

    source: str
    decisions: int
    p50_ms: float | None
    p95_ms: float | None


def stages(since: datetime, until: datetime) -> list[Stage]:
    """Return the stages of the newest 100,000 decisions of a time, the most used first."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGES, [first_id(since), first_id(until), MOST])
        return [Stage(*row) for row in cursor.fetchall()]


def looked_at(
    since: datetime, until: datetime, most: int
) -> Iterator[tuple[str, str, float | None, int, dict[str, float]]]:
    """Yield task type, tier, confidence, characters and features of about `most` decisions, spread
    evenly over a time, or of all where there are no more."""
    bounds = [first_id(since), first_id(until)]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, bounds)
        count = cursor.fetchone()[0]
        cursor.execute(_LOOKED, [*bounds, -(-256 * most // count) if count > most else 256])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    for task_type, tier, confidence, size, features in rows:
        characters = int(orjson.loads(size or "[0, 0]")[1])  # after the bytes
        yield task_type, tier, confidence, characters, orjson.loads(features or "{}")
