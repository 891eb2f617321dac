"""What a caller is told when nothing was admitted."""

from routerproject.shared.errors import RouterError
from usage.errors import (
    BudgetExceeded,
    IdempotencyInProgress,
    IdempotencyMismatch,
    OutcomeUnknown,
    Unauthenticated,
)
from usage.ledger.operations import Claimed, Refused
from usage.ledger.rows import ClaimRow
from usage.models import AtCap


def refusal_of(outcome: object, claim: ClaimRow | None) -> RouterError:
    """Return the error that tells the caller why nothing was admitted."""
    if isinstance(outcome, Refused):
        name = outcome.budget.name
        refused = BudgetExceeded(outcome.refusal.sentence(name), **outcome.refusal.facts(name))
        refused.steps_down = outcome.budget.at_cap == AtCap.STEP_DOWN
        return refused
    if isinstance(outcome, Claimed) and claim:
        return claimed_error(outcome.body_hash, outcome.state, claim.body_hash)
    return Unauthenticated("The API key was revoked.")


def claimed_error(owner_body: bytes, state: str, body: bytes) -> RouterError:
    """Return what a second request with a claimed Idempotency-Key is told."""
    if owner_body != body:
        return IdempotencyMismatch()
    return OutcomeUnknown() if state == "unknown" else IdempotencyInProgress(retry_after_seconds=1)
