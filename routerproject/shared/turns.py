"""Turns on the event loop: some milliseconds of work each time it comes round, the urgent first.

Then the loop does everything else that is ready, so many requests that come at once do not hold up
a stream, or a refusal, for longer than that, or than one piece of work that takes longer. Short
pieces share a round: requests that come together stay together, and with them what they write to
the ledger in one group, or ask of Redis at once. How long the line is tells whoever comes whether
its turn would come in time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

BEGUN: Final = 0  # who had a turn already finishes first
RANKS: Final = 4  # and three that begin, the most urgent first
# Every so many turns whoever has waited longest goes, whatever its rank: nobody waits for ever.
TURNS_UNTIL_OLDEST: Final = 8
TURNS_OF_ONE: Final = 2  # who begins comes back once
NEW_SHARE: Final = 0.1  # of the last turn in the mean of all
ROUND_SECONDS: Final = 0.003  # of the loop; no piece begins in a round after that

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for its turn, and who waits for what it gives."""

    joined: int
    work: Callable[[], Any]
    done: asyncio.Future[Any]


Line = deque[Waiting]


class Turns:
    """Whose turn it is on one event loop."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lines: tuple[Line, ...] = tuple(deque() for _ in range(RANKS))
        self._is_taken = False  # somebody had a turn since the loop came round
        self._joined = 0
        self._turns = 0
        self._turns_before = 0  # this round
        self._began_at = 0.0
        self._mean_seconds = 0.0

    def seconds_before(self, rank: int) -> float:
        """Return after how long somebody who comes now would be done, as turns went lately."""
        begun, *lines = (len(line) for line in self._lines[: rank + 1])
        turns = self._is_taken + begun + TURNS_OF_ONE * sum(lines)
        return turns * self._mean_seconds

    async def run(self, work: Callable[[], Result], *, rank: int) -> Result:
        """Return what `work` gives, in a turn of its own."""
        if not self._is_taken:
            self._begin()
        elif any(self._lines) or self._is_over():
            return await self._in_line(work, rank)
        self._turns += 1
        return work()

    async def _in_line(self, work: Callable[[], Result], rank: int) -> Result:
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._joined += 1
        self._lines[rank].append(Waiting(self._joined, work, done))
        return await done

    def _begin(self) -> None:
        """Begin a round, which ends when the loop has done all else that is ready."""
        self._is_taken, self._began_at = True, self._monotonic()
        self._turns_before = self._turns
        asyncio.get_running_loop().call_soon(self._come_round)

    def _is_over(self) -> bool:
        return self._monotonic() - self._began_at >= ROUND_SECONDS

    def _come_round(self) -> None:
        """Note how long turns took, and give them to those in line while there is time."""
        turns = self._turns - self._turns_before
        each = (self._monotonic() - self._began_at) / max(1, turns)
        self._mean_seconds += (each - self._mean_seconds) * min(1.0, NEW_SHARE * turns)
        self._is_taken = False
        while line := self._next():
            if self._is_taken and self._is_over():
                return
            waiting = line.popleft()
            if not waiting.done.done():
                self._do(waiting)

    def _do(self, waiting: Waiting) -> None:
        if not self._is_taken:
            self._begin()
        self._turns += 1
        try:
            waiting.done.set_result(waiting.work())
        except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
            waiting.done.set_exception(error)

    def _next(self) -> Line | None:
        lines = [line for line in self._lines if line]
        if self._turns % TURNS_UNTIL_OLDEST == 0:
            return min(lines, key=lambda line: line[0].joined, default=None)
        return next(iter(lines), None)


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def here() -> Turns:
    """Return the turns of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _turns.get(loop)
    return found if found is not None else _turns.setdefault(loop, Turns())
