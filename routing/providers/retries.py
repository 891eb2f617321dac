"""One deployment, asked again only when a failure proves that it did nothing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from routing.errors import ProviderFailed
from routing.providers.attempt import Attempt, call_once
from routing.providers.backoff import pause_seconds
from routing.providers.gate import Gate
from routing.providers.retry_budget import Tries
from routing.types import Candidate, ProviderReply

Reply = TypeVar("Reply")
Call = Callable[[Attempt, Gate], Awaitable[Reply]]  # call_whole or stream_once
_dice = random.SystemRandom()
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one candidate is asked again before the next of the chain gets its turn."""

    retries: int
    has_fallback: bool

    @classmethod
    def with_next(cls, following: Candidate | None, candidate: Candidate) -> "Patience":
        """Return none when the same model answers elsewhere, one before another model."""
        if following is None:
            return cls(retries=2, has_fallback=False)
        is_same_model = following.model == candidate.model
        return cls(retries=0 if is_same_model else 1, has_fallback=True)


async def call_whole(attempt: Attempt, gate: Gate) -> ProviderReply:
    """Make one call through the gate and return its whole answer."""
    async with gate.entered(attempt) as passing:
        reply = await call_once(attempt)
        passing.used(reply.usage)
        return reply


async def call_with_retries(
    call: Call[Reply], attempt: Attempt, tries: Tries, patience: Patience, gate: Gate
) -> Reply:
    """Return the answer of one deployment; each call has a hold of its own.

    Raises what the last call raised.
    """
    for failures in range(1, patience.retries + 2):
        try:
            return await call(attempt, gate)
        except ProviderFailed as failure:
            pause = _pause(failure, failures, attempt, patience)
            if failures > patience.retries or pause is None or not tries.take():
                raise
            log.info(
                "provider.asked_again",
                deployment=attempt.candidate.deployment.slug,
                outcome=failure.extra.get("outcome"),
                pause_ms=round(pause * 1000),
            )
        await asyncio.sleep(pause)
    raise AssertionError("The last failure was raised.")


def _pause(
    failure: ProviderFailed, failures: int, attempt: Attempt, patience: Patience
) -> float | None:
    """Return the seconds to wait, or None when asking again is no use or not safe."""
    if not (failure.may_retry and failure.did_no_work):
        return None
    return pause_seconds(
        failures,
        asked_seconds=failure.retry_after_seconds,
        remaining_seconds=attempt.deadline.remaining_seconds,
        has_fallback=patience.has_fallback,
        chance=_dice.random(),
    )
