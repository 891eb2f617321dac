"""What makes a snapshot unfit to serve from. Whatever got past the forms is caught here."""

from collections.abc import Iterator
from decimal import Decimal
from math import isfinite

from routing.icd10 import is_related, normalized
from routing.loss_matrix import validate_matrix
from routing.models.experiment_flaws import crowded_subjects, experiment_flaws
from routing.models.soundness import flaws_of, tier_of
from routing.rule_shapes import validate_rule
from routing.snapshot.building import Snapshot
from routing.types import Rule
from usage.catalog import KINDS, RULE_TIER, Catalog, Price, Rates
from usage.configuration import InvalidConfiguration

ACTIONS_WITH_TIER = ("tier", "floor", "ceiling")


def validate(snapshot: Snapshot) -> None:
    """Raise InvalidConfiguration with a sentence for each thing that cannot be served."""
    findings = [
        *_tiers(snapshot.table.catalog),
        *_prices(snapshot),
        *_task_types(snapshot),
        *_rules(snapshot),
        *_losses(snapshot),
        *_experiments(snapshot),
        *_pairs(snapshot),
        *_clients(snapshot),
        *_classifier(snapshot),
    ]
    if findings:
        raise InvalidConfiguration(findings)


def _tiers(catalog: Catalog) -> Iterator[str]:
    if not catalog.tiers:
        yield "There is no tier."
    if len({tier.rank for tier in catalog.tiers.values()}) < len(catalog.tiers):
        yield "Two tiers have the same rank."
    for slug in catalog.tiers:
        model = catalog.models.get(catalog.default_models.get(slug, ""))
        if model is None or not model.is_live:
            yield f"The tier {slug} has no live default model."


def _prices(snapshot: Snapshot) -> Iterator[str]:
    catalog = snapshot.table.catalog
    for model in catalog.models.values():
        price = catalog.price_at(model.model_id, snapshot.built_at)
        places = catalog.deployments.get(model.model_id, ())
        may_be_free = bool(places) and all(place.is_on_premise for place in places)
        if model.is_live and price is None:
            yield f"The model {model.model_id} has no price."
        for row in catalog.prices.get(model.model_id, ()):
            if not _is_sound(row):
                yield f"The price of {model.model_id} is not finite or is negative."
        if model.is_live and price and not may_be_free and not _is_positive(price):
            yield f"The model {model.model_id} costs nothing and is not on premise."


def _is_sound(price: Price) -> bool:
    return all(rate.is_finite() and rate >= 0 for rate in _rates(price))


def _is_positive(price: Price) -> bool:
    return all(rate.is_finite() and rate > 0 for rate in _rates(price))


def _rates(price: Price) -> tuple[Decimal, ...]:
    tables: list[Rates] = [price, *filter(None, [price.long_context])]
    return (
        *(getattr(rates, f"{kind}_usd") for rates in tables for kind in KINDS),
        price.batch_multiplier,
    )


def _task_types(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.table.task_types:
        yield "There is no task type."
    for policy in snapshot.table.task_types.values():
        yield from flaws_of(policy, snapshot.table.catalog)


def _rules(snapshot: Snapshot) -> Iterator[str]:
    slugs = [rule.slug for rule in snapshot.table.rules]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        yield f"The rule {slug} is there twice."
    for rule in snapshot.table.rules:
        yield from _rule(rule, snapshot)


def _rule(rule: Rule, snapshot: Snapshot) -> Iterator[str]:
    catalog = snapshot.table.catalog
    if not isinstance(rule.conditions, dict) or not isinstance(rule.actions, dict):
        yield f"The rule {rule.slug} is malformed."
        return
    if problems := validate_rule(rule.conditions, rule.actions):
        yield from (f"{rule.slug}: {problem}" for problem in problems)
        return
    if rule.actions.get("deny") and not rule.conditions:
        yield f"The rule {rule.slug} denies everything."
    for action in ACTIONS_WITH_TIER:
        tier = rule.actions.get(action)
        if tier is not None and tier not in catalog.tiers:
            yield f"The rule {rule.slug} names the tier {tier}, which does not exist."
    model = rule.actions.get("model")
    if model is not None and (model in catalog.tiers or tier_of(model, catalog) is None):
        yield f"The rule {rule.slug} names the model {model}, which is not live."
    named = rule.conditions.get("task_type", [])
    for slug in named if isinstance(named, list) else [named]:
        if slug not in snapshot.table.task_types:
            yield f"The rule {rule.slug} names the task type {slug}, which does not exist."


def _losses(snapshot: Snapshot) -> Iterator[str]:
    """Every pair of tiers has a loss, finite and not negative, which rises from the right tier."""
    catalog = snapshot.table.catalog
    tiers = sorted((tier for tier in catalog.tiers if tier != RULE_TIER), key=catalog.rank)
    flaws = [*_single_losses(snapshot, tiers)]
    yield from flaws or validate_matrix(snapshot.table.loss_matrix, tiers)


def _single_losses(snapshot: Snapshot, tiers: list[str]) -> Iterator[str]:
    for needed in tiers:
        for chosen in tiers:
            loss = snapshot.table.loss_matrix.get(needed, {}).get(chosen)
            if loss is None:
                yield f"There is no loss for choosing {chosen} where {needed} was needed."
            elif not isfinite(loss) or loss < 0 or (needed == chosen and loss > 0):
                yield f"The loss for choosing {chosen} where {needed} was needed cannot be {loss}."


def _experiments(snapshot: Snapshot) -> Iterator[str]:
    for experiment in snapshot.table.experiments:
        yield from experiment_flaws(experiment, snapshot.table)
    yield from crowded_subjects(snapshot.table)


def _pairs(snapshot: Snapshot) -> Iterator[str]:
    seen = set()
    for pair in snapshot.table.comorbidities:
        codes, name = (pair.first, pair.second), f"{pair.first} with {pair.second}"
        if any(normalized(code) != code for code in codes):
            yield f"The comorbidity pair {name} is not of two ICD-10-CM codes."
        if is_related(*codes) or codes != tuple(sorted(codes)) or codes in seen:
            yield f"The comorbidity pair {name} is out of order, of one condition, or there twice."
        if pair.severity not in ("low", "moderate", "high"):
            yield f"The comorbidity pair {name} has no known severity."
        seen.add(codes)


def _clients(snapshot: Snapshot) -> Iterator[str]:
    models = snapshot.table.catalog.models
    for client in snapshot.accounts.clients.values():
        for model_id in sorted(client.allowed_model_ids - models.keys()):
            yield f"The client {client.slug} is allowed the model {model_id}, which does not exist."


def _classifier(snapshot: Snapshot) -> Iterator[str]:
    name, catalog = snapshot.classifier.model_id, snapshot.table.catalog
    if name and (tier_of(name, catalog) is None or name in catalog.tiers):
        yield f"The LLM classifier asks the model {name}, which is not live."
