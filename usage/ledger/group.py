"""One group of operations, as the arguments of the database function that commits it. Pure.

What may be written is decided by that function (`commit_group.py`), on sums and chains that it has
locked. So every row carries the number of its operation, and one refusal never fails the rest.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from routerproject.shared import clock
from usage import audit
from usage.audit import Fact
from usage.budgets import BudgetRule, Refusal
from usage.ledger.operations import (
    Admit,
    Admitted,
    Claimed,
    Done,
    Hold,
    Operation,
    Outcome,
    Record,
    Refused,
    Revoked,
    Settle,
)
from usage.ledger.rows import ClosingRow
from usage.models import AttemptKind

ENTRY_BITS = 74  # random bits of a UUIDv7 below its time and version
Scopes = Mapping[int, tuple[tuple[int, ...], ...]]  # of each attempt of an admission, by number
Row = dict[str, Any]


@dataclass(slots=True)
class Group:
    """What one commit is asked to do: operations in the order of their arrival, rows by table."""

    operations: Sequence[Operation]
    scopes: Scopes  # the ids of the running budget periods that count a call
    at: datetime
    parts: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, operation in enumerate(self.operations, start=1):
            if isinstance(operation, Admit):
                self._admit(number, operation)
            elif isinstance(operation, Settle):
                self._settle(number, operation)
            else:
                self._record(number, operation)

    def arguments(self, rules_version: int) -> list[Any]:
        """Return what the function takes. The version is that of the budgets in the scopes."""
        settles = [op for op in self.operations if isinstance(op, Settle)]
        periods = {period for scopes in self.scopes.values() for ids in scopes for period in ids}
        periods |= {hold.period_id for op in settles for hold in op.holds}
        return [
            orjson.dumps(self.parts, default=_plain).decode(),
            _array(op.settlement.id for op in settles),
            _array(sorted(periods)),
            _array(sorted({op.tenant_id for op in self.operations})),
            rules_version if self.scopes else None,
        ]

    def outcomes(
        self, refusals: Mapping[str, Row], budgets: Mapping[int, BudgetRule]
    ) -> list[Outcome]:
        """Return what became of each operation; those that were refused are named by number."""
        return [
            _refused(refusals[str(number)], budgets)
            if str(number) in refusals
            else self._written(number, operation)
            for number, operation in enumerate(self.operations, start=1)
        ]

    def _written(self, number: int, operation: Operation) -> Outcome:
        if not isinstance(operation, Admit):
            return Done()
        pairs = zip(operation.attempts, self.scopes[number], strict=True)
        return Admitted(
            tuple(
                tuple(Hold(period, attempt.hold_nano_usd) for period in periods)
                for attempt, periods in pairs
            )
        )

    def _admit(self, number: int, operation: Admit) -> None:
        worst_cases: dict[int, int] = {}  # by budget period, of all attempts together
        for attempt, periods in zip(operation.attempts, self.scopes[number], strict=True):
            for period in periods:
                amount = worst_cases.get(period, 0) + attempt.hold_nano_usd
                worst_cases[period] = amount
                self._enter(number, attempt.id, period, "hold", attempt.hold_nano_usd)
            self._add("attempts", number, **attempt.__dict__)
        self._add(
            "operations",
            number,
            kind="admit",
            request_id=operation.claim.request_id if operation.claim else None,
            key_id=operation.key_id,
            config_version=operation.config_version,
            is_urgent=operation.is_urgent,
            spare=operation.spare,
            is_batch=all(attempt.kind == AttemptKind.BATCH for attempt in operation.attempts),
            periods=sorted(worst_cases),
            amounts=[worst_cases[period] for period in sorted(worst_cases)],
        )
        if operation.claim:
            self._add("claims", number, **operation.claim.__dict__)
        if operation.request:
            self._add("requests", number, **operation.request.__dict__)
        self._chain(number, operation.tenant_id, operation.facts)

    def _settle(self, number: int, operation: Settle) -> None:
        row = operation.settlement
        self._add(
            "operations",
            number,
            kind="settle",
            attempt_id=row.id,
            state=row.state,
            cost=row.cost_nano_usd,
            periods=[hold.period_id for hold in operation.holds],
            amounts=[hold.amount for hold in operation.holds],
        )
        self._add("settlements", number, **row.__dict__)
        if operation.freeze:
            self._add("freezes", number, **operation.freeze.__dict__)
        for hold in operation.holds:
            if row.state != "unknown":
                self._enter(number, row.id, hold.period_id, "release", hold.amount)
            if row.state == "settled":
                self._enter(number, row.id, hold.period_id, "post", row.cost_nano_usd)
        self._chain(number, operation.tenant_id, operation.facts)
        self._close(number, operation)

    def _record(self, number: int, operation: Record) -> None:
        """A request is written or closed without any money moving."""
        claim = operation.claim
        self._add(
            "operations", number, kind="record", request_id=claim.request_id if claim else None
        )
        if claim:
            self._add("claims", number, **claim.__dict__)
        if operation.request:
            self._add("requests", number, **operation.request.__dict__)
        self._chain(number, operation.tenant_id, operation.facts)
        self._close(number, operation)

    def _enter(self, number: int, attempt: UUID, period_id: int, kind: str, amount: int) -> None:
        self._add(
            "entries",
            number,
            id=entry_id(attempt, period_id, kind),
            attempt_id=attempt,
            period_id=period_id,
            kind=kind,
            amount_nano_usd=amount,
            created_at=self.at,
        )

    def _chain(self, number: int, tenant_id: int, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            before, after = audit.around_seq(tenant_id, fact, self.at)
            self._add(
                "links",
                number,
                id=clock.new_id(self.at),
                tenant_id=tenant_id,
                at=self.at,
                kind=fact.kind,
                request_id=fact.request_id,
                actor=fact.actor,
                before_seq=before,
                after_seq=after,
            )

    def _close(self, number: int, operation: Settle | Record) -> None:
        closing: ClosingRow | None = operation.closing
        if closing:
            self._add("closings", number, **closing.__dict__)
        if operation.recounts:
            self._add("recounts", number, request_id=operation.recounts)
        if operation.claim_end:
            end = operation.claim_end
            self._add(
                "claim_ends",
                number,
                request_id=end.request_id,
                state=end.state,
                answer_sealed=end.answer_sealed,
                forget=end.forget,
            )

    def _add(self, part: str, number: int, /, **row: Any) -> None:
        self.parts.setdefault(part, []).append({"op": number, **row})


def _refused(verdict: Row, budgets: Mapping[int, BudgetRule]) -> Outcome:
    if "owner" in verdict:
        owner = UUID(verdict["owner"])
        return Claimed(owner, bytes.fromhex(verdict["body_hash"]), verdict["state"])
    if "budget_id" in verdict:
        resets_at = verdict.pop("resets_at")
        refusal = Refusal(
            resets_at=datetime.fromisoformat(resets_at) if resets_at else None,
            **verdict,
        )
        return Refused(refusal, budgets[refusal.budget_id])
    return Revoked()


def entry_id(attempt: UUID, period_id: int, kind: str) -> UUID:
    """Return the id of a money movement: in the attempt's month, the same if posted again."""
    digest = hashlib.sha256(attempt.bytes + period_id.to_bytes(8, "big") + kind.encode()).digest()
    low = int.from_bytes(digest[:10], "big") & ((1 << ENTRY_BITS) - 1)
    random_b = low & ((1 << 62) - 1)
    random_a = low >> 62
    return UUID(int=(attempt.int >> 80 << 80) | 0x7 << 76 | random_a << 64 | 0x2 << 62 | random_b)


def _array(values: Iterable[object]) -> str:
    """Return numbers or UUIDs as PostgreSQL spells an array."""
    return "{" + ",".join(map(str, values)) + "}"


def _plain(value: Any) -> Any:
    """Return bytes as PostgreSQL spells them; the rest of a row orjson knows."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return str(value)
