"""Calls that only money held by others keeps out, in the order they came, of one writer.

A hold that ends calls the first in line. Whoever leaves, with its money or without, calls the next,
and whoever is refused calls one for which what was left is enough. So a hold that ends costs about
one question however many wait, and a large call in front keeps no small one waiting. Holds of other
workers end unseen: the first in line asks by itself now and then, and everybody once more before
giving up.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from usage.budgets import Refusal
from usage.ledger.operations import Operation, Settle
from usage.models import AttemptState

STEP_SECONDS: Final = 0.05

Line = tuple[int, int]  # a budget period, and what of its cap is kept from those who wait


@dataclass(slots=True, eq=False)
class Waiter:
    """A call that asks for money; `called` is set when asking again may help."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    line: Line | None = None
    worst_case: int = 0  # in nano-USD


class WaitingLines:
    """Who waits for which budget periods."""

    def __init__(self) -> None:
        self._lines: dict[Line, dict[Waiter, None]] = {}

    @contextlib.contextmanager
    def place(self) -> Iterator[Waiter]:
        """Yield a place that is kept until the end of the block, whatever happens in it."""
        waiter = Waiter()
        try:
            yield waiter
        finally:
            self._leave(waiter)

    async def wait(self, waiter: Waiter, refusal: Refusal, seconds: float) -> None:
        """Return when asking again may help, or after so many seconds."""
        line = self._joined(waiter, refusal)
        self._call_one(line, room=refusal.room)
        is_first = next(iter(self._lines[line])) is waiter
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, STEP_SECONDS) if is_first else seconds):
                await waiter.called.wait()

    def ended(self, operations: Iterable[Operation]) -> None:
        """Call those for whom the holds that have ended leave enough; in each line at least one."""
        if not self._lines:
            return
        freed = _freed(operations)
        for line in self._lines:
            if line[0] in freed:
                self._call(line, freed[line[0]])

    def _joined(self, waiter: Waiter, refusal: Refusal) -> Line:
        """Return the line that a call stands in; it may be another than before."""
        line = refusal.period_id, refusal.kept
        waiter.worst_case = refusal.worst_case
        if waiter.line != line:
            self._leave(waiter)
            waiter.line = line
            self._lines.setdefault(line, {})[waiter] = None
        return line

    def _leave(self, waiter: Waiter) -> None:
        if waiter.line is None:
            return
        line, waiter.line = waiter.line, None
        self._lines[line].pop(waiter)
        if self._lines[line]:
            self._call_one(line)
        else:
            del self._lines[line]

    def _call(self, line: Line, money: int) -> None:
        """Call from the front those for whom so much money, in nano-USD, is enough together."""
        for waiter in self._lines[line]:
            waiter.called.set()
            money -= waiter.worst_case
            if money <= 0:
                return

    def _call_one(self, line: Line, *, room: int | None = None) -> None:
        """Call the first in a line, or the first for which so much money is enough."""
        for waiter in self._lines[line]:
            if room is None or waiter.worst_case <= room:
                waiter.called.set()
                return


def _freed(operations: Iterable[Operation]) -> dict[int, int]:
    """Return how much of each budget period may be held anew after a commit, in nano-USD."""
    freed: dict[int, int] = {}
    for operation in operations:
        if isinstance(operation, Settle) and operation.settlement.state != AttemptState.UNKNOWN:
            for hold in operation.holds:
                spared = hold.amount - operation.settlement.cost_nano_usd
                freed[hold.period_id] = freed.get(hold.period_id, 0) + spared
    return freed
