"""How much a request looks like work in which a lower tier may harm a patient.

A model of its own, which learned critical requests several times each: it would rather raise a
request too many than leave one out. What it says can only raise.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from routing.classify.learned import load
from routing.classify.wording import Wording

CALM: Final = "calm"
CRITICAL: Final = "critical"
LABELS: Final = (CALM, CRITICAL)
FILE: Final = Path(__file__).with_name("critical.model")


def critical_in(features: Mapping[str, float], rules: Sequence[float], worded: Wording) -> float:
    """Return how much a request looks critical, 0 to 1; `rules` are logarithms of theirs.

    No probability: critical requests were learned several times each.
    """
    return _MODEL.probabilities(features, rules, worded)[CRITICAL]


_MODEL: Final = load(FILE.read_bytes(), LABELS)
