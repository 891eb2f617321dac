"""What stands before every call of this process: limits, circuit breakers, the retry budget."""

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from routing.errors import (
    CircuitOpen,
    DeadlineExceeded,
    DeploymentFrozen,
    DeploymentFull,
    NotConfigured,
    ProviderFailed,
    ProviderRefused,
    SpendLimitReached,
    UsageImplausible,
)
from routing.providers.attempt import Attempt
from routing.providers.retry_budget import RetryBudget
from routing.providers.together import NotTogether
from usage.capacity.board import Board, Ending
from usage.capacity.limiter import Full, Lease, Limiter
from usage.configuration import CallerLimits
from usage.errors import RateLimited
from usage.pricing import TokenCounts

SPEND_LIMIT_OPEN_MS: Final = (
    60_000  # somebody has to raise it; until then a look a minute is enough
)
# The deployment's own fault: its key, its account, its model.
BROKEN_ACCOUNT: Final = frozenset({401, 402, 403, 404})
# Of the time a request has left, how much it may spend waiting for a deployment that is full.
PATIENCE: Final = {"real_time": 0.1, "interactive": 0.25, "background": 0.25}
PATIENCE_ALONE: Final = 0.5  # nobody else could answer
WELL: Final = Ending("well")
NOWHERE: Final = Ending("nowhere")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Passing:
    """A call that was let through, with the tokens that it takes from the deployment's limits."""

    input_tokens: int
    output_tokens: int

    def used(self, usage: TokenCounts) -> None:
        """Say what it really took; what the prompt cache held does not count."""
        written = usage.cache_creation_5m_input_tokens + usage.cache_creation_1h_input_tokens
        self.input_tokens = usage.input_tokens + written
        self.output_tokens = usage.output_tokens


class Gate:
    """Lets a call through to a deployment, or not, and learns from how it ended."""

    def __init__(self, board: Board, limiter: Limiter) -> None:
        self.board = board
        self.limiter = limiter
        self.budget = RetryBudget()

    def start(self) -> None:
        self.board.start()
        self.limiter.start()

    async def close(self) -> None:
        await self.board.close()
        await self.limiter.close()

    def health(self) -> Mapping[str, bool]:
        """Return, by slug, which deployments may not be called now; the others may."""
        return self.board.health()

    def headroom(self) -> Mapping[str, float]:
        """Return the free share of deployments that have limits, by slug."""
        return self.limiter.headroom.shares()

    @asynccontextmanager
    async def entered(self, attempt: Attempt) -> AsyncIterator[Passing]:
        """Let one call pass. Raises DeploymentFull, DeploymentFrozen or CircuitOpen before anything
        was held or sent.

        The caller says what it used; what it does not say is taken to have been used.
        """
        slug = attempt.candidate.deployment.slug
        if attempt.candidate.deployment.is_frozen:
            raise DeploymentFrozen(outcome="deployment-frozen")
        if slug in self.board.health():
            raise self._open(slug)
        leases = await self._leases(attempt)
        passing = Passing(leases[0].need.input_tokens, leases[0].need.output_tokens)
        try:
            async with self._past_breaker(attempt):
                yield passing
        except ProviderFailed as failure:
            if failure.did_no_work:
                passing.used(TokenCounts())
            raise
        except NotTogether:
            passing.used(TokenCounts())
            raise
        finally:
            await self._give_back(leases, passing)

    async def _leases(self, attempt: Attempt) -> list[Lease]:
        """Return the call's share of the limits of who asks, and of the deployment's.

        Raises RateLimited, or DeploymentFull; then nothing was taken.
        """
        leases: list[Lease] = []
        try:
            for limits in attempt.limits:
                leases.append(await self._lease_of_caller(limits, attempt))
            leases.append(await self._lease(attempt))
        except BaseException:
            await self._give_back(leases, Passing(0, 0))
            raise
        return leases

    async def _give_back(self, leases: list[Lease], passing: Passing) -> None:
        for lease in leases:
            await self.limiter.give_back(
                lease, input_tokens=passing.input_tokens, output_tokens=passing.output_tokens
            )

    async def _lease_of_caller(self, limits: CallerLimits, attempt: Attempt) -> Lease:
        """Return the share of a client's or tenant's limits, without any wait."""
        try:
            return await self.limiter.take(
                limits,
                attempt.need,
                urgency=attempt.urgency,
                patience_seconds=0.0,
            )
        except Full as full:
            kind = limits.slug.partition(":")[0]
            raise RateLimited(
                f"This {kind} may not use more tokens a minute, or make more calls at once.",
                retry_after_seconds=full.retry_after_seconds,
            ) from None

    async def _lease(self, attempt: Attempt) -> Lease:
        """Return the call's share of the limits, waiting for a part of the time that is left."""
        share = _share_for_waiting(attempt)
        try:
            return await self.limiter.take(
                attempt.candidate.deployment,
                attempt.need,
                urgency=attempt.urgency,
                patience_seconds=max(0.0, attempt.deadline.remaining_seconds * share),
            )
        except Full as full:
            raise DeploymentFull(
                retry_after_seconds=full.retry_after_seconds, outcome="deployment-full"
            ) from None

    def _open(self, slug: str) -> CircuitOpen:
        wait = max(1, math.ceil(self.board.seconds_closed(slug)))
        return CircuitOpen(retry_after_seconds=wait, outcome="circuit-open")

    @asynccontextmanager
    async def _past_breaker(self, attempt: Attempt) -> AsyncIterator[None]:
        """Let one call pass, and tell the breaker how it went."""
        slug = attempt.candidate.deployment.slug
        passage = await self.board.enter(slug)
        if passage is None:
            raise self._open(slug)
        ending = NOWHERE
        try:
            yield
            ending = WELL
        except (ProviderFailed, DeadlineExceeded) as failure:
            ending = ending_of(failure)
            _call_for_help(attempt, failure)
            raise
        finally:
            await self.board.leave(passage, ending)


def _share_for_waiting(attempt: Attempt) -> float:
    """Return how much of the time left a call may wait for room at its deployment."""
    if attempt.is_optional or attempt.has_twin:
        return 0.0
    return PATIENCE[attempt.urgency] if attempt.has_fallback else PATIENCE_ALONE


def ending_of(failure: ProviderFailed | DeadlineExceeded) -> Ending:
    """Return what a failure says about the deployment, which is not always to blame.

    A deadline of the caller's says nothing, unless the deployment had its time (`is_timeout`).
    """
    cause = str(failure.extra.get("outcome") or failure.problem)
    if isinstance(failure, NotConfigured):
        return NOWHERE
    if isinstance(failure, SpendLimitReached):
        return Ending("badly", cause, open_for_ms=SPEND_LIMIT_OPEN_MS)
    if isinstance(failure, ProviderRefused):
        is_broken = failure.extra.get("http_status") in BROKEN_ACCOUNT
        return Ending("badly", cause) if is_broken else WELL
    if isinstance(failure, DeadlineExceeded) and not failure.extra.get("is_timeout"):
        return NOWHERE
    return Ending("badly", cause)


def _call_for_help(attempt: Attempt, failure: Exception) -> None:
    """Say aloud what only a person can mend. No key and no words of the provider's."""
    slug = attempt.candidate.deployment.slug
    if isinstance(failure, UsageImplausible):
        log.error(
            "provider.usage_implausible",
            deployment=slug,
            request_id=str(attempt.page.row.id),
            outcome=failure.extra.get("outcome"),
        )
    if isinstance(failure, SpendLimitReached | ProviderRefused) and (
        isinstance(failure, SpendLimitReached) or failure.extra.get("http_status") in BROKEN_ACCOUNT
    ):
        log.error("provider.needs_attention", deployment=slug, outcome=failure.extra.get("outcome"))
