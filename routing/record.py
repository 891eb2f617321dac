"""What the ledger keeps of a request: who, what was decided, how it ended. Never any text."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from phi.denials import DenialFacts
from routerproject.shared import crypto
from routing.protect import SafeRequest
from routing.select.draft import Situation
from routing.select.facts import facts_of
from routing.types import Decision, RouteRequest, RoutingTable
from usage import budgets
from usage.configuration import KeyGrant
from usage.ledger import RequestRow
from usage.ledger.rows import BOOT_ID, token_columns
from usage.pricing import TokenCounts

DECISION_MS = "decision_ms"


def opened(
    request: RouteRequest, *, grant: KeyGrant, deadline_at: datetime, table: RoutingTable
) -> RequestRow:
    """Return the row of a request of which nothing is decided yet.

    A task type that does not exist is a word of the caller's, and may hold a name.
    """
    declared = request.task_type or ""
    return RequestRow(
        id=UUID(request.id),
        tenant_id=grant.tenant_id,
        client_id=grant.client_id,
        key_prefix=grant.prefix,
        created_at=request.received_at,
        deadline_at=deadline_at,
        boot_id=BOOT_ID,
        declared_task_type=declared if declared in table.task_types else "",
        urgency=request.urgency,
        accuracy=request.accuracy,
        patient_facing=request.patient_facing,
        is_stream=request.stream,
        config_version=table.version,
        session_hash=reference_hash(request.session_id),
        case_hash=reference_hash(request.case_id),
        metadata_sealed=_sealed(request),
    )


def denial(request: RouteRequest, *, policy: str, table: RoutingTable) -> DenialFacts:
    """Return what is kept of a request that protection stopped or sent another way."""
    declared = request.task_type or ""
    return DenialFacts(
        request_id=UUID(request.id),
        at=request.received_at,
        tenant=request.tenant,
        client=request.client,
        task_type=declared if declared in table.task_types else "",
        policy=policy,
    )


def protected(row: RequestRow, safe: SafeRequest) -> RequestRow:
    """Return the row with what protection found."""
    return row.changed(
        user=safe.labels.get("user", ""),
        session_label=safe.labels.get("session_id", ""),
        case_label=safe.labels.get("case_id", ""),
        prompt_hash=safe.prompt_hash,
        phi_policy=f"{safe.policy.slug}@{safe.policy.version}",
        phi_counts={**safe.counts, **safe.doubts},
    )


def weighed(row: RequestRow, situation: Situation) -> RequestRow:
    """Return the row with all that its decision looks at, even if that refuses the request."""
    taken = {name: row.decision[name] for name in (DECISION_MS,) if name in row.decision}
    return row.changed(decision={**facts_of(situation), **taken})


def timed(row: RequestRow, decision_ms: float) -> RequestRow:
    """Return the row with how long the local stages took, without waiting for anybody."""
    return row.changed(decision={**row.decision, DECISION_MS: round(decision_ms, 3)})


def decided(row: RequestRow, decision: Decision) -> RequestRow:
    """Return the row, weighed before, with the decision."""
    chosen = decision.chain[0] if decision.chain else None
    return row.changed(
        task_type=decision.task_type or "",
        tier=decision.tier,
        model_id=chosen.model.model_id if chosen else "",
        deployment=chosen.deployment.slug if chosen else "",
        source=decision.source,
        confidence=decision.confidence,
        decision={**row.decision, **_decision_record(decision)},
    )


def reused(row: RequestRow, tokens: TokenCounts) -> RequestRow:
    """Return the row of a request that gets a kept answer, with the tokens that this once cost."""
    return row.changed(decision={**row.decision, "kept_tokens": token_columns(tokens)})


def reference_hash(reference: str | None) -> bytes | None:
    """Return the keyed hash by which requests of a session or a case are found again."""
    return budgets.reference_hash(reference) or None


def _decision_record(decision: Decision) -> dict[str, Any]:
    """Return what was decided and by which steps, free of text."""
    return {
        "floor": decision.floor,
        "reasons": [[r.step, r.code, r.effect] for r in decision.reasons],
        "variant": decision.variant,
        "prompt_version": decision.prompt_version,
        "max_output_tokens": decision.max_output_tokens,
        "chain": [[c.tier, c.model.model_id, c.deployment.slug] for c in decision.chain],
    }


def _sealed(request: RouteRequest) -> bytes | None:
    if not request.metadata:
        return None
    return crypto.seal(
        json.dumps(request.metadata).encode(),
        purpose="request metadata",
        place=f"ai_usage.metadata_sealed.{request.id}",
    )
