"""What a matrix of losses must look like. Pure."""

from collections.abc import Mapping


def validate_matrix(matrix: Mapping[str, Mapping[str, float]], tiers: list[str]) -> list[str]:
    """Return what is wrong with an edited matrix, as sentences; `tiers` from low to high.

    A row must be zero where the right tier is chosen and must not fall with the distance from it:
    otherwise asking for more accuracy could lower the tier.
    """
    problems = []
    for at, needed in enumerate(tiers):
        row = [matrix.get(needed, {}).get(chosen) for chosen in tiers]
        losses = [loss for loss in row if loss is not None]
        if len(losses) < len(tiers):
            problems.append(f"The row for {needed} must name every tier.")
        elif losses[at] != 0:
            problems.append(f"Choosing {needed} when {needed} is needed must cost 0.")
        elif losses[: at + 1] != sorted(losses[: at + 1], reverse=True):
            problems.append(f"The row for {needed} must rise toward lower tiers.")
        elif losses[at:] != sorted(losses[at:]):
            problems.append(f"The row for {needed} must rise toward higher tiers.")
    return problems
