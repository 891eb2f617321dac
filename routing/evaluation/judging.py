"""Labelled requests put through the very code that decides for callers: pure, nothing is called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from phi.types import PhiPolicy
from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.classify.learned import LearnedModel
from routing.classify.training.labelled import TIERS, LabelledRequest
from routing.select.decide import select
from routing.types import Accuracy, Decision, RouteRequest, RoutingTable, Verdict
from usage.catalog import Catalog

POLICY: Final = PhiPolicy("evaluation", 1)
ABSENT, GIVEN, WRONG = "absent", "given", "wrong"
HOWS: Final = (ABSENT, GIVEN, WRONG)  # what a caller says of the task type
# Types of other tiers than the one needed, declared one after the other.
WRONG_TYPES: Final[Mapping[str, Sequence[str]]] = {
    "haiku": ("summarization", "code_review_logic"),
    "sonnet": ("formatting", "extraction", "architecture_decision"),
    "opus": ("formatting", "summarization", "classification"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled request and the tier that was chosen for it."""

    needed: str
    acceptable: tuple[str, ...]
    chosen: str
    confidence: float  # stated probability that the chosen tier is enough
    source: str = ""  # the stage that decided
    is_critical: bool = False
    language: str = "en"
    habit: str = ""

    @property
    def gap(self) -> int:
        """Return how many tiers the choice lies above (positive) or below the needed one.

        What is none of the labelled tiers lies below all of them.
        """
        place = TIERS.index(self.chosen) if self.chosen in TIERS else -1
        return place - TIERS.index(self.needed)

    @property
    def is_acceptable(self) -> bool:
        return self.chosen in self.acceptable

    @property
    def is_under(self) -> bool:
        return self.gap < 0

    @property
    def is_over(self) -> bool:
        """Return whether the choice lies above every acceptable tier."""
        return self.gap > 0 and not self.is_acceptable


def judged(
    requests: Iterable[LabelledRequest],
    table: RoutingTable,
    *,
    model: LearnedModel | None,
    now: datetime,
    how: str = ABSENT,
    accuracy: Accuracy = "standard",
) -> list[Judged]:
    """Return what would be chosen for each request; without a model the rules judge alone.

    Whether a request would be denied is left aside: that says nothing of the tier that it needs.
    """
    table = _without_refusals(table)
    return [
        _judged(
            request,
            decide(request, table, model=model, now=now, task_type=slug, accuracy=accuracy),
            table.catalog,
        )
        for request, named in _declared(requests, how)
        for slug in [named if named in table.task_types else None]
    ]


def _without_refusals(table: RoutingTable) -> RoutingTable:
    return replace(
        table,
        rules=tuple(rule for rule in table.rules if not rule.actions.get("deny")),
        task_types={s: replace(task, is_enabled=True) for s, task in table.task_types.items()},
    )


def decide(
    request: LabelledRequest,
    table: RoutingTable,
    *,
    model: LearnedModel | None,
    now: datetime,
    task_type: str | None = None,
    accuracy: Accuracy = "standard",
) -> Decision:
    """Return the decision for one labelled request. Raises UnknownTaskType, TaskTypeDisabled."""
    asked = RouteRequest(
        id="evaluation",
        tenant="evaluation",
        client="evaluation",
        messages=request.messages,
        received_at=now,
        task_type=task_type,
        system=request.system or None,
        accuracy=accuracy,
    )
    return select(
        asked,
        verdict_on(request, model),
        table,
        policy=POLICY,
        contains_identifiers=False,
        now=now,
    )


def verdict_on(request: LabelledRequest, model: LearnedModel | None) -> Verdict:
    """Return what the text of a labelled request says."""
    return judge(read(request.messages, request.system or None), model=model)


def _declared(
    requests: Iterable[LabelledRequest], how: str
) -> Iterable[tuple[LabelledRequest, str | None]]:
    for number, request in enumerate(requests):
        wrong = WRONG_TYPES[request.needed]
        declared = {ABSENT: None, GIVEN: request.task_type, WRONG: wrong[number % len(wrong)]}
        yield request, declared[how]


def _labelled_tier(tier: str, catalog: Catalog) -> str:
    """Return the highest of the labelled tiers that a tier is at least; itself below all of them.

    Of a tier between two, only what the lower one can do is known.
    """
    reached = [name for name in TIERS if catalog.rank(name) <= catalog.rank(tier)]
    return max(reached, key=catalog.rank, default=tier)


def _judged(request: LabelledRequest, decision: Decision, catalog: Catalog) -> Judged:
    return Judged(
        needed=request.needed,
        acceptable=request.acceptable,
        chosen=_labelled_tier(decision.tier, catalog),
        confidence=decision.confidence,
        source=decision.source,
        is_critical=request.is_critical,
        language=request.language,
        habit=request.habit,
    )
