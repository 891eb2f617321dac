"""Whether two readers see the same: Cohen's kappa of the decisions that two people read blind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from routing.evaluation.figures import kappa_of
from routing.models import Needed, ReviewReading, ReviewVerdict

LEAST_KAPPA: Final = 0.7
LEAST_PAIRS: Final = 30
PERIOD: Final = timedelta(days=180)
CHOICES: Final = (*Needed.values, ReviewVerdict.CANNOT_TELL.value)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two readers named the same tier, and how much of that is no chance."""

    pairs: int
    agreed: int
    kappa: float
    table: dict[str, dict[str, int]]  # [first reader][second reader]

    @property
    def findings(self) -> list[str]:
        """Return why nothing may be learned from these labels, a sentence each."""
        if self.pairs < LEAST_PAIRS:
            return [
                f"{self.pairs} decisions were read by two people; {LEAST_PAIRS} are needed to tell "
                "whether labels can be relied on."
            ]
        if self.kappa < LEAST_KAPPA:
            return [
                f"Two readers agree too little beyond chance: kappa is {self.kappa:.2f}, and "
                f"{LEAST_KAPPA} is needed."
            ]
        return []

    @property
    def is_enough(self) -> bool:
        return not self.findings


def agreement(now: datetime) -> Agreement:
    """Return how far two readers agreed within the last 180 days."""
    readings = ReviewReading.objects.filter(
        at__gte=now - PERIOD, is_adjudication=False, review__readers_wanted=2
    ).order_by("review_id", "id")
    said: dict[int, list[str]] = {}
    for review_id, verdict, needed in readings.values_list("review_id", "verdict", "needed"):
        said.setdefault(review_id, []).append(needed or verdict)
    return agreement_of([(each[0], each[1]) for each in said.values() if len(each) == 2])


def agreement_of(pairs: Iterable[Sequence[str]]) -> Agreement:
    """Return the agreement of pairs of choices: a tier each, or that nobody can tell."""
    table = {one: dict.fromkeys(CHOICES, 0) for one in CHOICES}
    for first, second in pairs:
        table[first][second] += 1
    return Agreement(
        pairs=sum(sum(row.values()) for row in table.values()),
        agreed=sum(table[name][name] for name in CHOICES),
        kappa=kappa_of(table),
        table=table,
    )
