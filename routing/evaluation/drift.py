"""Whether requests have become others: what decisions looked at, then and lately. Pure.

The population stability index of a feature is the sum over its bins of (now - then) x ln(now /
then); above 0.1 it is worth a look, above 0.25 requests are others than before (the usual bounds of
credit scoring, Siddiqi 2006). With few requests chance alone moves it, so there is a fewest.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LOOK, ALARM = 0.1, 0.25
FEWEST: Final = 300  # requests of either time
ABSENT_POINTS: Final = 0.15  # more requests without a task type than before, as a share of all
SMALLEST: Final = 1e-4  # of a bin, in the place of none
NO_TYPE: Final = "none"
MOST_TYPES: Final = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What one decision looked at; no text."""

    task_type: str  # as declared; empty: none
    tier: str
    confidence: float | None
    characters: int
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one feature has moved."""

    feature: str
    psi: float

    @property
    def is_alarm(self) -> bool:
        return self.psi > ALARM


@dataclass(frozen=True, slots=True)
class Drift:
    """How far requests of a time lie from those before."""

    then: int
    now: int
    absent_then: float  # share without a task type
    absent_now: float
    shifts: tuple[Shift, ...]  # the farthest first

    @property
    def is_enough(self) -> bool:
        return min(self.then, self.now) >= FEWEST

    @property
    def findings(self) -> list[str]:
        """Return what people should look at, a sentence each; none where there are too few."""
        if not self.is_enough:
            return []
        found = [
            f"{shift.feature} has moved (PSI {shift.psi:.2f})."
            for shift in self.shifts
            if shift.is_alarm
        ]
        if self.absent_now - self.absent_then > ABSENT_POINTS:
            found.append(
                f"{self.absent_now:.0%} of the requests name no task type; it was "
                f"{self.absent_then:.0%}."
            )
        return found


def drift(then: Sequence[Seen], now: Sequence[Seen]) -> Drift:
    """Return how far the requests of now lie from those of then."""
    names = sorted({name for seen in (*then, *now) for name in seen.features})
    binned: dict[str, Callable[[Seen], str]] = {
        "task type": _types(then),
        "tier": lambda seen: seen.tier,
        "confidence": lambda seen: f"{min(int((seen.confidence or 0) * 10), 9)}",
        "length": lambda seen: f"{len(str(seen.characters))} digits",
        **{f"feature {name}": _has(name) for name in names},
    }
    shifts = (Shift(name, psi(map(of, then), map(of, now))) for name, of in binned.items())
    return Drift(
        then=len(then),
        now=len(now),
        absent_then=_absent(then),
        absent_now=_absent(now),
        shifts=tuple(sorted(shifts, key=lambda shift: (-shift.psi, shift.feature))),
    )


def psi(then: Iterable[str], now: Iterable[str]) -> float:
    """Return the population stability index of one feature; 0 where either time is empty."""
    before, after = Counter(then), Counter(now)
    if not before or not after:
        return 0.0
    old, new = before.total(), after.total()
    total = 0.0
    for name in before.keys() | after.keys():
        was = max(before[name] / old, SMALLEST)
        is_ = max(after[name] / new, SMALLEST)
        total += (is_ - was) * math.log(is_ / was)
    return total


def _types(then: Sequence[Seen]) -> Callable[[Seen], str]:
    usual = {n for n, _ in Counter(seen.task_type for seen in then).most_common(MOST_TYPES)}
    return lambda seen: (
        NO_TYPE if not seen.task_type else seen.task_type if seen.task_type in usual else "another"
    )


def _has(name: str) -> Callable[[Seen], str]:
    return lambda seen: "yes" if seen.features.get(name) else "no"


def _absent(seen: Sequence[Seen]) -> float:
    return sum(not each.task_type for each in seen) / len(seen) if seen else 0.0
