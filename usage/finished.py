"""Finished requests as people are asked about them: what was decided, no text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

BATCH: Final = 5_000
# Requests that asked for no answer, or got a kept one once more, show no decision of their own.
NOT_DECIDED: Final = ["explained", "tokens-counted", "tokens-estimated", "replayed", "cached"]
_SQL: Final = """
    SELECT id, tenant_id, created_at, tier, model_id, task_type, source, confidence,
           patient_facing, coalesce(decision ->> 'variant', ''), decision ->> 'probabilities'
    FROM ai_usage
    WHERE id = ANY(%s) AND state = 'completed' AND outcome <> ALL(%s)
    ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """One answered request and the decision behind it."""

    id: UUID
    tenant_id: int
    at: datetime
    tier: str
    model_id: str
    task_type: str
    source: str
    confidence: float | None
    is_patient_facing: bool
    variant: str
    probabilities: dict[str, float]

    @property
    def likeliest(self) -> str:
        """Return the tier that the text alone speaks for; empty where it was not judged."""
        found = self.probabilities
        return max(found, key=lambda tier: found[tier], default="")


def answered(ids: Iterable[UUID]) -> Iterator[Finished]:
    """Yield the answered ones of some requests, in the order of time."""
    ordered = sorted(ids)
    for at in range(0, len(ordered), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_SQL, [ordered[at : at + BATCH], NOT_DECIDED])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        for row in rows:
            columns = (*row[:-1], orjson.loads(row[-1] or "{}"))
            yield Finished(*columns)
