"""What the coming month would cost at another volume or mix of tiers: an estimate, pure.

The same tokens as the measured answers, at what each tier would have asked for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from usage.reports.facts import Facts

DAYS_OF_MONTH: Final = 30
SCALES: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class TierCost:
    """What an answer costs on average at one tier, in nano-USD, and its part of the mix."""

    tier: str
    per_answer: int
    weight: int
    share: float


@dataclass(frozen=True, slots=True)
class Projection:
    """What a month would cost with so many answers in this mix."""

    answers: int
    tiers: tuple[TierCost, ...]
    overhead_per_answer: int  # classifier, speculation, escalation, judging, retries
    per_answer: int
    cost: int
    opus: int  # the same month on Opus alone

    @property
    def saved_share(self) -> float | None:
        return (self.opus - self.cost) / self.opus if self.opus else None


def monthly_answers(facts: Facts, days: float) -> int:
    """Return how many answers a month of 30 days has at the measured rate."""
    return round(facts.answered * DAYS_OF_MONTH / days) if days > 0 else 0


def measured_mix(answers: Mapping[str, int]) -> dict[str, int]:
    """Return the shares of tiers in percent, by how many answers each gave."""
    whole = sum(answers.values())
    return {tier: round(100 * n / whole) if whole else 0 for tier, n in answers.items()}


@dataclass(frozen=True, slots=True)
class Scale:
    """What a month costs with so many times the answers of today."""

    times: int
    answers: int
    cost: int
    opus: int


def scales(facts: Facts, answers: int) -> tuple[Scale, ...]:
    """Return what months with multiples of today's answers cost, all else being as measured."""
    if not facts.answered:
        return ()
    paid, opus = (Fraction(x, facts.answered) for x in (facts.cost, facts.opus))
    return tuple(
        Scale(times, times * answers, round(paid * answers * times), round(opus * answers * times))
        for times in SCALES
    )


def project(facts: Facts, answers: int, mix: Mapping[str, int]) -> Projection | None:
    """Return what so many answers in a mix would cost; None where nothing was measured.

    The weights of the mix need not add up to 100. The part of kept answers and what was paid beside
    the answers stay as they are.
    """
    whole = sum(mix.values())
    if not facts.answered or not whole:
        return None
    means = {tier: Fraction(facts.uniform.get(tier, 0), facts.answered) for tier in mix}
    paid_beside = facts.cost - facts.answers
    overhead = Fraction(paid_beside, facts.answered)
    called = Fraction(facts.answered - facts.kept, facts.answered)
    of_models = sum(means[tier] * weight for tier, weight in mix.items()) / whole
    per_answer = of_models * called + overhead
    return Projection(
        answers=answers,
        tiers=tuple(
            TierCost(tier, round(means[tier]), weight, weight / whole)
            for tier, weight in mix.items()
        ),
        overhead_per_answer=round(overhead),
        per_answer=round(per_answer),
        cost=round(per_answer * answers),
        opus=round(Fraction(facts.opus, facts.answered) * answers),
    )
