"""START HERE: which tier a text needs, judged by its words alone. Pure, and the same every time.

`focus` finds the lines that hold the request, `facts` what they state, `features` puts that in
numbers, `weights` says what each is worth. Length, tier names, "urgent" and attached records have
no weight.
"""

import math
from collections.abc import Mapping
from typing import Final

from routing.classify.facts import Facts, gather
from routing.classify.features import measure
from routing.classify.focus import RequestText
from routing.classify.weights import BASE, CLINICAL_ONLY, TASK_TYPES, WEIGHTS
from routing.types import Accuracy, Reason, Urgency, Verdict

TIERS: Final = ("haiku", "sonnet", "opus")
COMPLEXITY: Final = ("simple", "moderate", "complex")
TOP_REASONS = 5
LEAST_SHARE = 0.01  # no tier is ever impossible
TOOLS: Final = (-0.6, 0.4, 0.2)  # a model that calls tools has to plan
IMAGES: Final = (-1.2, 0.8, 0.2)


def judge(
    text: RequestText,
    *,
    declared: str | None = None,
    urgency: Urgency = "interactive",
    accuracy: Accuracy = "standard",
    has_tools: bool = False,
    has_images: bool = False,
) -> Verdict:
    """Return the tier probabilities of a request, with its likely task type and the top reasons.

    `declared`, `urgency` and `accuracy` say what the caller wants, not what the text is; they are
    weighed by `select`, so that the text stays an independent witness against a wrong declaration.
    """
    facts = gather(text)
    features = measure(facts)
    parts = _parts(features, has_tools=has_tools, has_images=has_images)
    probabilities = _softmax([sum(column) for column in zip(BASE, *parts.values(), strict=True)])
    best = max(range(len(TIERS)), key=probabilities.__getitem__)
    return Verdict(
        task_type=_task_type(facts),
        probabilities=dict(zip(TIERS, probabilities, strict=True)),
        complexity=COMPLEXITY[best],
        source="heuristics",
        reasons=_reasons(parts, best),
        features=features,
        asks_clinical_question=_asks_clinical_question(facts, features),
    )


def _parts(
    features: Mapping[str, float], *, has_tools: bool, has_images: bool
) -> Mapping[str, tuple[float, ...]]:
    """Return what each feature adds to the three tiers."""
    parts = {
        name: tuple(value * w for w in WEIGHTS[name])
        for name, value in features.items()
        if name in WEIGHTS
    }
    return (
        parts | ({"tools": TOOLS} if has_tools else {}) | ({"images": IMAGES} if has_images else {})
    )


def _softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(s - top) for s in scores]
    total = sum(powers)
    return [LEAST_SHARE + (1 - LEAST_SHARE * len(powers)) * p / total for p in powers]


def _task_type(facts: Facts) -> str | None:
    if facts.hits.lead in CLINICAL_ONLY and not facts.is_clinical:
        return None
    return TASK_TYPES.get(facts.hits.lead)


def _asks_clinical_question(facts: Facts, features: Mapping[str, float]) -> bool:
    asks = facts.is_clinical and facts.is_open and facts.judgment + facts.hits["medication"] > 0
    return asks or "bare_case" in features


def _reasons(parts: Mapping[str, tuple[float, ...]], best: int) -> tuple[Reason, ...]:
    """Return the features that spoke loudest for the likeliest tier, loudest first."""
    rest = [i for i in range(len(TIERS)) if i != best]
    margin = {name: w[best] - max(w[i] for i in rest) for name, w in parts.items()}
    loudest = sorted((n for n in margin if margin[n] > 0), key=lambda n: -margin[n])
    tier = TIERS[best]
    return tuple(
        Reason("heuristics", name, f"The request shows: {name.replace('_', ' ')}.", tier)
        for name in loudest[:TOP_REASONS]
    )
