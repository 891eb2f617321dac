"""Deployments that billed more than a call could cost: left alone until a person has looked.

The true sum is posted whatever it is. But a worst case that was none means that a price or a limit
in the catalog is wrong, and that the next calls would pass the caps as well. The freeze is written
with the sum itself (ledger) or with what is found out later (reconciliation), and every process
reads it with its configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from usage import audit
from usage.models import Attempt, Deployment, Freeze

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class FreezeRow:
    """The call for which a deployment is frozen."""

    deployment: str
    attempt_id: UUID
    cost_nano_usd: int
    hold_nano_usd: int
    frozen_at: datetime

    @property
    def record(self) -> Mapping[str, object]:
        """What the audit trail keeps of it."""
        return {
            "deployment": self.deployment,
            "attempt": self.attempt_id,
            "cost_usd": usd_text(self.cost_nano_usd),
            "held_usd": usd_text(self.hold_nano_usd),
        }


def freeze_of(
    attempt_id: UUID, deployment: str, *, cost: int, hold: int, at: datetime
) -> FreezeRow | None:
    """Return the freeze that a call's cost in nano-USD calls for, and tell the operator of it."""
    if cost <= hold:
        return None
    log.error(
        "ledger.cost_above_worst_case",
        attempt=str(attempt_id),
        deployment=deployment,
        cost=cost,
        held=hold,
    )
    return FreezeRow(
        deployment=deployment,
        attempt_id=attempt_id,
        cost_nano_usd=cost,
        hold_nano_usd=hold,
        frozen_at=at,
    )


def freeze_late(attempt: Attempt, cost: int, now: datetime) -> None:
    """Freeze the deployment of a call whose cost was found out afterwards, if it was too much."""
    row = freeze_of(attempt.pk, attempt.deployment, cost=cost, hold=attempt.hold_nano_usd, at=now)
    place = Deployment.objects.filter(slug=attempt.deployment).first() if row else None
    if row is None or place is None:
        return
    facts = {**row.__dict__, "deployment": place}
    Freeze.objects.bulk_create([Freeze(**facts)], ignore_conflicts=True)
    audit.append_now(
        tenant_id=attempt.tenant_id,
        kind="deployment.frozen",
        record=row.record,
        actor="",
        request_id=attempt.request_id,
    )


def current() -> list[Freeze]:
    """Return the freezes that hold now, the newest first; one query."""
    return list(Freeze.objects.filter(lifted_at=None).select_related("deployment"))


@transaction.atomic
def lift(deployment: Deployment, *, by: str) -> bool:
    """Let a deployment be called again; False when it is not frozen."""
    held = Freeze.objects.select_for_update().filter(deployment=deployment, lifted_at=None).first()
    if held is None:
        return False
    held.lifted_at, held.lifted_by = clock.now(), by
    held.save(update_fields=["lifted_at", "lifted_by"])
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="freeze-lifted",
        record={"deployment": deployment.slug, "attempt": held.attempt_id},
        actor=by,
    )
    return True
