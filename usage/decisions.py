"""Recent decisions as the ledger kept them, for what replays them. No text is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from routerproject.shared.clock import first_id
from usage.models import Client

PAGE = 10_000  # rows of one query, so that no transaction stays open over a long reading
# What a replay does not look at and would only have to be carried.
LEFT_OUT: Final = ["chain", "classifier_reasons", "max_output_tokens", "prompt_version", "reasons"]
_SQL: Final = """
    SELECT id, created_at, client_id, declared_task_type, urgency, accuracy, patient_facing,
           (decision - %s::text[])::text,
           input_tokens, output_tokens, cache_creation_5m_input_tokens,
           cache_creation_1h_input_tokens, cache_read_input_tokens
    FROM ai_usage
    WHERE id < %s AND id >= %s AND decision ? 'probabilities'
    ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """One row of the ledger: who asked for what, the record of its decision, its tokens."""

    id: UUID
    created_at: datetime
    tenant: str
    client: str
    task_type: str
    urgency: str
    accuracy: str
    patient_facing: bool
    decision: str  # JSON
    tokens: tuple[int, int, int, int, int]  # input, output, writes of 5 min and 1 h, cache reads


def newest(*, since: datetime, until: datetime, limit: int) -> Iterator[list[KeptDecision]]:
    """Yield pages of decisions, newest first, made from `since` until before `until`."""
    askers = {
        row.pk: (row.tenant.slug, row.slug) for row in Client.objects.select_related("tenant")
    }
    before, left = first_id(until), limit
    while left > 0:
        rows = _page(before, first_id(since), min(PAGE, left))
        if rows:
            yield [_kept(row, askers) for row in rows]
        if len(rows) < PAGE:
            return
        before, left = rows[-1][0], left - len(rows)


def _page(before: UUID, since: UUID, size: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [LEFT_OUT, before, since, size])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _kept(row: tuple[Any, ...], askers: dict[int, tuple[str, str]]) -> KeptDecision:
    number, moment, client_id, task_type, urgency, accuracy, patient_facing, decision = row[:8]
    tenant, client = askers.get(client_id, ("", ""))
    return KeptDecision(
        number,
        moment,
        tenant,
        client,
        task_type,
        urgency,
        accuracy,
        patient_facing,
        decision,
        row[8:],
    )
