"""Celery's beat, going on when the clock of its machine is set back."""

from typing import Any

import structlog
from celery.beat import PersistentScheduler

log = structlog.get_logger(__name__)


class SteadyScheduler(PersistentScheduler):
    """A schedule that counts from now on when it was last seen to run in the future.

    Celery counts from the moment an entry last ran, also across restarts. With a clock that is set
    back a day that moment lies a day ahead, and nothing would be swept, signed, cleared up or told
    until it comes.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due; return for how many seconds nothing is."""
        self._follow_the_clock()
        seconds: float = super().tick(*args, **options)
        return seconds

    def _follow_the_clock(self) -> None:
        ahead = [
            each
            for each in self.schedule.values()
            if each.last_run_at and each.last_run_at > each.default_now()
        ]
        if not ahead:
            return
        log.warning("beat.clock_set_back", entries=len(ahead))
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        self._heap = None  # its moments are of the old clock; it is made anew
