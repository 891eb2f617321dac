"""One request's page in the ledger: opened with its first attempt, closed with its last settle."""

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from routerproject.shared import clock, crypto
from routerproject.shared.errors import RouterError
from routerproject.shared.money import NOTHING, NanoUsd, usd_text
from usage import budgets, freezes, pricing
from usage.audit import Fact
from usage.budgets import BudgetRule, Spending
from usage.catalog import Price
from usage.errors import (
    BudgetExceeded,
    DatabaseUnavailable,
    IdempotencyInProgress,
    IdempotencyMismatch,
    OutcomeUnknown,
    Unauthenticated,
)
from usage.ledger.bill import Line, line_of
from usage.ledger.operations import Admit, Admitted, Claimed, Hold, Record, Refused, Settle
from usage.ledger.rows import (
    AttemptRow,
    ClaimEnd,
    ClaimRow,
    ClosingRow,
    RequestRow,
    SettlementRow,
    token_columns,
)
from usage.ledger.statements import DECIDED_LATER
from usage.ledger.writer import Writer
from usage.models import DISCARDED, AtCap
from usage.pricing import TokenCounts

BOOT_ID = uuid.uuid4()  # names this process on the rows it owns
WAIT_SHARE_OF_DEADLINE = 0.2  # how long calls in flight may be waited for when only they block
WAIT_STEP_SECONDS = 0.05
ADMIT_PATIENCE_SECONDS = 5.0  # for a turn in the writer's queue
SETTLE_PATIENCE_SECONDS = 2.0  # then the answer goes out with the warning settlement-pending
SETTLE_RETRY_SECONDS = 1.0
SETTLE_TRIES = 3_600

# The calls that can be a request's answer; the others only help to find or to judge one.
ANSWERING = frozenset({"main", "fallback", "escalation", "speculation"})

# What is asked about an answer when it has been given.
BESIDES = frozenset({"judge", "shadow"})

log = structlog.get_logger(__name__)
_background: set[asyncio.Task[None]] = set()


async def drain(seconds: float) -> None:
    """Wait, at shutdown, for settlements that are still to be written."""
    if _background:
        await asyncio.wait(_background, timeout=seconds)


@dataclass(frozen=True, slots=True)
class AttemptPlan:
    """One outbound call about to be made: to whom, with which bytes, at which price."""

    kind: str
    tier: str
    model_id: str
    deployment: str
    price: Price
    body: bytes
    max_output_tokens: int
    deadline_at: datetime
    tools: int = 0
    attached_tokens: int = 0
    is_urgent: bool = False  # point-of-care work
    is_free: bool = False  # the provider never bills a call of this kind

    @property
    def worst_case(self) -> NanoUsd:
        if self.is_free:
            return NOTHING
        return pricing.worst_case(
            len(self.body),
            self.max_output_tokens,
            self.price,
            tools=self.tools,
            attached_tokens=self.attached_tokens,
        )


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """One attempt as the reply and the bill show it."""

    kind: str
    tier: str
    model_id: str
    deployment: str
    outcome: str
    state: str
    tokens: TokenCounts
    cost: NanoUsd
    latency_ms: float
    ended_at: float = field(default_factory=time.perf_counter)  # seconds, of a clock of its own

    @property
    def line(self) -> Line:
        """Return where its cost stands on the bill."""
        return line_of(self.kind, self.state, self.outcome)

    @property
    def is_answer(self) -> bool:
        """Return whether it has, or may have, given the caller an answer."""
        is_used = self.outcome != DISCARDED and self.state != "void"
        return self.kind in ANSWERING and is_used


@dataclass(frozen=True, slots=True)
class Served:
    """Who gave the answer."""

    tier: str
    model_id: str
    deployment: str


@dataclass(frozen=True, slots=True)
class Closing:
    """How a request ends, apart from what its attempts say."""

    state: str  # completed | failed | cancelled
    outcome: str
    latency_ms: float
    upstream_ms: float = 0.0
    time_to_first_token_ms: float | None = None
    is_truncated: bool = False
    cache_status: str = "off"
    uniform_opus: NanoUsd = NOTHING
    claim_end: ClaimEnd | None = None
    served: Served | None = None  # else whoever settled last


@dataclass(slots=True)
class Entry:
    """An admitted attempt; settle it, or leaving the block marks it unknown."""

    attempt: AttemptRow
    price: Price
    holds: tuple[Hold, ...]
    ended: list[EndedAttempt]  # of the whole page
    settlement: SettlementRow | None = None
    closing: Closing | None = None
    tokens: TokenCounts = field(default_factory=TokenCounts)

    def settle(
        self,
        tokens: TokenCounts,
        *,
        outcome: str,
        latency_ms: float,
        provider_request_id: str = "",
        http_status: int | None = 200,
        time_to_first_token_ms: float | None = None,
        is_batch: bool = False,
    ) -> NanoUsd:
        """State what the call cost; it is written when the block is left."""
        self.tokens = tokens
        cost = pricing.cost(tokens, self.price, is_batch=is_batch)
        self._end(
            "settled", outcome, latency_ms, http_status, provider_request_id, cost,
            time_to_first_token_ms,
        )  # fmt: skip
        return cost

    def void(self, *, outcome: str, latency_ms: float, http_status: int | None = None) -> None:
        """State that the provider proved to have done nothing, so nothing is owed."""
        self._end("void", outcome, latency_ms, http_status)

    def doubt(self, *, outcome: str, latency_ms: float, http_status: int | None = None) -> None:
        """State that nobody knows whether the call was billed; its hold stays."""
        self._end("unknown", outcome, latency_ms, http_status)

    def close(self, closing: Closing) -> None:
        """Make this the request's last settle."""
        self.closing = closing

    def _end(
        self,
        state: str,
        outcome: str,
        latency_ms: float,
        http_status: int | None,
        provider_request_id: str = "",
        cost: NanoUsd = NOTHING,
        time_to_first_token_ms: float | None = None,
    ) -> None:
        self.settlement = SettlementRow(
            id=self.attempt.id,
            state=state,
            settled_at=clock.now(),
            cost_nano_usd=cost,
            outcome=outcome[:48],
            http_status=http_status,
            provider_request_id=provider_request_id[:128],
            latency_ms=latency_ms,
            time_to_first_token_ms=time_to_first_token_ms,
            **token_columns(self.tokens),
        )
        self.ended.append(
            EndedAttempt(
                self.attempt.kind,
                self.attempt.tier,
                self.attempt.model_id,
                self.attempt.deployment,
                outcome,
                state,
                self.tokens,
                cost,
                latency_ms,
            )
        )


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
        return NanoUsd(sum(attempt.cost for attempt in self.ended))

    @property
    def upstream_ms(self) -> float:
        """Return the time spent waiting for providers, of calls made at once too, in ms."""
        if len(self.ended) == 1:
            return self.ended[0].latency_ms
        return _covered_ms(
            (a.ended_at * 1000 - a.latency_ms, a.ended_at * 1000) for a in self.ended
        )

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
        return NanoUsd(sum(attempt.cost for attempt in self.ended if attempt.line == line))

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
        await self._written_soon(operation)

    def _end_of(self, closing: Closing) -> Record:
        facts = (
            self._fact("request.closed", {"outcome": closing.outcome, "state": closing.state}),
        )
        row, end = self._closing_row(closing), self._claim_end(closing)
        return Record(
            self.row.tenant_id, facts, closing=row, claim_end=end, recounts=self._recounts
        )

    async def record(self, closing: Closing, **changes: Any) -> None:
        """Write at once a request that called no model: a denial, a cache hit, a rule's answer.

        An answer claims the request's Idempotency-Key with it. Raises the idempotency errors when
        another request did meanwhile; then nothing is written.
        """
        end = self._closing_row(closing).__dict__
        known = {name: value for name, value in end.items() if name not in DECIDED_LATER}
        row = self.row.changed(**{**known, **changes})
        facts = (
            self._fact(
                "request.recorded",
                {"outcome": closing.outcome, "state": row.state, "phi": dict(row.phi_counts)},
            ),
        )
        claim_end = self._claim_end(closing)
        is_answered = claim_end is not None and claim_end.state == "answered"
        operation = Record(
            self.row.tenant_id,
            facts,
            request=row,
            claim=self.claim if is_answered else None,
            claim_end=claim_end if is_answered else None,
        )
        outcome = await self._writer.submit(operation)
        if isinstance(outcome, Claimed):
            raise _refusal(outcome, self.claim)

    async def _admit(
        self, plans: Sequence[AttemptPlan], *, patience: float, spare: NanoUsd = NOTHING
    ) -> tuple[Entry, ...]:
        at = clock.now()
        attempts = tuple(self._attempt_row(plan, at) for plan in plans)
        operation = Admit(
            self.row.tenant_id,
            self._key_id,
            self.row.config_version,
            attempts,
            tuple(self._spending(attempt) for attempt in attempts),
            tuple(self._intent(attempt) for attempt in attempts),
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
        while True:
            left = max(ADMIT_PATIENCE_SECONDS * settings.ENGINE_PATIENCE, until - loop.time())
            outcome = await self._writer.submit(operation, patience=left)
            if isinstance(outcome, Admitted):
                return outcome.holds
            may_wait = (
                isinstance(outcome, Refused)
                and outcome.refusal.may_fit_later
                and loop.time() + WAIT_STEP_SECONDS < until
            )
            if not may_wait:
                raise _refusal(outcome, operation.claim)
            await asyncio.sleep(WAIT_STEP_SECONDS)

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
        facts = [self._result(attempt, row, entry.closing)]
        if freeze:
            facts.append(self._fact("deployment.frozen", freeze.record))
        operation = Settle(
            self.row.tenant_id,
            row,
            entry.holds,
            tuple(facts),
            closing=closing,
            claim_end=self._claim_end(entry.closing) if entry.closing else None,
            recounts=self._recounts,
            freeze=freeze,
        )
        self.is_open = self.is_open and closing is None
        await self._written_soon(operation)

    async def _written_soon(self, operation: Settle | Record) -> None:
        """Return once it is written, or soon: then the writer goes on trying."""
        task = asyncio.create_task(self._write_at_last(operation))
        _background.add(task)
        task.add_done_callback(_background.discard)
        patience = SETTLE_PATIENCE_SECONDS * settings.ENGINE_PATIENCE
        done, _ = await asyncio.wait({task}, timeout=patience)
        self.is_settlement_pending |= not done

    async def _write_at_last(self, operation: Settle | Record) -> None:
        """Go on until it is written, or an hour has passed.

        An attempt that nobody settles is marked unknown by the sweeper, after a crash as well.
        """
        for _ in range(SETTLE_TRIES):
            try:
                await self._writer.submit(operation)
                return
            except DatabaseUnavailable:
                log.warning("ledger.settlement_pending", request_id=str(self.row.id))
                await asyncio.sleep(SETTLE_RETRY_SECONDS)
        log.error("ledger.settlement_given_up", request_id=str(self.row.id))

    @property
    def _recounts(self) -> UUID | None:
        return self.row.id if self._may_end_late else None

    def _attempt_row(self, plan: AttemptPlan, at: datetime) -> AttemptRow:
        self._ordinal += 1
        return AttemptRow(
            id=clock.new_id(at),
            request_id=self.row.id,
            tenant_id=self.row.tenant_id,
            ordinal=self._ordinal,
            kind=plan.kind,
            tier=plan.tier,
            model_id=plan.model_id,
            deployment=plan.deployment,
            boot_id=BOOT_ID,
            admitted_at=at,
            deadline_at=plan.deadline_at,
            hold_nano_usd=plan.worst_case,
            price_id=plan.price.id,
            price=plan.price.frozen(),
            body_hash=crypto.keyed_hash(plan.body, purpose="attempt body"),
        )

    def pressure(self, task_type: str | None) -> BudgetRule | None:
        """Return a budget near its cap under which this request had better step down, if any."""
        return self._writer.pressure(replace(self._spending(), task_type=task_type or ""))

    def _spending(self, attempt: AttemptRow | None = None) -> Spending:
        """Return what an attempt is for. A user or case whose name is not kept still counts."""
        return Spending(
            tenant_id=self.row.tenant_id,
            client_id=self.row.client_id,
            task_type=self.row.task_type or self.row.declared_task_type,
            tier=attempt.tier if attempt else "",
            model_id=attempt.model_id if attempt else "",
            user_hash=self._user_hash,
            case_hash=self.row.case_hash or b"",
        )

    def _closing_row(self, closing: Closing) -> ClosingRow:
        tokens = sum((a.tokens for a in self.ended), TokenCounts())
        served = closing.served or self._last_settled()
        row = ClosingRow(
            id=self.row.id,
            state=closing.state,
            finished_at=clock.now(),
            tier=served.tier if served else self.row.tier,
            model_id=served.model_id if served else self.row.model_id,
            deployment=served.deployment if served else self.row.deployment,
            outcome=closing.outcome[:32],
            is_truncated=closing.is_truncated,
            cache_status=closing.cache_status,
            attempts=len(self.ended),
            cost_nano_usd=self.cost,
            model_nano_usd=self.spent_on("model"),
            classifier_nano_usd=self.spent_on("classifier"),
            other_nano_usd=self.spent_on("other"),
            uniform_opus_nano_usd=closing.uniform_opus,
            latency_ms=closing.latency_ms,
            upstream_ms=closing.upstream_ms,
            time_to_first_token_ms=closing.time_to_first_token_ms,
            **token_columns(tokens),  # type: ignore[arg-type]
        )
        return self._with_later_decision(row)

    def _last_settled(self) -> Served | None:
        answers = (a for a in reversed(self.ended) if a.is_answer)
        last = next((a for a in answers if a.state == "settled"), None)
        return Served(last.tier, last.model_id, last.deployment) if last else None

    def _with_later_decision(self, closing: ClosingRow) -> ClosingRow:
        """Return the row with what was decided after the request's first call had opened it."""
        if self._opened_as is None or self._opened_as is self.row:
            return closing
        return replace(closing, **{name: getattr(self.row, name) for name in DECIDED_LATER})

    def _claim_end(self, closing: Closing) -> ClaimEnd | None:
        return closing.claim_end if self.claim else None

    def _intent(self, attempt: AttemptRow) -> Fact:
        """What is recorded, durably, before byte 1 leaves (45 CFR 164.312(b))."""
        return self._fact(
            "attempt.admitted",
            {
                "attempt": attempt.id,
                "kind": attempt.kind,
                "task_type": self.row.task_type,
                "tier": attempt.tier,
                "model": attempt.model_id,
                "deployment": attempt.deployment,
                "held_usd": usd_text(attempt.hold_nano_usd),
                "body_hash": attempt.body_hash.hex(),
                "prompt_hash": self.row.prompt_hash.hex() if self.row.prompt_hash else None,
                "phi_policy": self.row.phi_policy,
                "phi": dict(self.row.phi_counts),
            },
        )

    def _result(self, attempt: AttemptRow, row: SettlementRow, closing: Closing | None) -> Fact:
        return self._fact(
            f"attempt.{row.state}",
            {
                "attempt": attempt.id,
                "outcome": row.outcome,
                "cost_usd": usd_text(row.cost_nano_usd),
                "provider_request": row.provider_request_id,
                "request_state": closing.state if closing else None,
            },
        )

    def _fact(self, kind: str, facts: Mapping[str, Any]) -> Fact:
        who = {"client": self.row.client_id, "key": self.row.key_prefix}
        return Fact(kind, {**who, **facts}, self.row.id, self.row.user)


def _patience(plan: AttemptPlan) -> float:
    """Return for how many seconds calls in flight may be waited for, when only they block."""
    left = (plan.deadline_at - clock.now()).total_seconds()
    return max(0.0, left) * WAIT_SHARE_OF_DEADLINE


def _covered_ms(spans: Iterable[tuple[float, float]]) -> float:
    """Return how much time the spans, in milliseconds, cover together."""
    covered, until = 0.0, -math.inf
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered


def _refusal(outcome: object, claim: ClaimRow | None) -> RouterError:
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
