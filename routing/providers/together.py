"""Two calls made at once, whose money is held in one transaction: of both, or of the first alone.

Each goes its whole way by itself (gate, scan, socket, settle); at the ledger they meet. The first
is made in any case. The second is not made unless both go together.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from routerproject.shared.errors import RouterError
from routerproject.shared.money import NanoUsd
from usage.errors import BudgetExceeded
from usage.ledger import AttemptPlan, Entry, Page


class NotTogether(RouterError):
    """The second call was not made: there was no first one, or no room for both."""

    status = 503
    problem = "overloaded"
    title = "Nothing was sent."


class Together:
    """Where two calls of one request meet before they are admitted.

    `spare` is the money, in nano-USD, that must be left for another call besides.
    """

    def __init__(self, page: Page, *, spare: NanoUsd) -> None:
        loop = asyncio.get_running_loop()
        self._page = page
        self._spare = spare
        self._second: asyncio.Future[AttemptPlan | None] = loop.create_future()
        self._entry: asyncio.Future[Entry] = loop.create_future()  # of the second

    @asynccontextmanager
    async def first(self, plan: AttemptPlan) -> AsyncIterator[Entry]:
        """Admit the first call, with the second one if it comes and every budget has room."""
        second = await self._second
        entry = await self._both(plan, second) if second is not None else None
        if entry is None:
            async with self._page.admitted(plan) as alone:
                yield alone
            return
        async with self._page.carried(entry):
            yield entry

    @asynccontextmanager
    async def second(self, plan: AttemptPlan) -> AsyncIterator[Entry]:
        """Wait to be admitted with the first call. Raises NotTogether."""
        self._second.set_result(plan)
        async with self._page.carried(await self._entry) as entry:
            yield entry

    def first_ended(self) -> None:
        """Say that the first call will not come to the ledger any more."""
        if not self._entry.done():
            self._entry.set_exception(NotTogether())
            self._entry.exception()  # the second may never have come to ask

    def second_ended(self) -> None:
        """Say the same of the second."""
        if not self._second.done():
            self._second.set_result(None)

    async def _both(self, plan: AttemptPlan, second: AttemptPlan) -> Entry | None:
        """Return the first call's entry, or None where a budget has no room for both."""
        try:
            own, other = await self._page.held(plan, second, spare=self._spare)
        except BudgetExceeded:
            self.first_ended()
            return None
        self._entry.set_result(other)
        return own
