"""What the audit trail is told of a request and its calls: hashes, counts and codes, never text."""

from collections.abc import Mapping
from typing import Any

from routerproject.shared.money import usd_text
from usage.audit import Fact
from usage.ledger.closing import Closing
from usage.ledger.rows import AttemptRow, RequestRow, SettlementRow


def intent(request: RequestRow, attempt: AttemptRow) -> Fact:
    """Return what is recorded, durably, before byte 1 leaves (45 CFR 164.312(b))."""
    return fact(
        request,
        "attempt.admitted",
        {
            "attempt": attempt.id,
            "kind": attempt.kind,
            "task_type": request.task_type,
            "tier": attempt.tier,
            "model": attempt.model_id,
            "deployment": attempt.deployment,
            "held_usd": usd_text(attempt.hold_nano_usd),
            "body_hash": attempt.body_hash.hex(),
            "prompt_hash": request.prompt_hash.hex() if request.prompt_hash else None,
            "phi_policy": request.phi_policy,
            "phi": dict(request.phi_counts),
        },
    )


def result(
    request: RequestRow, attempt: AttemptRow, row: SettlementRow, closing: Closing | None
) -> Fact:
    """Return how a call ended."""
    return fact(
        request,
        f"attempt.{row.state}",
        {
            "attempt": attempt.id,
            "outcome": row.outcome,
            "cost_usd": usd_text(row.cost_nano_usd),
            "provider_request": row.provider_request_id,
            "request_state": closing.state if closing else None,
        },
    )


def fact(request: RequestRow, kind: str, facts: Mapping[str, Any]) -> Fact:
    """Return something that happened to a request, with who asked."""
    who = {"client": request.client_id, "key": request.key_prefix}
    return Fact(kind, {**who, **facts}, request.id, request.user)
