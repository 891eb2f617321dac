"""Turns on the event loop: one piece of work of some milliseconds at a time, the urgent first.

Between two of them the loop does everything else that is ready, so of many requests that come at
once none holds up a stream, or a refusal, for longer than one piece. How long the line is tells
whoever comes whether its turn would come in time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

BEGUN: Final = 0  # who had a turn already finishes first
RANKS: Final = 4  # and three that begin, the most urgent first
# Every so many turns whoever has waited longest goes, whatever its rank: nobody waits for ever.
TURNS_UNTIL_OLDEST: Final = 8
TURNS_OF_ONE: Final = 2  # who begins comes back once
NEW_SHARE: Final = 0.1  # of the last turn in the mean of all

Result = TypeVar("Result")
Line = deque[tuple[int, asyncio.Future[None]]]


class Turns:
    """Whose turn it is on one event loop."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lines: tuple[Line, ...] = tuple(deque() for _ in range(RANKS))
        self._is_taken = False
        self._joined = 0
        self._turns = 0
        self._granted_at = 0.0
        self._mean_seconds = 0.0

    def seconds_before(self, rank: int) -> float:
        """Return after how long somebody who comes now would be done, as turns went lately."""
        begun, *lines = (len(line) for line in self._lines[: rank + 1])
        turns = self._is_taken + begun + TURNS_OF_ONE * sum(lines)
        return turns * self._mean_seconds

    async def run(self, work: Callable[[], Result], *, rank: int) -> Result:
        """Return what `work` gives, in a turn of its own."""
        await self._turn(rank)
        try:
            return work()
        finally:
            # Not before the loop has come round: all else goes first.
            asyncio.get_running_loop().call_soon(self._pass_on)

    async def _turn(self, rank: int) -> None:
        if not self._is_taken:
            self._is_taken, self._granted_at = True, self._monotonic()
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._joined += 1
        self._lines[rank].append((self._joined, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it came, and nobody is there to take it
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give the turn to the next in line."""
        now = self._monotonic()
        self._mean_seconds += (now - self._granted_at - self._mean_seconds) * NEW_SHARE
        self._granted_at = now
        self._turns += 1
        while line := self._next():
            _, waiting = line.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        self._is_taken = False

    def _next(self) -> Line | None:
        lines = [line for line in self._lines if line]
        if self._turns % TURNS_UNTIL_OLDEST == 0:
            return min(lines, key=lambda line: line[0][0], default=None)
        return next(iter(lines), None)


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def here() -> Turns:
    """Return the turns of the running event loop."""
    return _turns.setdefault(asyncio.get_running_loop(), Turns())
