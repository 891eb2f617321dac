"""The two models beside the one of tiers: what is critical, and what kind of work it is.

They come with the product and are not trained in a clinic: whoever labels tiers there cannot make
the product miss an emergency.
"""

from collections.abc import Callable, Sequence
from typing import Final

from routing.classify import critical
from routing.classify.learned import pack
from routing.classify.training.fit import (
    PENALTY,
    TEXT_SCALE,
    Example,
    data_hash,
    features_of,
    fitted,
)
from routing.classify.training.labelled import LabelledRequest
from routing.classify.training.variations import varied
from routing.kinds_of_work import KINDS, OTHER, kind_of

# An emergency that is missed is so many times worse than a request that is taken for one.
WORTH_OF_CRITICAL: Final = 3
Labelling = Callable[[LabelledRequest], str]


def train_critical(requests: Sequence[LabelledRequest]) -> bytes:
    """Return the artifact that tells critical requests, which count several times."""
    examples: list[Example] = []
    for request in varied(requests):
        label = critical.CRITICAL if request.is_critical else critical.CALM
        times = WORTH_OF_CRITICAL if request.is_critical else 1
        examples += [(features_of(request), label)] * times
    return _packed(requests, examples, critical.LABELS, "critical")


def train_kinds(requests: Sequence[LabelledRequest]) -> bytes:
    """Return the artifact that tells kinds of work, by the task types that requests have."""
    examples = [(features_of(r), kind_of(r.task_type) or OTHER) for r in varied(requests)]
    return _packed(requests, examples, KINDS, "kinds")


def _packed(
    requests: Sequence[LabelledRequest],
    examples: Sequence[Example],
    labels: tuple[str, ...],
    name: str,
) -> bytes:
    named, hashed = fitted(examples, labels)
    card = {
        "name": name,
        "requests": len(requests),
        "data_sha256": data_hash(requests),
        "penalty": PENALTY,
    }
    return pack(
        card=card,
        temperature=1.0,
        text_scale=TEXT_SCALE,
        named=named,
        hashed=hashed,
        labels=labels,
    )
