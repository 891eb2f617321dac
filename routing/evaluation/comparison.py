"""Two models on the same requests, pair by pair: may the second take over? Pure."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from routing.evaluation.judging import Judged

LEVEL: Final = 0.05  # one-sided
MARGIN: Final = 0.01  # of all requests: more under-routing than this is too much, however unsure
FEWEST: Final = 100  # requests that a comparison needs to say anything


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two models differ in what they send too low."""

    requests: int
    newly_under: int  # enough by the first, too low by the second
    no_longer_under: int
    new_critical: int  # critical work that only the second sends too low
    p_worse: float  # one-sided exact McNemar: how likely so many by chance

    @property
    def findings(self) -> list[str]:
        """Return what speaks against the second model, a sentence each."""
        few = f"{self.requests} requests are too few; {FEWEST} are needed."
        return [few, *self.worse] if self.requests < FEWEST else self.worse

    @property
    def worse(self) -> list[str]:
        """Return in what the second model is worse, on however few requests."""
        found = []
        more = (self.newly_under - self.no_longer_under) / max(1, self.requests)
        if self.new_critical:
            found.append(f"{self.new_critical} critical requests would newly be sent too low.")
        if self.p_worse < LEVEL or more > MARGIN:
            found.append(
                f"Under-routing gets worse: {self.newly_under} newly too low, "
                f"{self.no_longer_under} no longer (p = {self.p_worse:.3f})."
            )
        return found

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "findings": self.findings, "worse": self.worse}


def compare(first: Sequence[Judged], second: Sequence[Judged]) -> Comparison:
    """Return the paired comparison of two models on the same requests in the same order."""
    pairs = list(zip(first, second, strict=True))
    newly = [b for a, b in pairs if b.is_under and not a.is_under]
    no_longer = sum(a.is_under and not b.is_under for a, b in pairs)
    return Comparison(
        requests=len(pairs),
        newly_under=len(newly),
        no_longer_under=no_longer,
        new_critical=sum(b.is_critical for b in newly),
        p_worse=_at_least(len(newly), len(newly) + no_longer),
    )


def _at_least(hits: int, tosses: int) -> float:
    """Return how likely a fair coin shows so many heads or more (McNemar, exact)."""
    ways = sum(math.comb(tosses, k) for k in range(hits, tosses + 1))
    return float(ways / 2**tosses)
