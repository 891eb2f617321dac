"""What stands before every call of this process: circuit breakers and the retry budget."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from routing.errors import (
    CircuitOpen,
    DeadlineExceeded,
    NotConfigured,
    ProviderFailed,
    ProviderRefused,
    SpendLimitReached,
)
from routing.providers.retry_budget import RetryBudget
from usage.capacity.board import Board, Ending

SPEND_LIMIT_OPEN_MS: Final = (
    60_000  # somebody has to raise it; until then a look a minute is enough
)
# A caller in a hurry says nothing about the provider; silence for so long does.
SILENCE_SECONDS: Final = 10.0
# The deployment's own fault: its key, its account, its model.
BROKEN_ACCOUNT: Final = frozenset({401, 402, 403, 404})
WELL: Final = Ending("well")
NOWHERE: Final = Ending("nowhere")

log = structlog.get_logger(__name__)


class Gate:
    """Lets a call through to a deployment, or not, and learns from how it ended."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.budget = RetryBudget()

    def start(self) -> None:
        self.board.start()

    async def close(self) -> None:
        await self.board.close()

    def health(self) -> Mapping[str, bool]:
        """Return, by slug, which deployments may not be called now; the others may."""
        return self.board.health()

    @asynccontextmanager
    async def entered(self, slug: str) -> AsyncIterator[None]:
        """Let one call pass. Raises CircuitOpen before anything was held or sent."""
        passage = await self.board.enter(slug)
        if passage is None:
            wait = max(1, round(self.board.seconds_closed(slug)))
            raise CircuitOpen(retry_after_seconds=wait, outcome="circuit-open")
        started, ending = time.monotonic(), NOWHERE
        try:
            yield
            ending = WELL
        except (ProviderFailed, DeadlineExceeded) as failure:
            ending = ending_of(failure, waited_seconds=time.monotonic() - started)
            _call_for_help(slug, failure)
            raise
        finally:
            await self.board.leave(passage, ending)


def ending_of(failure: ProviderFailed | DeadlineExceeded, *, waited_seconds: float) -> Ending:
    """Return what a failure says about the deployment, which is not always to blame."""
    cause = str(failure.extra.get("outcome") or failure.problem)
    if isinstance(failure, NotConfigured):
        return NOWHERE
    if isinstance(failure, SpendLimitReached):
        return Ending("badly", cause, open_for_ms=SPEND_LIMIT_OPEN_MS)
    if isinstance(failure, ProviderRefused):
        is_broken = failure.extra.get("http_status") in BROKEN_ACCOUNT
        return Ending("badly", cause) if is_broken else WELL
    is_timeout = isinstance(failure, DeadlineExceeded) or failure.extra.get("is_timeout")
    if is_timeout and waited_seconds < SILENCE_SECONDS:
        return NOWHERE
    return Ending("badly", cause)


def _call_for_help(slug: str, failure: Exception) -> None:
    """Say aloud what only a person can mend. No key and no words of the provider's."""
    if isinstance(failure, SpendLimitReached | ProviderRefused) and (
        isinstance(failure, SpendLimitReached) or failure.extra.get("http_status") in BROKEN_ACCOUNT
    ):
        log.error("provider.needs_attention", deployment=slug, outcome=failure.extra.get("outcome"))
