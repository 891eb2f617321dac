"""A/B splits: which arm of an experiment a conversation is dealt, and when it is dealt none.

An experiment takes a request only if every arm could answer it as well as any other: otherwise the
arms would be given different work, and comparing them would say nothing. Pure.
"""

import hashlib
import math
from collections.abc import Sequence

from routing.select.deployments import candidates
from routing.select.draft import Draft, Situation
from routing.select.limits import lowest_ceiling
from routing.select.rules import matching
from routing.types import Experiment, Variant
from usage.catalog import ModelCard


def take_variant(situation: Situation, draft: Draft) -> Draft:
    """Let the arm answer that this conversation was dealt, within floors and ceilings."""
    experiment = _experiment_for(situation, draft)
    if experiment is None:
        return draft
    if situation.pressure is not None:
        text = f"The experiment {experiment.slug} pauses while a budget is tight."
        return draft.because("experiment", "experiment_paused", text)
    request = situation.request
    arm = dealt(experiment, request.tenant, request.client, situation.unit or request.id)
    if not (_is_fair(experiment, situation, draft) and _may_follow(arm, situation, draft)):
        text = f"Not every arm of the experiment {experiment.slug} may answer this request."
        return draft.because("experiment", "experiment_left_out", text)
    return _taken(experiment, arm, situation, draft)


def dealt(experiment: Experiment, tenant: str, client: str, unit: str) -> Variant:
    """Return the arm of a conversation, or of a client: always the same, by weight.

    Weighted rendezvous hashing: changing the shares moves no more conversations than it must.
    """
    who = f"{tenant}/{client}" if experiment.sticky_by == "client" else unit
    place = f"{experiment.slug}\0{experiment.seed}\0{who}"
    open_arms = [arm for arm in experiment.variants if arm.percent > 0]
    return min(open_arms, key=lambda arm: (_turn(place, arm), arm.name))


def is_tried_below(situation: Situation, draft: Draft) -> bool:
    """Return whether an experiment lets a lower tier answer than would otherwise."""
    is_lower = situation.rank(draft.tier) < situation.rank(draft.tier_alone)
    return draft.variant is not None and is_lower


def _turn(place: str, arm: Variant) -> float:
    digest = hashlib.blake2b(f"{place}\0{arm.name}".encode(errors="replace"), digest_size=8)
    uniform = (int.from_bytes(digest.digest(), "big") + 1) / 2**64
    return -math.log(min(uniform, 1 - 2**-53)) / arm.percent


def _experiment_for(situation: Situation, draft: Draft) -> Experiment | None:
    """Return the experiment on what chose the tier: the task type, or the rule."""
    experiments = situation.table.experiments
    if not experiments or draft.source not in ("task_type", "rule"):
        return None
    if draft.source == "rule":
        rule = matching(situation, "tier", "model")
        return _first(experiments, "rule", rule.slug if rule else None)
    task = situation.task
    if task is None or (situation.urgency == "real_time" and task.real_time_tier):
        return None
    return _first(experiments, "task_type", task.slug)


def _first(experiments: Sequence[Experiment], kind: str, slug: str | None) -> Experiment | None:
    return next((e for e in experiments if slug and getattr(e, kind) == slug), None)


def _is_fair(experiment: Experiment, situation: Situation, draft: Draft) -> bool:
    """Return whether every arm could answer, leaving aside earlier turns of the conversation.

    Those count for the dealt arm alone, whose own tier they may be. Critical work is never tried
    below the tier that it would get.
    """
    lowest = draft.tier_alone if situation.is_critical else draft.floor_alone
    ceiling = lowest_ceiling(situation, draft)
    return all(
        (tier := _tier_of(arm, situation)) in situation.tiers
        and situation.rank(tier) >= situation.rank(lowest)
        and (ceiling is None or situation.rank(tier) <= situation.rank(ceiling))
        and _can_answer(arm, situation)
        for arm in experiment.variants
        if arm.percent > 0
    )


def _may_follow(arm: Variant, situation: Situation, draft: Draft) -> bool:
    """Return whether the tier does not fall within the conversation."""
    return situation.rank(_tier_of(arm, situation)) >= situation.rank(draft.floor)


def _can_answer(arm: Variant, situation: Situation) -> bool:
    model = _model_of(arm, situation)
    return model is not None and bool(candidates(situation, model, is_tried=True))


def _tier_of(arm: Variant, situation: Situation) -> str | None:
    if arm.target in situation.tiers:
        return arm.target
    model = situation.table.catalog.model(arm.target)
    return model.tier if model else None


def _model_of(arm: Variant, situation: Situation) -> ModelCard | None:
    catalog = situation.table.catalog
    return catalog.model(catalog.default_models.get(arm.target, arm.target))


def _taken(experiment: Experiment, arm: Variant, situation: Situation, draft: Draft) -> Draft:
    model = situation.table.catalog.model(arm.target) if arm.target not in situation.tiers else None
    tier = _tier_of(arm, situation) or draft.tier
    text = (
        f"The experiment {experiment.slug} lets {arm.target} answer {arm.percent} % of these"
        f" requests (arm {arm.name})."
    )
    model_id = model.model_id if model else None
    chosen = draft.changed(
        tier=tier,
        model=model_id if draft.model else None,
        preferred=model_id,
        variant=f"{experiment.slug}:{arm.name}",
    )
    return chosen.because("experiment", "variant_taken", text, tier)
