"""What a group commit can be asked to do, and what it can answer."""

from dataclasses import dataclass
from uuid import UUID

from usage.audit import Fact
from usage.budgets import BudgetRule, Refusal, Spending
from usage.freezes import FreezeRow
from usage.ledger.rows import (
    AttemptRow,
    ClaimEnd,
    ClaimRow,
    ClosingRow,
    RequestRow,
    SettlementRow,
)


@dataclass(frozen=True, slots=True)
class Hold:
    """Worst-case money held on one budget period, in nano-USD."""

    period_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class Admit:
    """Hold the worst case of one or more attempts, together or not at all."""

    tenant_id: int
    key_id: int
    config_version: int
    attempts: tuple[AttemptRow, ...]
    spendings: tuple[Spending, ...]  # what each attempt is for, which decides its budgets
    facts: tuple[Fact, ...]
    request: RequestRow | None = None  # with the request's first attempt
    claim: ClaimRow | None = None
    is_urgent: bool = False  # point-of-care work, which may use what a budget keeps for it
    # Room, in nano-USD, that every budget must have left besides. Work that asks for it can be left
    # undone, so its refusal is nobody's.
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Settle:
    """Replace the hold of one attempt by what it cost, and close its request if it was the last."""

    tenant_id: int
    settlement: SettlementRow
    holds: tuple[Hold, ...]
    facts: tuple[Fact, ...]
    closing: ClosingRow | None = None
    claim_end: ClaimEnd | None = None
    recounts: UUID | None = None  # the request whose calls may end after it: its sums are made anew
    freeze: FreezeRow | None = None  # of its deployment, which billed more than was held


@dataclass(frozen=True, slots=True)
class Record:
    """Write a request that called no model, or close one whose attempts have all ended."""

    tenant_id: int
    facts: tuple[Fact, ...]
    request: RequestRow | None = None
    closing: ClosingRow | None = None
    claim: ClaimRow | None = None  # with an answer that no call was made for
    claim_end: ClaimEnd | None = None
    recounts: UUID | None = None  # as with Settle


Operation = Admit | Settle | Record


@dataclass(frozen=True, slots=True)
class Admitted:
    """Committed: byte 1 may leave. Holds are per attempt, in the order of `Admit.attempts`."""

    holds: tuple[tuple[Hold, ...], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A hard cap left no room; nothing was held."""

    refusal: Refusal
    budget: BudgetRule


@dataclass(frozen=True, slots=True)
class Revoked:
    """The key was revoked, or its client or tenant switched off, since it was looked up."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The Idempotency-Key belongs to another request."""

    request_id: UUID
    body_hash: bytes
    state: str


@dataclass(frozen=True, slots=True)
class Done:
    """Committed."""


Outcome = Admitted | Refused | Revoked | Claimed | Done
