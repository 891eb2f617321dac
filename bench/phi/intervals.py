"""95 % confidence intervals of shares, honest about texts whose identifiers fall together."""

import math
from collections.abc import Sequence

_Z = 1.959964


def wilson(hits: float, total: float) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    if total <= 0:
        return 0.0, 1.0
    share = hits / total
    center = share + _Z**2 / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    scale = 1 + _Z**2 / total
    return max(0.0, (center - spread) / scale), min(1.0, (center + spread) / scale)


def clustered(groups: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return the interval of hits over total, given both for each text.

    Spans of one text stand or fall together, so the number of spans is divided by the design
    effect (observed variance of the ratio between texts over the binomial one, at least 1).
    """
    hits = sum(hit for hit, _ in groups)
    total = sum(size for _, size in groups)
    if not total:
        return 0.0, 1.0
    share = hits / total
    binomial = share * (1 - share) / total
    count = len(groups)
    if binomial == 0 or count < 2:
        return wilson(hits, total)
    between = sum((hit - share * size) ** 2 for hit, size in groups) * count / (count - 1)
    effect = max(1.0, between / total**2 / binomial)
    return wilson(hits / effect, total / effect)
