"""START HERE: which model answers a request, and why. Pure, and one step after the other.

The order of STEPS is the product's promise to the clinic's admins (docs/routing.md). Each step adds
its reason; a reason never holds text of the request.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final

from phi.types import PhiPolicy
from routing.errors import UnknownTaskType
from routing.select.alternatives import estimate_cost, weigh
from routing.select.deployments import find_chain
from routing.select.draft import Draft, Situation
from routing.select.experiments import is_tried_below, take_variant
from routing.select.gates import answer_by_rule, refuse_denied, take_override
from routing.select.limits import lower_to_ceiling, lowest_ceiling, raise_to_floors, yield_to_budget
from routing.select.parameters import parameters_for
from routing.select.rules import apply_rules
from routing.select.size import RequestSize, measure
from routing.select.tiers import ask_the_text, check_mismatch, raise_when_unsure, take_own_tier
from routing.types import (
    BudgetPressure,
    Candidate,
    Decision,
    RouteRequest,
    RoutingTable,
    TaskTypePolicy,
    Verdict,
)
from usage.catalog import RULE_TIER

Step = Callable[[Situation, Draft], Draft]

GATES: Final[tuple[Step, ...]] = (
    refuse_denied,  # a task type that is off, a rule that denies
    answer_by_rule,  # no model, $0
)
STEPS: Final[tuple[Step, ...]] = (
    take_override,  # the caller's own choice, by right
    apply_rules,  # published by admins, by priority
    take_own_tier,  # the task type's
    check_mismatch,  # the text against the declared type
    ask_the_text,  # when there is no type
    raise_when_unsure,  # a low confidence goes up, never down
    raise_to_floors,  # task, accuracy, patient-facing, conversation
    lower_to_ceiling,  # an admin's or the caller's, never below a floor
    yield_to_budget,  # one tier down, no further than the floor
    take_variant,  # an experiment's arm, the same for the whole conversation
)
# A declared task type is right about 96 times in 100 when nothing in the text contradicts it.
TRUST_IN_DECLARED_TYPE = 0.85
NOTHING_KNOWN: Final[Mapping[str, bool]] = MappingProxyType({})
NO_LIMITS: Final[Mapping[str, float]] = MappingProxyType({})


def select(
    request: RouteRequest,
    verdict: Verdict,
    table: RoutingTable,
    *,
    policy: PhiPolicy,
    contains_identifiers: bool,
    now: datetime,
    pressure: BudgetPressure | None = None,
    session_floor: str | None = None,
    health: Mapping[str, bool] = NOTHING_KNOWN,
    headroom: Mapping[str, float] = NO_LIMITS,
    unit: str = "",
) -> Decision:
    """Return which model answers, with its fallbacks, parameters and every reason in order.

    Takes what `situate` takes, and raises what it and `decide` raise.
    """
    return decide(
        situate(
            request,
            verdict,
            table,
            policy=policy,
            contains_identifiers=contains_identifiers,
            now=now,
            pressure=pressure,
            session_floor=session_floor,
            health=health,
            headroom=headroom,
            unit=unit,
        )
    )


def situate(
    request: RouteRequest,
    verdict: Verdict,
    table: RoutingTable,
    *,
    policy: PhiPolicy,
    contains_identifiers: bool,
    now: datetime,
    size: RequestSize | None = None,
    pressure: BudgetPressure | None = None,
    session_floor: str | None = None,
    health: Mapping[str, bool] = NOTHING_KNOWN,
    headroom: Mapping[str, float] = NO_LIMITS,
    unit: str = "",
) -> Situation:
    """Return everything that a decision looks at.

    `size` is the request's, where it was measured before. `health` tells by deployment slug what is
    available, `headroom` the free share of its limits; what they do not name is available and free.
    `unit` stands for the conversation, by a keyed hash. Raises UnknownTaskType.
    """
    return Situation(
        request=request,
        verdict=verdict,
        table=table,
        policy=policy,
        contains_identifiers=contains_identifiers,
        now=now,
        size=size or measure(request),
        tiers=table.catalog.tiers_in_order,
        task=declared_task(request.task_type, table),
        pressure=pressure,
        session_floor=session_floor,
        health=health,
        headroom=headroom,
        unit=unit,
    )


def decide(situation: Situation) -> Decision:
    """Return the decision, one step after the other.

    Raises TaskTypeDisabled and UnknownModel.
    """
    draft, chain = choose(situation)
    if draft.tier == RULE_TIER:
        return _without_model(situation, draft)
    return _with_model(situation, draft, chain)


def choose(situation: Situation) -> tuple[Draft, tuple[Candidate, ...]]:
    """Return the walked draft and who may answer, the chosen one first; nobody where a rule does.

    Raises what `decide` raises, which adds the parameters and alternatives.
    """
    draft = _walk(GATES, situation, Draft())
    if draft.tier == RULE_TIER:
        return draft, ()
    return find_chain(situation, _walk(STEPS, situation, draft))


def _walk(steps: tuple[Step, ...], situation: Situation, draft: Draft) -> Draft:
    for step in steps:
        draft = step(situation, draft)
    return draft


def declared_task(slug: str | None, table: RoutingTable) -> TaskTypePolicy | None:
    """Return the task type that a request declares, if any. Raises UnknownTaskType."""
    if slug is None:
        return None
    if slug not in table.task_types:
        raise UnknownTaskType("The request names a task type that does not exist.")
    return table.task_types[slug]


def _without_model(situation: Situation, draft: Draft) -> Decision:
    return Decision(
        task_type=situation.request.task_type,
        tier=RULE_TIER,
        source="rule",
        confidence=1.0,
        complexity="simple",
        reasons=draft.reasons,
        chain=(),
        floor=None,
        max_output_tokens=0,
        warnings=draft.warnings,
    )


def _with_model(situation: Situation, draft: Draft, chain: tuple[Candidate, ...]) -> Decision:
    model = chain[0].model
    chosen = parameters_for(situation.request, situation.task, model)
    return Decision(
        task_type=situation.request.task_type or situation.verdict.task_type,
        tier=draft.tier,
        source=draft.source,
        confidence=_confidence(situation, draft),
        complexity=situation.verdict.complexity,
        reasons=draft.reasons,
        chain=chain,
        floor=draft.floor,
        ceiling=lowest_ceiling(situation, draft),
        max_output_tokens=chosen.max_output_tokens,
        thinking=chosen.thinking,
        effort=chosen.effort,
        temperature=chosen.temperature,
        warnings=(*draft.warnings, *chosen.warnings),
        variant=draft.variant,
        may_step_down=not situation.is_critical,
        weigh=partial(weigh, situation, model, chosen.max_output_tokens),
        estimate=partial(estimate_cost, situation, model, chosen.max_output_tokens),
    )


def _confidence(situation: Situation, draft: Draft) -> float:
    """Return how likely the tier is enough: the text's word, and the type's where it was kept."""
    by_text = situation.acceptable(draft.tier)
    is_kept = draft.source == "task_type" and not is_tried_below(situation, draft)
    trust = TRUST_IN_DECLARED_TYPE if is_kept else 0.0
    return round(trust + (1.0 - trust) * by_text, 4)
