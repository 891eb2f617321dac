"""What one decision is made from, and what its steps have decided so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from phi.types import PhiPolicy
from routerproject.shared.changing import Changing
from routing.kinds_of_work import CRITICAL_FROM, LOOKS_CRITICAL
from routing.select.size import RequestSize
from routing.types import (
    BudgetPressure,
    Caution,
    Reason,
    RouteRequest,
    RoutingTable,
    TaskTypePolicy,
    Verdict,
)

# The tiers that the product's own floors name; every other tier comes from the catalog.
EXECUTE = "haiku"
GENERATE = "sonnet"
REASON = "opus"


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision may look at. No step changes it."""

    request: RouteRequest
    verdict: Verdict
    table: RoutingTable
    policy: PhiPolicy
    contains_identifiers: bool
    now: datetime
    size: RequestSize
    tiers: tuple[str, ...]  # those that call a model, lowest first
    task: TaskTypePolicy | None = None
    pressure: BudgetPressure | None = None
    session_floor: str | None = None
    health: Mapping[str, bool] = field(default_factory=dict)
    headroom: Mapping[str, float] = field(default_factory=dict)
    # Which lists of keywords the text has, by their keys, where there is no text to look into.
    keywords: Mapping[str, bool] | None = None
    # By which a conversation is dealt its arm of an experiment; empty: the request stands alone.
    unit: str = ""

    @property
    def urgency(self) -> str:
        """Return the request's urgency; one that is not special takes the task type's."""
        if self.request.urgency != "interactive" or self.task is None:
            return self.request.urgency
        return self.task.default_urgency

    @property
    def is_critical(self) -> bool:
        """Return whether a tier below the usual one could do harm.

        By the caller's word, by the task type, declared or else detected, or by its look.
        """
        task = self.task or self.table.task_types.get(self.verdict.task_type or "")
        return (
            self.request.accuracy == "critical"
            or self.verdict.features.get(LOOKS_CRITICAL, 0.0) >= CRITICAL_FROM
            or (task is not None and task.is_critical)
        )

    @property
    def is_patient_facing(self) -> bool:
        """Return whether a person outside the clinic reads the answer as it is."""
        return self.request.patient_facing or (
            self.task is not None and self.task.is_patient_facing
        )

    def rank(self, tier: str | None) -> int:
        """Return how capable a tier is; none at all ranks lowest."""
        return self.table.catalog.rank(tier) if tier else 0

    def higher(self, first: str | None, second: str | None) -> str | None:
        """Return the more capable of two tiers."""
        return second if self.rank(second) > self.rank(first) else first

    def probability(self, tier: str) -> float:
        """Return how likely it is that exactly this tier is needed."""
        return self.verdict.probabilities.get(tier, 0.0)

    def acceptable(self, tier: str) -> float:
        """Return how likely it is that this tier is enough."""
        enough = sum(
            p for t, p in self.verdict.probabilities.items() if self.rank(t) <= self.rank(tier)
        )
        return min(1.0, max(0.0, enough))

    def step(self, tier: str, by: int) -> str:
        """Return the tier that lies `by` levels above (or below) a tier, or the last one there."""
        if tier not in self.tiers:
            return tier
        at = self.tiers.index(tier) + by
        return self.tiers[min(max(at, 0), len(self.tiers) - 1)]


@dataclass(frozen=True)
class Draft(Changing):
    """A decision in the making. `source` is empty until a step has chosen the tier."""

    tier: str = ""
    source: str = ""
    model: str | None = None  # a pinned model id: the only one that may answer
    preferred: str | None = None  # the model of an experiment's arm: asked first
    variant: str | None = None  # experiment:arm
    floor: str | None = None
    # What the tier and the floor would be without earlier turns of the conversation.
    tier_alone: str = ""
    floor_alone: str | None = None
    ceiling: str | None = None
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Caution, ...] = ()

    def because(self, step: str, code: str, text: str, effect: str = "") -> "Draft":
        """Return this draft with one more reason."""
        return self.changed(reasons=(*self.reasons, Reason(step, code, text, effect)))

    def warn(self, code: str, text: str) -> "Draft":
        """Return this draft with one more warning for the caller."""
        return self.changed(warnings=(*self.warnings, Caution(code, text)))

    def choose(self, tier: str, *, source: str = "", model: str | None = None) -> "Draft":
        """Return this draft with another tier; a pinned model stays only when named again."""
        return self.changed(tier=tier, source=source or self.source, model=model)
