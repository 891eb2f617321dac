"""The one door out, for model calls of every kind: scan, admit, socket, settle."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings

from phi import egress
from phi.errors import EgressDenied
from phi.patient_index import PatientIndex
from phi.types import KnownIdentifier, PhiPolicy
from routerproject.shared import clock
from routerproject.shared.changing import Changing
from routing.errors import (
    DeadlineExceeded,
    ProviderAmbiguous,
    ProviderFailed,
    UsageImplausible,
)
from routing.providers.base import Provider
from routing.providers.clients import Clients
from routing.types import Candidate, ProviderReply, Urgency
from usage import pricing
from usage.capacity.allowance import Need
from usage.configuration import CallerLimits
from usage.ledger import DISCARDED, AttemptPlan, Entry, Page
from usage.ledger.closing import Closing
from usage.pricing import TokenCounts

SHORTEST_CALL_SECONDS = 0.05
BYTES_PER_TOKEN = 4  # of usual text; what a call really took is known when it has ended
NEARLY_ALL = 0.9  # of a usual deadline; the router's own work takes the rest
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the request must be answered, on the wall and on the clock that never jumps."""

    at: datetime
    monotonic: float

    @classmethod
    def after(cls, milliseconds: float) -> "Deadline":
        return cls(
            clock.now() + timedelta(milliseconds=milliseconds),
            time.monotonic() + milliseconds / 1000,
        )

    @property
    def remaining_seconds(self) -> float:
        return self.monotonic - time.monotonic()


@dataclass(frozen=True)
class Attempt(Changing):
    """One outbound call: to whom, with which bytes, for which request."""

    kind: str  # main | fallback | classifier | ...
    candidate: Candidate
    body: bytes
    max_output_tokens: int
    page: Page
    clients: Clients
    deadline: Deadline
    known: Sequence[KnownIdentifier]
    policy: PhiPolicy
    patients: PatientIndex | None = None
    urgency: Urgency = "interactive"
    has_fallback: bool = False  # somebody else could answer, so less time is spent on waiting
    has_twin: bool = False  # the same model is asked elsewhere next, so no time is spent on it
    is_stream: bool = False
    tools: int = 0
    attached_tokens: int = 0
    limits: tuple[CallerLimits, ...] = ()  # of who asks
    headers: Mapping[str, str] = field(default_factory=dict)  # of this call alone
    closing: Callable[[ProviderReply], Closing | None] = lambda reply: None
    broken: Callable[[ProviderReply, ProviderFailed], Closing | None] = lambda reply, failure: None
    is_optional: bool = False  # nobody misses it, so it waits for no place
    # Of a call that is made beside another: how it is admitted with that one, and, known later,
    # whether its answer is wanted.
    door: Callable[[AttemptPlan], AbstractAsyncContextManager[Entry]] | None = None
    is_wanted: Callable[[], Awaitable[bool]] | None = None

    @property
    def provider(self) -> Provider:
        """Return who is asked, with what leaves in the headers. Raises NotConfigured."""
        client = self.clients.of(self.candidate.deployment)
        return client.saying(self.headers) if self.headers else client

    @property
    def timeout_seconds(self) -> float:
        """Return how long the call may take from now."""
        return min(self.deadline.remaining_seconds, self.candidate.model.timeout_ms / 1000)

    def is_silence(self, waited_seconds: float) -> bool:
        """Return whether a deployment that said nothing for so long failed, whoever gave up.

        It had as long as the model may take, or as a request that names no deadline would have
        given it. With less, its caller was in a hurry, which says nothing about the deployment.
        """
        usual_ms: float = settings.REQUEST_DEADLINE_MS * NEARLY_ALL
        return waited_seconds * 1000 >= min(self.candidate.model.timeout_ms, usual_ms)

    @property
    def need(self) -> Need:
        """Return what the call takes of its deployment's limits, at most; tokens are estimated."""
        return Need(
            input_tokens=len(self.body) // BYTES_PER_TOKEN + self.attached_tokens,
            output_tokens=self.max_output_tokens,
            is_urgent=self.urgency == "real_time",
        )

    def admitted(self) -> AbstractAsyncContextManager[Entry]:
        """Return the block in which the call is made: admitted at its start, settled at its end."""
        return (self.door or self.page.admitted)(self.plan)

    async def outcome_of(self, reply: ProviderReply) -> str:
        """Return the word for an answer in the ledger, once it is known whether it is wanted."""
        if self.is_wanted is not None and not await self.is_wanted():
            return DISCARDED
        return reply.stop_reason or "none"

    def believed(self, reply: ProviderReply) -> ProviderReply:
        """Return the answer, or raise UsageImplausible when it cannot have read so many tokens, or
        so few.

        Such a figure would empty a budget, or leave a cost out; what is held covers all that the
        call can have cost.
        """
        most = pricing.most_input_tokens(
            len(self.body), tools=self.tools, attached_tokens=self.attached_tokens
        )
        usage, price = reply.usage, self.candidate.price
        if pricing.is_far_above(usage, most) or pricing.is_far_below(usage, price, self.body):
            raise UsageImplausible(outcome="usage-implausible", http_status=200)
        return reply

    @property
    def plan(self) -> AttemptPlan:
        return AttemptPlan(
            kind=self.kind,
            tier=self.candidate.tier,
            model_id=self.candidate.model.model_id,
            deployment=self.candidate.deployment.slug,
            price=self.candidate.price,
            body=self.body,
            max_output_tokens=self.max_output_tokens,
            deadline_at=self.deadline.at,
            tools=self.tools,
            attached_tokens=self.attached_tokens,
            is_urgent=self.urgency == "real_time",
        )


async def call_once(attempt: Attempt) -> ProviderReply:
    """Scan, admit, send and settle one call. Raises RouterError; ProviderFailed after it left."""
    provider = attempt.provider
    await scan(attempt, provider.headers)
    if attempt.timeout_seconds < SHORTEST_CALL_SECONDS:
        raise DeadlineExceeded
    async with attempt.admitted() as entry:
        timeout = attempt.timeout_seconds  # after what waiting for budget left of it
        if timeout < SHORTEST_CALL_SECONDS:
            entry.void(outcome="deadline-before-send", latency_ms=0.0)
            raise DeadlineExceeded
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                model_id = attempt.candidate.model.model_id
                reply = attempt.believed(await provider.send(attempt.body, model_id=model_id))
        except ProviderFailed as failure:
            end = entry.void if failure.did_no_work else entry.doubt
            end(
                outcome=str(failure.extra.get("outcome", failure.problem)),
                latency_ms=(time.perf_counter() - started) * 1000,
                http_status=failure.extra.get("http_status"),
            )
            raise
        except TimeoutError:
            waited = time.perf_counter() - started
            entry.doubt(outcome="timeout", latency_ms=waited * 1000)
            if attempt.deadline.remaining_seconds < SHORTEST_CALL_SECONDS:
                raise DeadlineExceeded(is_timeout=attempt.is_silence(waited)) from None
            raise ProviderAmbiguous(outcome="timeout", is_timeout=True) from None
        entry.settle(
            reply.usage,
            outcome=await attempt.outcome_of(reply),
            latency_ms=reply.latency_ms,
            provider_request_id=reply.provider_request_id,
            time_to_first_token_ms=reply.time_to_first_token_ms,
        )
        entry.closing = attempt.closing(reply)
    return reply


async def count_once(attempt: Attempt, closing: Callable[[], Closing]) -> int:
    """Scan, admit and ask for the number of input tokens of a body. Raises as `call_once` does.

    It is free, so nothing is held; but text leaves for it, so it has a row like any other call.
    """
    provider = attempt.provider
    await scan(attempt, provider.headers)
    if attempt.timeout_seconds < SHORTEST_CALL_SECONDS:
        raise DeadlineExceeded
    async with attempt.page.admitted(replace(attempt.plan, is_free=True)) as entry:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(attempt.timeout_seconds):
                found = await provider.count(attempt.body)
        except (ProviderFailed, TimeoutError) as failure:
            facts = failure.extra if isinstance(failure, ProviderFailed) else {}
            entry.void(
                outcome=str(facts.get("outcome", "timeout")),
                latency_ms=(time.perf_counter() - started) * 1000,
                http_status=facts.get("http_status"),
            )
            if isinstance(failure, TimeoutError):
                raise DeadlineExceeded from None
            raise
        entry.settle(
            TokenCounts(), outcome="counted", latency_ms=(time.perf_counter() - started) * 1000
        )
        entry.closing = closing()
    return found


async def scan(attempt: Attempt, headers: Mapping[str, str]) -> None:
    """The last look at the very bytes and headers; a hit refuses before any money is held."""
    known, policy, patients = attempt.known, attempt.policy, attempt.patients
    look = partial(
        egress.look, attempt.body, headers, known=known, policy=policy, patients=patients
    )
    is_quick = egress.is_quick(attempt.body, known, patients, policy=policy)
    seen = look() if is_quick else await asyncio.to_thread(look)
    stays_inside = attempt.candidate.deployment.is_on_premise
    stopping = egress.stopping(seen, policy, stays_inside=stays_inside)
    if stopping:
        raise EgressDenied(reasons=egress.reasons_of(stopping))
