"""Published admin rules: when every condition holds, the actions apply.

Rules are looked at by ascending priority (1 comes first), then by slug. For each kind of action the
first rule that has it wins. docs/routing.md lists the conditions and actions.
"""

from routing.select.conditions import holds
from routing.select.draft import Draft, Situation
from routing.types import Rule


def matching(situation: Situation, *actions: str) -> Rule | None:
    """Return the first rule that has one of these actions and whose conditions all hold."""
    for rule in situation.table.rules_in_order:
        if any(map(rule.actions.get, actions)) and holds(rule.conditions, situation):
            return rule
    return None


def apply_rules(situation: Situation, draft: Draft) -> Draft:
    """Apply the winning rule of each kind: tier or model, floor, ceiling."""
    return _apply_ceiling(situation, _apply_floor(situation, _apply_tier(situation, draft)))


def _apply_tier(situation: Situation, draft: Draft) -> Draft:
    rule = None if draft.source else matching(situation, "tier", "model")
    if rule is None:
        return draft
    named = rule.actions.get("model")
    model = situation.table.catalog.model(named) if named else None
    tier = model.tier if model else rule.actions.get("tier")
    if tier not in situation.tiers:
        text = f"The rule {rule.slug} names a tier or model that the catalog does not have."
        return draft.because("rule", "rule_without_target", text)
    chosen = draft.choose(tier, source="rule", model=model.model_id if model else None)
    return chosen.because("rule", "rule_tier", f"The rule {rule.slug} chose {tier}.", tier)


def _apply_floor(situation: Situation, draft: Draft) -> Draft:
    rule = matching(situation, "floor")
    if rule is None:
        return draft
    floor = rule.actions["floor"]
    text = f"The rule {rule.slug} lets nothing below {floor} answer."
    higher = situation.higher(draft.floor, floor)
    return draft.changed(floor=higher).because("rule", "rule_floor", text, floor)


def _apply_ceiling(situation: Situation, draft: Draft) -> Draft:
    rule = matching(situation, "ceiling")
    if rule is None:
        return draft
    ceiling = rule.actions["ceiling"]
    text = f"The rule {rule.slug} lets nothing above {ceiling} answer."
    is_lower = draft.ceiling is None or situation.rank(ceiling) < situation.rank(draft.ceiling)
    lower = ceiling if is_lower else draft.ceiling
    return draft.changed(ceiling=lower).because("rule", "rule_ceiling", text, ceiling)
