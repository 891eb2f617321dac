"""One deployment, asked again only when a failure proves that it did nothing."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
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


def retries_before(
    further: Sequence[Candidate], *, provider: str, has_twin: bool, left: int
) -> int:
    """Return how often a candidate of a provider is asked again before the `further` ones.

    Never where the same model answers elsewhere. Otherwise once, unless of the calls `left` one of
    another provider would get none: what is down at one provider is often all of it.
    """
    if not further:
        return 2
    if has_twin:
        return 0
    is_elsewhere = any(each.deployment.provider != provider for each in further)
    return 0 if is_elsewhere and left <= len(further) else 1


async def call_whole(attempt: Attempt, gate: Gate) -> ProviderReply:
    """Make one call through the gate and return its whole answer."""
    async with gate.entered(attempt) as passing:
        reply = await call_once(attempt)
        passing.used(reply.usage)
        return reply


async def call_with_retries(
    call: Call[Reply], attempt: Attempt, tries: Tries, retries: int, gate: Gate
) -> Reply:
    """Return the answer of one deployment; each call has a hold of its own.

    Raises what the last call raised.
    """
    for failures in range(1, retries + 2):
        try:
            return await call(attempt, gate)
        except ProviderFailed as failure:
            pause = _pause(failure, failures, attempt)
            if failures > retries or pause is None or not tries.take():
                raise
            log.info(
                "provider.asked_again",
                deployment=attempt.candidate.deployment.slug,
                outcome=failure.extra.get("outcome"),
                pause_ms=round(pause * 1000),
            )
        await asyncio.sleep(pause)
    raise AssertionError("The last failure was raised.")


def _pause(failure: ProviderFailed, failures: int, attempt: Attempt) -> float | None:
    """Return the seconds to wait, or None when asking again is no use or not safe."""
    if not (failure.may_retry and failure.did_no_work):
        return None
    return pause_seconds(
        failures,
        asked_seconds=failure.retry_after_seconds,
        remaining_seconds=attempt.deadline.remaining_seconds,
        has_fallback=attempt.has_fallback,
        chance=_dice.random(),
    )
