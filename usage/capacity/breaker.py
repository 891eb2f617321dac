"""A circuit breaker as a value with a clock passed in (docs/operations.md, Circuit breakers).

Closed, calls pass and their ends are counted. Open, nobody calls. When the pause is over it is
half-open: one call at a time is let through as a probe, and its end decides. The same rules stand
in `scripts.py` for all workers together; a test holds both to each other.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

FAILURES_IN_A_ROW: Final = 10
WINDOW_SECONDS: Final = 10
FEWEST_IN_WINDOW: Final = 10  # calls; a share of fewer says nothing
OPEN_MS: Final = 5_000
PROBE_MS: Final = 10_000  # then the next probe may go, should nobody tell how the last one ended
LONGEST_OPEN_MS: Final = 300_000

Passing = Literal["passes", "probes", "refused"]


@dataclass(slots=True)
class Breaker:
    """One deployment's, in milliseconds of whatever clock the caller uses."""

    in_a_row: int = 0
    seconds: dict[int, tuple[int, int]] = field(default_factory=dict)  # went well, went badly
    open_until: int = 0  # 0: closed
    probe_until: int = 0

    @property
    def is_open(self) -> bool:
        return self.open_until > 0

    def would_pass(self, now: int) -> bool:
        """Return whether a call that came now would be let through."""
        return not self.is_open or (self.open_until <= now and self.probe_until <= now)

    def enter(self, now: int) -> Passing:
        """Return whether a call may go; a probe is noted, so that there is one at a time."""
        if not self.is_open:
            return "passes"
        if not self.would_pass(now):
            return "refused"
        self.probe_until = now + PROBE_MS
        return "probes"

    def report(self, now: int, *, well: int = 0, badly: int = 0) -> None:
        """Count how calls ended: the good ones first. News from before it opened says nothing."""
        if self.is_open:
            return
        self.in_a_row = badly if well else self.in_a_row + badly
        second = now // 1000
        before = self.seconds.get(second, (0, 0))
        self.seconds[second] = (before[0] + well, before[1] + badly)
        oldest = second - WINDOW_SECONDS
        self.seconds = {at: ends for at, ends in self.seconds.items() if at > oldest}
        if badly and (self.in_a_row >= FAILURES_IN_A_ROW or self._fails_half()):
            self.trip(now, OPEN_MS)

    def trip(self, now: int, for_ms: int) -> None:
        """Open, or stay open for longer."""
        self.open_until = max(self.open_until, now + min(for_ms, LONGEST_OPEN_MS))
        self.probe_until = 0

    def probed(self, now: int, went: Literal["well", "badly", "nowhere"]) -> None:
        """Take a probe's word: close, stay open for another pause, or let the next one go."""
        self.probe_until = 0
        if not self.is_open or went == "nowhere":
            return
        if went == "badly":
            self.trip(now, OPEN_MS)
        else:
            self.close()

    def close(self) -> None:
        """Forget everything."""
        self.in_a_row, self.open_until, self.probe_until = 0, 0, 0
        self.seconds = {}

    def _fails_half(self) -> bool:
        well = sum(ends[0] for ends in self.seconds.values())
        badly = sum(ends[1] for ends in self.seconds.values())
        return well + badly >= FEWEST_IN_WINDOW and badly >= well
