"""Who waits for a full deployment, in which order, and who is turned away."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

RANKS: Final = {"real_time": 0, "interactive": 1, "background": 2}
# Every so many turns the one who has waited longest goes, whatever its rank: nobody waits for ever.
TURNS_UNTIL_OLDEST: Final = 8


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

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[Waiter] = []
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

    def leave(self, waiter: Waiter, *, has_gone: bool) -> None:
        """Take somebody out of the line, by its turn or not, and call the next."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        self._turns += has_gone
        self.call()

    def call(self) -> None:
        """Call those whose turn it may be: something may have become free."""
        for waiter in self._waiting:
            if self.is_turn_of(waiter):
                waiter.called.set()

    def is_turn_of(self, waiter: Waiter) -> bool:
        """Return whether somebody may try: the next in line, and always the first of the urgent,
        since only they may use what is kept for them."""
        return waiter in (self._next(), self._first_urgent())

    def is_line_before(self, urgency: str) -> bool:
        """Return whether somebody of this urgency would have to stand in line."""
        return any(waiter.rank <= RANKS[urgency] for waiter in self._waiting)

    def _next(self) -> Waiter | None:
        if self._turns % TURNS_UNTIL_OLDEST == TURNS_UNTIL_OLDEST - 1:
            return min(self._waiting, key=lambda w: w.number, default=None)
        return min(self._waiting, key=lambda w: (w.rank, w.number), default=None)

    def _first_urgent(self) -> Waiter | None:
        urgent = (w for w in self._waiting if w.rank == 0)
        return min(urgent, key=lambda w: w.number, default=None)
