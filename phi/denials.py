"""The record of what protection stopped or sent another way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from phi.models import Denial

MOST_REASONS = 20
LONGEST_REASON = 80


@dataclass(frozen=True, slots=True)
class DenialFacts:
    """Who asked for what under which policy; no text."""

    request_id: UUID
    at: datetime
    tenant: str
    client: str
    task_type: str
    policy: str


def write(facts: DenialFacts, *, outcome: str, reasons: Iterable[str]) -> None:
    """Write one row; call it on a database thread."""
    Denial.objects.create(
        created_at=facts.at,
        request_id=facts.request_id,
        tenant=facts.tenant,
        client=facts.client,
        task_type=facts.task_type,
        policy=facts.policy[:80],
        outcome=outcome,
        reasons=[reason[:LONGEST_REASON] for reason in reasons][:MOST_REASONS],
    )
