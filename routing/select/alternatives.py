"""What the choice and every other tier would cost and lose, for the explanation of a decision.

A cost is an estimate: a token per four bytes of the request, and half of the output limit.
"""

from routing.select.draft import Situation
from routing.select.loss import expected_losses
from routing.types import Alternative
from usage.catalog import ModelCard
from usage.pricing import TokenCounts, cost


def weigh(
    situation: Situation, chosen: ModelCard, max_output_tokens: int
) -> tuple[Alternative, ...]:
    """Return each tier, lowest first: the chosen one with the chosen model, others by default."""
    losses = expected_losses(situation)
    found = []
    for tier in situation.tiers:
        model = chosen if tier == chosen.tier else _default_model(situation, tier)
        if model is not None:
            estimate = estimate_cost(situation, model, max_output_tokens)
            found.append(Alternative(tier, model.model_id, estimate, round(losses[tier], 4)))
    return tuple(found)


def _default_model(situation: Situation, tier: str) -> ModelCard | None:
    catalog = situation.table.catalog
    model = catalog.models.get(catalog.default_models.get(tier, ""))
    if model is None or catalog.price_at(model.model_id, situation.now) is None:
        return None
    return model


def estimate_cost(situation: Situation, model: ModelCard, max_output_tokens: int) -> int:
    """Return about what one answer of a model costs at its own output limit, in nano-USD."""
    price = situation.table.catalog.price_at(model.model_id, situation.now)
    output = min(max_output_tokens, model.max_output_tokens) // 2
    tokens = TokenCounts(input_tokens=situation.size.usual_tokens, output_tokens=output)
    return cost(tokens, price) if price else 0
