"""One request's page in the ledger: opened with its first attempt, closed with its last settle."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings

from routerproject.shared import clock
from routerproject.shared.money import NOTHING, NanoUsd
from usage import budgets, freezes
from usage.budgets import BudgetRule, Spending
from usage.ledger import facts, settling
from usage.ledger.bill import Line
from usage.ledger.calls import BESIDES, AttemptPlan, EndedAttempt, covered_ms
from usage.ledger.closing import Closing, closing_row, spent_on, total
from usage.ledger.entry import Entry
from usage.ledger.operations import Admit, Admitted, Claimed, Hold, Record, Refused, Settle
from usage.ledger.refusals import refusal_of
from usage.ledger.rows import AttemptRow, ClaimEnd, ClaimRow, ClosingRow, RequestRow
from usage.ledger.statements import DECIDED_LATER
from usage.ledger.writer import Writer

WAIT_SHARE_OF_DEADLINE = 0.2  # how long calls in flight may be waited for when only they block
ADMIT_PATIENCE_SECONDS = 5.0  # for a turn in the writer's queue


class Page:
    """What one request writes to the ledger, in order."""

    def __init__(
        self,
        row: RequestRow,
        *,
        key_id: int,
        writer: Writer,
        claim: ClaimRow | None = None,
        user: str | None = None,
    ) -> None:
        self.row = row
        self.ended: list[EndedAttempt] = []
        self.is_open = False
        self.is_settlement_pending = False
        self._key_id = key_id
        self._writer = writer
        self.claim = claim
        self._user_hash = budgets.reference_hash(user)
        self._ordinal = 0
        self._admitted = 0
        self._may_end_late = False
        self._opened_as: RequestRow | None = None

    @property
    def cost(self) -> NanoUsd:
        """Return what all attempts so far cost, in nano-USD."""
        return total(self.ended)

    @property
    def upstream_ms(self) -> float:
        """Return the time spent waiting for providers, of calls made at once too, in ms."""
        if len(self.ended) == 1:
            return self.ended[0].latency_ms
        return covered_ms((a.ended_at * 1000 - a.latency_ms, a.ended_at * 1000) for a in self.ended)

    @property
    def is_billed(self) -> bool:
        """True when the provider has, or may have, billed something."""
        return any(attempt.state != "void" for attempt in self.ended)

    @property
    def may_have_answer(self) -> bool:
        """True when a provider has, or may have, written an answer."""
        return any(attempt.is_answer for attempt in self.ended)

    @property
    def is_running(self) -> bool:
        """True while a call of this request has not ended, so that its cost is not known."""
        return self._admitted > sum(attempt.kind not in BESIDES for attempt in self.ended)

    def spent_on(self, line: Line) -> NanoUsd:
        """Return what the attempts so far cost on one line of the bill, in nano-USD."""
        return spent_on(line, self.ended)

    @asynccontextmanager
    async def admitted(self, plan: AttemptPlan) -> AsyncIterator[Entry]:
        """Commit the hold and the audit intent, yield, and commit how it ended.

        Raises BudgetExceeded, DatabaseUnavailable, Unauthenticated (revoked meanwhile) and the
        idempotency errors, all before a byte has left.
        """
        (entry,) = await self._admit((plan,), patience=_patience(plan))
        async with self.carried(entry):
            yield entry

    async def held(self, *plans: AttemptPlan, spare: NanoUsd = NOTHING) -> tuple[Entry, ...]:
        """Commit the holds and audit intents of calls made at once: of all of them, or of none.

        Raises as `admitted` does, at once, also when less than `spare` would be left. Each entry
        must be carried. The calls may end after their request, which gains their cost then.
        """
        entries = await self._admit(plans, patience=0.0, spare=spare)
        self._may_end_late = True
        return entries

    @asynccontextmanager
    async def admitted_besides(self, plan: AttemptPlan) -> AsyncIterator[Entry]:
        """Do as `admitted` does for a call that can be left undone, also after the request ended.

        It waits for no money, and leaves as much as it holds.
        """
        (entry,) = await self.held(plan, spare=plan.worst_case)
        async with self.carried(entry):
            yield entry

    @asynccontextmanager
    async def carried(self, entry: Entry) -> AsyncIterator[Entry]:
        """Yield an admitted attempt, and commit how it ended."""
        started = asyncio.get_running_loop().time()
        try:
            yield entry
        finally:
            if entry.settlement is None:
                elapsed_ms = (asyncio.get_running_loop().time() - started) * 1000
                entry.doubt(outcome="interrupted", latency_ms=elapsed_ms)
            await self._settle(entry)

    async def close(self, closing: Closing) -> None:
        """Close the request after its attempts have all ended, when the last settle did not."""
        if not self.is_open:
            await self.record(closing)
            return
        await self._writer.submit(self._end_of(closing))
        self.is_open = False

    async def end(self, closing: Closing) -> None:
        """Close an answered request as its last settle would; a lost database only delays it."""
        operation = self._end_of(closing)
        self.is_open = False
        await self._write(operation)

    def _end_of(self, closing: Closing) -> Record:
        record = {"outcome": closing.outcome, "state": closing.state}
        return Record(
            self.row.tenant_id,
            (facts.fact(self.row, "request.closed", record),),
            closing=self._closing_row(closing),
            claim_end=self._claim_end(closing),
            recounts=self._recounts,
        )

    async def record(self, closing: Closing, **changes: Any) -> None:
        """Write at once a request that called no model: a denial, a cache hit, a rule's answer.

        An answer claims the request's Idempotency-Key with it. Raises the idempotency errors when
        another request did meanwhile; then nothing is written.
        """
        end = self._closing_row(closing).__dict__
        known = {name: value for name, value in end.items() if name not in DECIDED_LATER}
        row = self.row.changed(**{**known, **changes})
        told = {"outcome": closing.outcome, "state": row.state, "phi": dict(row.phi_counts)}
        claim_end = self._claim_end(closing)
        is_answered = claim_end is not None and claim_end.state == "answered"
        operation = Record(
            self.row.tenant_id,
            (facts.fact(self.row, "request.recorded", told),),
            request=row,
            claim=self.claim if is_answered else None,
            claim_end=claim_end if is_answered else None,
        )
        outcome = await self._writer.submit(operation)
        if isinstance(outcome, Claimed):
            raise refusal_of(outcome, self.claim)

    async def _admit(
        self, plans: Sequence[AttemptPlan], *, patience: float, spare: NanoUsd = NOTHING
    ) -> tuple[Entry, ...]:
        at = clock.now()
        first = self._ordinal + 1
        rows = enumerate(plans, start=first)
        attempts = tuple(plan.row(self.row, ordinal, at) for ordinal, plan in rows)
        self._ordinal += len(plans)
        operation = Admit(
            self.row.tenant_id,
            self._key_id,
            self.row.config_version,
            attempts,
            tuple(self._spending(attempt) for attempt in attempts),
            tuple(facts.intent(self.row, attempt) for attempt in attempts),
            request=None if self._opened_as else self.row,
            claim=None if self._opened_as else self.claim,
            is_urgent=any(plan.is_urgent for plan in plans),
            spare=spare,
        )
        holds = await self._granted(operation, patience)
        if operation.request:
            self._opened_as, self.is_open = operation.request, True
        self._admitted += sum(plan.kind not in BESIDES for plan in plans)
        return tuple(
            Entry(attempt, plan.price, own, self.ended)
            for attempt, plan, own in zip(attempts, plans, holds, strict=True)
        )

    async def _granted(self, operation: Admit, patience: float) -> tuple[tuple[Hold, ...], ...]:
        """Return the holds, waiting a while when only calls in flight stand in the way."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        with self._writer.lines.place() as place:
            while True:
                place.called.clear()
                left = until - loop.time()
                longest = max(ADMIT_PATIENCE_SECONDS * settings.ENGINE_PATIENCE, left)
                outcome = await self._writer.submit(operation, patience=longest)
                if isinstance(outcome, Admitted):
                    return outcome.holds
                if not isinstance(outcome, Refused) or not outcome.refusal.may_fit_later:
                    raise refusal_of(outcome, operation.claim)
                if left <= 0:
                    raise refusal_of(outcome, operation.claim)
                await self._writer.lines.wait(place, outcome.refusal, until - loop.time())

    async def _settle(self, entry: Entry) -> None:
        """Commit how the attempt ended; a lost database only delays it."""
        row = entry.settlement
        assert row is not None  # noqa: S101 (set by the caller; narrows the type)
        attempt = entry.attempt
        closing = self._closing_row(entry.closing) if entry.closing else None
        freeze = freezes.freeze_of(
            attempt.id,
            attempt.deployment,
            cost=row.cost_nano_usd,
            hold=attempt.hold_nano_usd,
            at=row.settled_at,
        )
        told = [facts.result(self.row, attempt, row, entry.closing)]
        if freeze:
            told.append(facts.fact(self.row, "deployment.frozen", freeze.record))
        operation = Settle(
            self.row.tenant_id,
            row,
            entry.holds,
            tuple(told),
            closing=closing,
            claim_end=self._claim_end(entry.closing) if entry.closing else None,
            recounts=self._recounts,
            freeze=freeze,
        )
        self.is_open = self.is_open and closing is None
        await self._write(operation)

    async def _write(self, operation: Settle | Record) -> None:
        is_written = await settling.written_soon(self._writer, operation, self.row.id)
        self.is_settlement_pending |= not is_written

    @property
    def _recounts(self) -> UUID | None:
        return self.row.id if self._may_end_late else None

    def pressure(self, task_type: str | None) -> BudgetRule | None:
        """Return a budget near its cap under which this request had better step down, if any."""
        return self._writer.pressure(self._spending(task_type=task_type or ""))

    def _spending(self, attempt: AttemptRow | None = None, *, task_type: str = "") -> Spending:
        """Return what an attempt is for. A user or case whose name is not kept still counts."""
        return Spending(
            tenant_id=self.row.tenant_id,
            client_id=self.row.client_id,
            task_type=task_type or self.row.task_type or self.row.declared_task_type,
            tier=attempt.tier if attempt else "",
            model_id=attempt.model_id if attempt else "",
            user_hash=self._user_hash,
            case_hash=self.row.case_hash or b"",
        )

    def _closing_row(self, closing: Closing) -> ClosingRow:
        """Return the row with what was decided after the request's first call had opened it."""
        row = closing_row(self.row, closing, self.ended)
        if self._opened_as is None or self._opened_as is self.row:
            return row
        return replace(row, **{name: getattr(self.row, name) for name in DECIDED_LATER})

    def _claim_end(self, closing: Closing) -> ClaimEnd | None:
        return closing.claim_end if self.claim else None


def _patience(plan: AttemptPlan) -> float:
    """Return for how many seconds calls in flight may be waited for, when only they block."""
    left = (plan.deadline_at - clock.now()).total_seconds()
    return max(0.0, left) * WAIT_SHARE_OF_DEADLINE
