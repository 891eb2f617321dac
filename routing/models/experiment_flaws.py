"""What makes an experiment unservable: shares, names, arms out of bounds, two on one subject."""

import re
from collections import Counter
from collections.abc import Iterator

from routing.types import Experiment, RoutingTable, Variant
from usage.catalog import RULE_TIER, Catalog

WHOLE = 100  # percent
MOST_VARIANTS = 6
STICKY_BY = ("conversation", "client")
NAME_PATTERN = "^[a-z0-9][a-z0-9_.-]{0,62}$"


def experiment_flaws(experiment: Experiment, table: RoutingTable) -> list[str]:
    """Return what is wrong with an experiment, a sentence each; empty when it can be served."""
    flaws = [
        *_subject(experiment, table),
        *_shares(experiment.variants),
        *(flaw for arm in experiment.variants for flaw in _arm(arm, experiment, table)),
    ]
    if experiment.sticky_by not in STICKY_BY:
        flaws.append("it is sticky by conversation or by client.")
    return [f"{experiment.slug}: {flaw}" for flaw in flaws]


def crowded_subjects(table: RoutingTable) -> Iterator[str]:
    """Yield a sentence for each task type and rule on which two experiments are made."""
    for kind in ("task_type", "rule"):
        counted = Counter(getattr(each, kind) for each in table.experiments)
        for slug in sorted(name for name, times in counted.items() if name and times > 1):
            yield f"There are two experiments on the {kind.replace('_', ' ')} {slug}."


def _subject(experiment: Experiment, table: RoutingTable) -> Iterator[str]:
    if bool(experiment.task_type) == bool(experiment.rule):
        yield "it is about one task type, or about one rule."
        return
    if experiment.rule:
        rule = next((each for each in table.rules if each.slug == experiment.rule), None)
        if rule is None:
            yield f"there is no published rule {experiment.rule}."
        elif not ({"tier", "model"} & rule.actions.keys()):
            yield f"the rule {experiment.rule} chooses no tier and no model."
        return
    task = table.task_types.get(experiment.task_type or "")
    if task is None:
        yield f"there is no task type {experiment.task_type}."
    elif task.tier == RULE_TIER:
        yield f"the task type {task.slug} calls no model."


def _shares(variants: tuple[Variant, ...]) -> Iterator[str]:
    if not 1 <= len(variants) <= MOST_VARIANTS:
        yield f"it has 1 to {MOST_VARIANTS} arms."
        return
    if any(not isinstance(arm.percent, int) or not 0 <= arm.percent <= WHOLE for arm in variants):
        yield "a share is a whole number of percent, 0 to 100."
    elif (total := sum(arm.percent for arm in variants)) != WHOLE:
        yield f"the shares of the arms come to {total} percent, not to 100."
    names = [arm.name for arm in variants]
    if len(set(names)) < len(names):
        yield "two arms have the same name."
    if not all(re.fullmatch(NAME_PATTERN, name) for name in names):
        yield "the name of an arm has lower-case letters, digits, dots, hyphens and underscores."


def _arm(arm: Variant, experiment: Experiment, table: RoutingTable) -> Iterator[str]:
    catalog = table.catalog
    tier = _tier_of(arm.target, catalog)
    if tier is None:
        yield f"the arm {arm.name} names neither a tier nor a model of the catalog."
        return
    task = table.task_types.get(experiment.task_type or "")
    if task is None or task.tier == RULE_TIER:
        return
    rank = catalog.rank(tier)
    if rank < catalog.rank(task.floor or ""):
        yield f"the arm {arm.name} lies below the floor {task.floor}."
    elif task.is_critical and rank < catalog.rank(task.tier):
        yield f"the arm {arm.name} lies below {task.tier}, and the task is critical."
    if task.ceiling and rank > catalog.rank(task.ceiling):
        yield f"the arm {arm.name} lies above the ceiling {task.ceiling}."


def _tier_of(target: str, catalog: Catalog) -> str | None:
    """Return the tier of an arm: its own slug, or that of a model that has a price."""
    if target in catalog.tiers:
        return target if target != RULE_TIER else None
    model = catalog.model(target)
    return model.tier if model and catalog.prices.get(model.model_id) else None
