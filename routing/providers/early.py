"""A call begun before it is known whether it is the right one.

It goes through the one door like any other. When it turns out to be what is asked for, its answer
is taken; else it is left to end by itself, so that what is written is what was billed. Nothing of
it is shown or kept before.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, Final, Generic

from routing.errors import BudgetExceeded, CircuitOpen, DeploymentFull, EgressDenied, NotConfigured
from routing.providers import outliving
from routing.providers.attempt import Attempt
from routing.providers.gate import Gate
from routing.providers.live import LiveStream
from routing.providers.retries import Call, Reply
from routing.providers.together import NotTogether, Together
from routing.types import ProviderReply
from usage.errors import RateLimited
from usage.ledger.closing import Closing

# Nothing was sent, so the call can be made as if there had been none.
NOT_BEGUN: Final = (
    *(NotTogether, BudgetExceeded, RateLimited),
    *(CircuitOpen, DeploymentFull, NotConfigured, EgressDenied),
)


class Early(Generic[Reply]):
    """One call on its way. `call` is `call_whole` or `stream_once`."""

    def __init__(self, attempt: Attempt, call: Call[Reply], gate: Gate, together: Together) -> None:
        self.attempt = attempt
        self._real: Attempt | None = None  # the call that it turned out to be
        self._wanted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        made = replace(
            attempt,
            is_optional=True,
            door=together.second,
            is_wanted=self._is_wanted,
            closing=self._closing,
            broken=self._broken,
        )
        self._task = outliving.begin(_made(call(made, gate), together), name="early call")

    @property
    def has_begun(self) -> bool:
        """Return whether it went to the provider, or may have."""
        task = self._task
        return not (task.done() and (task.cancelled() or isinstance(task.exception(), NOT_BEGUN)))

    def fits(self, attempt: Attempt) -> bool:
        """Return whether this is the very call that is to be made now."""
        same = attempt.candidate == self.attempt.candidate and attempt.body == self.attempt.body
        return same and not self._wanted.done()

    def instead_of(self, call: Call[Reply]) -> Call[Reply]:
        """Return a call that takes this one's answer where it fits, and else is made itself."""

        async def made(attempt: Attempt, gate: Gate) -> Reply:
            if not self.fits(attempt):
                self.drop()
                return await call(attempt, gate)
            try:
                return await self._taken(attempt)
            except NOT_BEGUN:
                return await call(attempt, gate)

        return made

    def drop(self) -> None:
        """Want it no longer, unless it was taken: it ends by itself, and is billed."""
        if not self._wanted.done():
            self._wanted.set_result(False)
            self._task.add_done_callback(_left_alone)

    async def _taken(self, attempt: Attempt) -> Reply:
        self._real = attempt
        self._wanted.set_result(True)
        return await asyncio.shield(self._task)

    async def _is_wanted(self) -> bool:
        return await asyncio.shield(self._wanted)

    def _closing(self, reply: ProviderReply) -> Closing | None:
        return self._real.closing(reply) if self._real else None

    def _broken(self, reply: ProviderReply, failure: Any) -> Closing | None:
        return self._real.broken(reply, failure) if self._real else None


async def _made(call: Awaitable[Reply], together: Together) -> Reply:
    try:
        return await call
    finally:
        together.second_ended()


def _left_alone(task: asyncio.Task[Any]) -> None:
    """Let a stream go on without a reader, so that it comes to its bill."""
    if not task.cancelled() and task.exception() is None and isinstance(task.result(), LiveStream):
        task.result().abandon()
