"""Who waits for a full deployment, in which order, and who is turned away."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

RANKS: Final = {"real_time": 0, "interactive": 1, "background": 2}
# Every so many turns the one who has waited longest goes, whatever its rank: nobody waits for ever.
TURNS_UNTIL_OLDEST: Final = 8
# Those who went last tell how fast a line moves; so many of them, since calls that began together
# end together.
PACE_FROM: Final = 32
FEWEST_FOR_PACE: Final = 4


class TurnedAway(Exception):
    """The waiting room is full, and nobody in it matters less."""


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody who waits; `called` is set when it may be its turn."""

    rank: int
    number: int
    called: asyncio.Event = field(default_factory=asyncio.Event)
    is_turned_away: bool = False


class WaitingRoom:
    """The bounded line in front of one deployment, in one worker."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._waiting: list[Waiter] = []
        # When those who went last did, and their rank, while the line stood.
        self._went: deque[tuple[float, int]] = deque(maxlen=PACE_FROM)
        self.usual_pace_seconds = 0.0  # from one who goes to the next, before that is seen
        self._joined = 0
        self._turns = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, urgency: str) -> Waiter:
        """Return a place in the line. Raises TurnedAway when there is none.

        Who comes with something more urgent takes the place of the last of the least urgent.
        """
        rank = RANKS[urgency]
        if len(self._waiting) >= self._most:
            last = max(self._waiting, key=lambda w: (w.rank, w.number), default=None)
            if last is None or last.rank <= rank:
                raise TurnedAway
            last.is_turned_away = True
            last.called.set()
            self._waiting.remove(last)
        self._joined += 1
        waiter = Waiter(rank, self._joined)
        self._waiting.append(waiter)
        return waiter

    def seconds_before(self, urgency: str) -> float:
        """Return how long somebody of this urgency would wait, as the line moved lately.

        0 where nobody would stand before it; infinite where it would be turned away.
        """
        return math.inf if self._is_full_for(RANKS[urgency]) else self.seconds_at_pace(urgency)

    def seconds_at_pace(self, urgency: str) -> float:
        """Return after how long those are gone who stand before somebody of this urgency."""
        rank = RANKS[urgency]
        before = sum(waiter.rank <= rank for waiter in self._waiting)
        if len(self._went) < FEWEST_FOR_PACE:
            return before * self.usual_pace_seconds
        seconds = self._monotonic() - self._went[0][0]
        # The more urgent who still come go first: its own kind may move slower than the line.
        alike = sum(waiter.rank == rank for waiter in self._waiting)
        gone_alike = sum(gone == rank for _, gone in self._went) or 1
        return seconds * max(before / len(self._went), alike / gone_alike)

    def leave(self, waiter: Waiter, *, has_gone: bool) -> None:
        """Take somebody out of the line, by its turn or not, and call the next."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if has_gone:
            self._turns += 1
            self._went.append((self._monotonic(), waiter.rank))
        if not self._waiting:
            self._went.clear()
        self.call()

    def call(self) -> None:
        """Call those whose turn it may be: something may have become free."""
        for waiter in (self._next(), self._first_urgent()):
            if waiter is not None:
                waiter.called.set()

    def is_turn_of(self, waiter: Waiter) -> bool:
        """Return whether somebody may try: the next in line, and always the first of the urgent,
        since only they may use what is kept for them."""
        return waiter in (self._next(), self._first_urgent())

    def is_line_before(self, urgency: str) -> bool:
        """Return whether somebody of this urgency would have to stand in line."""
        return any(waiter.rank <= RANKS[urgency] for waiter in self._waiting)

    def _is_full_for(self, rank: int) -> bool:
        """Return whether there is no place, and nobody in one who matters less."""
        return len(self._waiting) >= self._most and all(w.rank <= rank for w in self._waiting)

    def _next(self) -> Waiter | None:
        if self._turns % TURNS_UNTIL_OLDEST == TURNS_UNTIL_OLDEST - 1:
            return min(self._waiting, key=lambda w: w.number, default=None)
        return min(self._waiting, key=lambda w: (w.rank, w.number), default=None)

    def _first_urgent(self) -> Waiter | None:
        urgent = (w for w in self._waiting if w.rank == 0)
        return min(urgent, key=lambda w: w.number, default=None)
