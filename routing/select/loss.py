"""What it costs to be wrong: one table, and the tier that it makes the best choice."""

from collections.abc import Mapping
from typing import Final

from routing.select.draft import Situation
from routing.types import RoutingTable

# LOSS[needed][chosen]. Too high wastes money, about in the proportion of the prices; too low can
# harm a patient and looks right at a glance, so it is several times dearer. What may harm at once
# is told by a detector of its own (`routing.classify.critical`); so it is not dearer still.
DEFAULT_LOSS: Final[Mapping[str, Mapping[str, float]]] = {
    "haiku": {"haiku": 0.0, "sonnet": 1.0, "opus": 2.5},
    "sonnet": {"haiku": 3.0, "sonnet": 0.0, "opus": 1.5},
    "opus": {"haiku": 9.0, "sonnet": 5.0, "opus": 0.0},
}
OVER_PER_RANK = 1.0  # for tiers that no matrix names
UNDER_PER_RANK = 4.0
UNDER_ROUTING_FACTOR: Final[Mapping[str, float]] = {"standard": 1.0, "high": 2.0, "critical": 4.0}


def expected_losses(situation: Situation) -> dict[str, float]:
    """Return for each tier, lowest first, the loss to expect from choosing it."""
    needed = situation.verdict.probabilities.items()
    return {
        chosen: sum(
            p * loss_of(situation.table, situation.request.accuracy, need, chosen)
            for need, p in needed
        )
        for chosen in situation.tiers
    }


def best_tier(situation: Situation) -> str:
    """Return the tier with the least expected loss; of equals the higher."""
    losses = expected_losses(situation)
    return min(reversed(situation.tiers), key=lambda tier: losses[tier], default="")


def loss_of(table: RoutingTable, accuracy: str, needed: str, chosen: str) -> float:
    """Return the loss of one cell; demanded accuracy makes under-routing dearer."""
    gap = table.catalog.rank(needed) - table.catalog.rank(chosen)
    usual = UNDER_PER_RANK * gap if gap > 0 else -OVER_PER_RANK * gap
    matrix = table.loss_matrix or DEFAULT_LOSS
    loss = matrix.get(needed, {}).get(chosen, usual)
    return loss * UNDER_ROUTING_FACTOR[accuracy] if gap > 0 else loss
