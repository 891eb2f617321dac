"""The books of one group: locked sums and chains, and how each operation changes them. Pure.

Counters are changed in memory while the rows are locked, so that operations of one group see each
other in the order in which they arrived, and one refusal never fails the rest.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from usage import audit
from usage.audit import Fact, Head
from usage.budgets import PeriodState, first_refusal
from usage.ledger.operations import (
    Admit,
    Admitted,
    Claimed,
    Done,
    Hold,
    Outcome,
    Record,
    Refused,
    Revoked,
    Settle,
    Writes,
)
from usage.ledger.rows import ClaimEnd

ENTRY_BITS = 74  # random bits of a UUIDv7 below its time and version


@dataclass(slots=True)
class Books:
    """What the first round trip locked and read, and what the second will write."""

    at: datetime
    periods: Mapping[int, PeriodState]
    heads: dict[int, Head]
    attempt_states: dict[UUID, str]
    lost_claims: Mapping[UUID, Claimed]  # by the request that asked in vain
    live_keys: frozenset[int] | None = None  # None: nothing was edited since they were looked up
    budget_names: Mapping[int, str] = field(default_factory=dict)
    writes: Writes = field(default_factory=Writes)
    grown: set[int] = field(default_factory=set)  # tenants whose chain was extended

    def admit(self, operation: Admit, period_ids: tuple[int, ...]) -> Outcome:
        """Hold the worst case on every budget in scope, or say which one has no room."""
        if operation.request and operation.request.id in self.lost_claims:
            return self.lost_claims[operation.request.id]
        if self.live_keys is not None and operation.key_id not in self.live_keys:
            return self._unclaimed(operation, Revoked())
        states = [self.periods[i] for i in period_ids]
        refusal = first_refusal(states, operation.worst_case)
        if refusal:
            name = self.budget_names.get(refusal.budget_id, "")
            return self._unclaimed(operation, Refused(refusal, name))
        for state in states:
            state.held += operation.worst_case
            state.is_changed = True
        return Admitted(tuple(self._opened(operation, states)))

    def settle(self, operation: Settle) -> Outcome:
        """Replace what the attempt holds by what it cost. Settling twice changes nothing."""
        row = operation.settlement
        before = self.attempt_states.get(row.id)
        if (before, row.state) not in LEGAL_SETTLEMENTS:
            return Done()  # it, and what closes with it, was committed before
        self.attempt_states[row.id] = row.state
        self.writes.settlements.append(row)
        for hold in operation.holds:
            self._move(hold, str(before), row.state, row.cost_nano_usd, row.id)
        self._chain(operation.tenant_id, operation.facts)
        self._close(operation)
        return Done()

    def record(self, operation: Record) -> Outcome:
        """Write or close a request without any money moving."""
        if operation.request:
            self.writes.requests.append(operation.request)
        self._chain(operation.tenant_id, operation.facts)
        self._close(operation)
        return Done()

    def _opened(self, operation: Admit, states: list[PeriodState]) -> Iterable[tuple[Hold, ...]]:
        if operation.request:
            self.writes.requests.append(operation.request)
        self._chain(operation.tenant_id, operation.facts)
        for attempt in operation.attempts:
            self.writes.attempts.append(attempt)
            holds = tuple(Hold(state.id, attempt.hold_nano_usd) for state in states)
            for hold in holds:
                self._enter(attempt.id, hold.period_id, "hold", hold.amount)
            yield holds

    def _unclaimed(self, operation: Admit, outcome: Outcome) -> Outcome:
        """Nothing left, so the key may be used again."""
        if operation.claim:
            end = ClaimEnd(request_id=operation.claim.request_id, state="unknown", forget=True)
            self.writes.claim_ends.append(end)
        return outcome

    def _move(self, hold: Hold, before: str, after: str, cost: int, attempt: UUID) -> None:
        state = self.periods[hold.period_id]
        state.is_changed = True
        if before == "admitted":
            state.held -= hold.amount
        else:
            state.unknown -= hold.amount
        if after == "unknown":
            state.unknown += hold.amount
            return
        self._enter(attempt, hold.period_id, "release", hold.amount)
        if after == "settled":
            state.posted += cost
            self._enter(attempt, hold.period_id, "post", cost)

    def _enter(self, attempt: UUID, period_id: int, kind: str, amount: int) -> None:
        self.writes.entries.append(
            {
                "id": entry_id(attempt, period_id, kind),
                "attempt_id": attempt,
                "period_id": period_id,
                "kind": kind,
                "amount_nano_usd": amount,
                "created_at": self.at,
            }
        )

    def _chain(self, tenant_id: int, facts: tuple[Fact, ...]) -> None:
        head = self.heads[tenant_id]
        for fact in facts:
            link, head = audit.extend(head, fact, self.at)
            self.writes.links.append(link)
        self.heads[tenant_id] = head
        self.grown.add(tenant_id)

    def _close(self, operation: Settle | Record) -> None:
        if operation.closing:
            self.writes.closings.append(operation.closing)
        if operation.claim_end:
            self.writes.claim_ends.append(operation.claim_end)


LEGAL_SETTLEMENTS = frozenset(
    {
        ("admitted", "settled"),
        ("admitted", "void"),
        ("admitted", "unknown"),
        ("unknown", "settled"),  # a late owner
    }
)


def entry_id(attempt: UUID, period_id: int, kind: str) -> UUID:
    """Return the id of a money movement: in the attempt's month, the same if posted again."""
    digest = hashlib.sha256(attempt.bytes + period_id.to_bytes(8, "big") + kind.encode()).digest()
    low = int.from_bytes(digest[:10], "big") & ((1 << ENTRY_BITS) - 1)
    random_b = low & ((1 << 62) - 1)
    random_a = low >> 62
    return UUID(int=(attempt.int >> 80 << 80) | 0x7 << 76 | random_a << 64 | 0x2 << 62 | random_b)
