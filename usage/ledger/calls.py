"""One outbound call as it is planned, and as it ended."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from routerproject.shared import clock, crypto
from routerproject.shared.money import NOTHING, NanoUsd
from usage import pricing
from usage.catalog import Price
from usage.ledger.bill import Line, line_of
from usage.ledger.rows import BOOT_ID, AttemptRow, RequestRow
from usage.models import DISCARDED
from usage.pricing import TokenCounts

# The calls that can be a request's answer; the others only help to find or to judge one.
ANSWERING = frozenset({"main", "fallback", "escalation", "speculation"})

# What is asked about an answer when it has been given.
BESIDES = frozenset({"judge", "shadow"})


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

    def row(self, request: RequestRow, ordinal: int, at: datetime) -> AttemptRow:
        """Return what is written of it before byte 1."""
        return AttemptRow(
            id=clock.new_id(at),
            request_id=request.id,
            tenant_id=request.tenant_id,
            ordinal=ordinal,
            kind=self.kind,
            tier=self.tier,
            model_id=self.model_id,
            deployment=self.deployment,
            boot_id=BOOT_ID,
            admitted_at=at,
            deadline_at=self.deadline_at,
            hold_nano_usd=self.worst_case,
            price_id=self.price.id,
            price=self.price.frozen(),
            body_hash=crypto.keyed_hash(self.body, purpose="attempt body"),
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


def covered_ms(spans: Iterable[tuple[float, float]]) -> float:
    """Return how much time the spans, in milliseconds, cover together."""
    covered, until = 0.0, -math.inf
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered
