"""What makes a task type unservable: unknown names, loops, chains that pass its floor."""

from routing.types import TaskTypePolicy
from usage.catalog import RULE_TIER, Catalog


def flaws_of(policy: TaskTypePolicy, catalog: Catalog) -> list[str]:
    """Return what is wrong with a task type, a sentence each; empty when it can be served."""
    flaws = _unknown_tiers(policy, catalog) or [
        *_bounds(policy, catalog),
        *_primary(policy, catalog),
        *_fallback(policy, catalog),
    ]
    return [f"{policy.slug}: {flaw}" for flaw in [*flaws, *_sizes(policy)]]


def tier_of(name: str, catalog: Catalog) -> str | None:
    """Return the tier that a tier slug or a live model's id stands for; None when unknown."""
    if name in catalog.tiers:
        return name
    model = catalog.model(name)
    return model.tier if model and model.is_live else None


def _unknown_tiers(policy: TaskTypePolicy, catalog: Catalog) -> list[str]:
    optional = (policy.floor, policy.ceiling, policy.real_time_tier)
    known = {*catalog.tiers, None}
    flaws = [f"there is no tier {tier}." for tier in optional if tier not in known]
    if policy.tier not in catalog.tiers and policy.tier != RULE_TIER:
        flaws.append(f"there is no tier {policy.tier}.")
    return flaws


def _bounds(policy: TaskTypePolicy, catalog: Catalog) -> list[str]:
    """The floor holds for every tier an admin names; a ceiling is never below it."""
    flaws = []
    floor = catalog.rank(policy.floor or "")
    for label, tier in (("tier", policy.tier), ("real-time tier", policy.real_time_tier)):
        if tier and tier != RULE_TIER and catalog.rank(tier) < floor:
            flaws.append(f"the {label} {tier} lies below the floor {policy.floor}.")
    if policy.ceiling and catalog.rank(policy.ceiling) < floor:
        flaws.append(f"the ceiling {policy.ceiling} lies below the floor {policy.floor}.")
    return flaws


def _primary(policy: TaskTypePolicy, catalog: Catalog) -> list[str]:
    if not policy.primary_model:
        return []
    tier = tier_of(policy.primary_model, catalog)
    if tier is None or policy.primary_model in catalog.tiers:
        return [f"there is no live model {policy.primary_model}."]
    if catalog.rank(tier) < catalog.rank(policy.floor or ""):
        return [f"the model {policy.primary_model} lies below the floor {policy.floor}."]
    return []


def _fallback(policy: TaskTypePolicy, catalog: Catalog) -> list[str]:
    flaws = []
    seen = {policy.tier, _identity(policy.primary_model or "", catalog)}
    for name in policy.fallback:
        tier = tier_of(name, catalog)
        if tier is None:
            flaws.append(f"the fallback {name} is no tier and no live model.")
        elif catalog.rank(tier) < catalog.rank(policy.floor or ""):
            flaws.append(f"the fallback {name} lies below the floor {policy.floor}.")
        if _identity(name, catalog) in seen:
            flaws.append(f"the fallback chain comes back to {name}.")
        seen.add(_identity(name, catalog))
    return flaws


def _identity(name: str, catalog: Catalog) -> str:
    """Return one name for a tier or a model, however it was written."""
    return catalog.aliases.get(name, name)


def _sizes(policy: TaskTypePolicy) -> list[str]:
    flaws = []
    if policy.max_output_tokens <= 0:
        flaws.append("an answer needs at least one output token.")
    if policy.cache_ttl_seconds < 0:
        flaws.append("a cache lifetime is not negative.")
    budget = policy.thinking_budget_tokens
    if policy.thinking == "extended" and not 1024 <= (budget or 0) < policy.max_output_tokens:
        flaws.append("extended thinking needs 1,024 tokens or more, but less than an answer has.")
    if (policy.output_ceiling_tokens or policy.max_output_tokens) < policy.max_output_tokens:
        flaws.append("the output ceiling is no lower than what an answer has by itself.")
    if (policy.thinking_ceiling_tokens or 1024) < 1024:
        flaws.append("a thinking ceiling has 1,024 tokens or more.")
    if policy.prompt_cache not in ("off", "5m", "1h"):
        flaws.append("a prompt cache is off, 5m or 1h.")
    return flaws
