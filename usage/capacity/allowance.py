"""What a deployment may be asked: calls and tokens a minute, calls at once, and who goes first.

A level per kind fills up continuously, as the providers' own limits do; calls at once are leases
that expire, so that a worker that was killed gives back what it held. The same rules stand in
`allowance_scripts.py` for all workers together; a test holds both to each other.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

MINUTE_MS: Final = 60_000
ROUNDING: Final = 1e-6  # of a token: what adding up fractions may leave
KINDS: Final = ("requests", "input_tokens", "output_tokens")


class Limited(Protocol):
    """What has limits of its own: a deployment, a client, a tenant."""

    @property
    def slug(self) -> str: ...
    @property
    def requests_per_minute(self) -> int | None: ...
    @property
    def input_tokens_per_minute(self) -> int | None: ...
    @property
    def output_tokens_per_minute(self) -> int | None: ...
    @property
    def max_concurrency(self) -> int | None: ...
    @property
    def reserve_percent(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """A deployment's limits; None is not limited. `reserve` is the share kept for urgent work."""

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    at_once: int | None = None
    reserve: float = 0.0

    @classmethod
    def of(cls, place: "Limited") -> "Limits":
        return cls(
            place.requests_per_minute,
            place.input_tokens_per_minute,
            place.output_tokens_per_minute,
            place.max_concurrency,
            place.reserve_percent / 100,
        )

    @property
    def is_limited(self) -> bool:
        kinds = (self.requests, self.input_tokens, self.output_tokens, self.at_once)
        return any(limit is not None for limit in kinds)

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Return the limits as the scripts take them: -1 is not limited."""
        kinds = (self.requests, self.input_tokens, self.output_tokens, self.at_once)
        first, second, third, fourth = (-1 if limit is None else limit for limit in kinds)
        return first, second, third, fourth

    @property
    def reserved_at_once(self) -> int:
        """Return how many of the calls at once are kept for urgent work; never all of them."""
        if not self.at_once:
            return 0
        return min(self.at_once - 1, math.floor(self.at_once * self.reserve + 0.5))

    def share(self, workers: int) -> "Limits":
        """Return what one of so many workers may use while they cannot talk to each other."""
        shares = {kind: getattr(self, kind) for kind in (*KINDS, "at_once")}
        return replace(self, **{k: max(1, v // workers) if v else v for k, v in shares.items()})


@dataclass(frozen=True, slots=True)
class Need:
    """What one call takes, at most."""

    input_tokens: int
    output_tokens: int
    is_urgent: bool = False

    def of(self, kind: str) -> int:
        return 1 if kind == "requests" else int(getattr(self, kind))


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a call may go; if not, after how many ms it may (0: when another one ends).

    `headroom` is the smallest free share of all limits, before the call, from 0 to 1.
    """

    is_granted: bool
    wait_ms: int = 0
    headroom: float = 1.0


@dataclass(slots=True)
class Allowance:
    """What is left of a deployment's limits, in milliseconds of the caller's clock."""

    levels: dict[str, float] = field(default_factory=dict)
    at: int = 0
    leases: dict[str, int] = field(default_factory=dict)  # until when

    def take(self, now: int, limits: Limits, need: Need, lease: str, lease_ms: int) -> Taken:
        """Take what a call needs, all of it or nothing."""
        self._fill(now, limits)
        reserve = 0.0 if need.is_urgent else limits.reserve
        wait, headroom = 0, 1.0
        for kind, level in self.levels.items():
            limit = getattr(limits, kind)
            floor = limit * reserve
            # What is more than there can ever be goes when there is as much as there can be.
            lacking = floor + min(need.of(kind), limit - floor) - level
            if lacking > ROUNDING or limit == 0:
                wait = max(wait, math.ceil(lacking * MINUTE_MS / limit) if limit else MINUTE_MS)
            headroom = min(headroom, max(0.0, level / limit) if limit else 0.0)
        most = limits.at_once
        is_full = False
        if most is not None:
            is_full = len(self.leases) >= most - (0 if need.is_urgent else limits.reserved_at_once)
            headroom = min(headroom, max(0.0, 1 - len(self.leases) / most) if most else 0.0)
        if wait or is_full:
            return Taken(False, wait, headroom)
        for kind in self.levels:
            self.levels[kind] -= need.of(kind)
        self.leases[lease] = now + lease_ms
        return Taken(True, 0, headroom)

    def give(self, now: int, limits: Limits, lease: str, spare: Need) -> None:
        """End a call, and give back what it turned out not to need (negative: it took more)."""
        self._fill(now, limits)
        self.leases.pop(lease, None)
        for kind in ("input_tokens", "output_tokens"):
            if kind in self.levels:
                limit = getattr(limits, kind)
                self.levels[kind] = min(limit, max(-limit, self.levels[kind] + spare.of(kind)))

    def _fill(self, now: int, limits: Limits) -> None:
        passed = max(0, now - self.at)
        levels = {}
        for kind in KINDS:
            limit = getattr(limits, kind)
            if limit is not None:
                before = self.levels.get(kind, limit)
                levels[kind] = min(float(limit), before + passed * limit / MINUTE_MS)
        self.levels, self.at = levels, now
        self.leases = {lease: until for lease, until in self.leases.items() if until > now}
