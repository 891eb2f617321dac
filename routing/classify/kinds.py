"""What kind of work a request looks like: how well a declared task type fits its text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from routing.classify.learned import load
from routing.classify.wording import Wording
from routing.kinds_of_work import KINDS, PREFIX

LEAST_SHARE: Final = 0.02  # what is less likely is not kept
FILE: Final = Path(__file__).with_name("kinds.model")


def kinds_in(
    features: Mapping[str, float], rules: Sequence[float], worded: Wording
) -> Mapping[str, float]:
    """Return how likely each kind of work is, as features; `rules` are logarithms of theirs."""
    found = _MODEL.probabilities(features, rules, worded)
    return {f"{PREFIX}{kind}": round(p, 4) for kind, p in found.items() if p >= LEAST_SHARE}


_MODEL: Final = load(FILE.read_bytes(), KINDS)
