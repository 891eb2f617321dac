"""START HERE: which tier a text needs, judged by its words alone. Pure, and the same every time.

`focus` finds the lines that hold the request, `facts` what they state, `features` puts that in
numbers, `weights` says what each is worth by the rules. `learned` weighs the rules' opinion, the
features and the wording, as labelled requests taught it. Length, tier names, "urgent" and attached
records have no weight.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from routing.classify import wording
from routing.classify.critical import critical_in
from routing.classify.facts import Facts, gather
from routing.classify.features import measure
from routing.classify.focus import RequestText
from routing.classify.kinds import kinds_in
from routing.classify.learned import HEURISTICS, LearnedModel, Scores
from routing.classify.telling import sentence
from routing.classify.weights import BASE, CLINICAL_ONLY, TASK_TYPES, WEIGHTS
from routing.classify.wording import Wording
from routing.kinds_of_work import CRITICAL_FROM, FAINTLY_CRITICAL_FROM, LOOKS_CRITICAL
from routing.types import Accuracy, Reason, Urgency, Verdict

TIERS: Final = ("haiku", "sonnet", "opus")
COMPLEXITY: Final = ("simple", "moderate", "complex")
TOP_REASONS = 5
UNTOLD: Final = frozenset({"bias"})
LEAST_SHARE = 0.01  # no tier is ever impossible
ALARMED: Final = 0.65  # above it, a declared type is corrected upward too
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
    model: LearnedModel | None = None,
) -> Verdict:
    """Return the tier probabilities of a request, with its likely task type and the top reasons.

    Without a `model` the rules speak alone. `declared`, `urgency` and `accuracy` say what the
    caller wants, not what the text is; they are weighed by `select`, so that the text stays an
    independent witness against a wrong declaration.
    """
    facts = gather(text)
    features = measure(facts)
    parts = _parts(features, has_tools=has_tools, has_images=has_images)
    probabilities = _softmax([sum(column) for column in zip(BASE, *parts.values(), strict=True)])
    probabilities = _wary(probabilities, is_grave=facts.is_grave)
    beside: Mapping[str, float] = {}
    if model is not None:
        rules = [math.log(p) for p in probabilities]
        worded = wording.read(facts.hits.words)
        parts = model.scores(features, rules, worded)
        probabilities = _softmax([sum(column) for column in zip(*parts.values(), strict=True)])
        beside = _beside(features, rules, worded, is_grave=facts.is_grave)
        is_grave = beside.get(LOOKS_CRITICAL, 0.0) >= CRITICAL_FROM
        probabilities = _wary(probabilities, is_grave=is_grave)
    best = max(range(len(TIERS)), key=probabilities.__getitem__)
    source = "classifier" if model else "heuristics"
    return Verdict(
        task_type=_task_type(facts),
        probabilities=dict(zip(TIERS, probabilities, strict=True)),
        complexity=COMPLEXITY[best],
        source=source,
        reasons=(*_warnings(beside, source), *_reasons(parts, best, source)),
        features={**features, **beside},
        asks_clinical_question=_asks_clinical_question(facts, features),
        model_version=model.version if model else "",
    )


def _parts(
    features: Mapping[str, float], *, has_tools: bool, has_images: bool
) -> Mapping[str, Scores]:
    """Return what each feature adds to the three tiers by the rules."""
    parts = {
        name: (value * WEIGHTS[name][0], value * WEIGHTS[name][1], value * WEIGHTS[name][2])
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


def _beside(
    features: Mapping[str, float], rules: list[float], worded: Wording, *, is_grave: bool
) -> Mapping[str, float]:
    """Return what the models beside the one of tiers find: danger, and kinds of work.

    A grave case looks critical in whatever words it is told.
    """
    likeness = critical_in(features, rules, worded)
    if is_grave:
        likeness = max(likeness, CRITICAL_FROM)
    kinds = kinds_in(features, rules, worded)
    return {**kinds, LOOKS_CRITICAL: likeness} if likeness >= FAINTLY_CRITICAL_FROM else kinds


def _wary(probabilities: list[float], *, is_grave: bool) -> list[float]:
    """Return the probabilities, the highest tier's no lower than a grave case asks for.

    Whoever tells of one in words that nobody foresaw must not be sent too low for the wording.
    """
    if not is_grave or probabilities[-1] >= ALARMED:
        return probabilities
    others = probabilities[:-1]
    left = 1 - ALARMED - LEAST_SHARE * len(others)
    share = left / (sum(others) - LEAST_SHARE * len(others))
    return [LEAST_SHARE + (p - LEAST_SHARE) * share for p in others] + [ALARMED]


def _task_type(facts: Facts) -> str | None:
    if facts.hits.lead in CLINICAL_ONLY and not facts.is_clinical:
        return None
    return TASK_TYPES.get(facts.hits.lead)


def _asks_clinical_question(facts: Facts, features: Mapping[str, float]) -> bool:
    asks = facts.is_clinical and facts.is_open and facts.judgment + facts.hits["medication"] > 0
    return asks or "bare_case" in features


def _warnings(beside: Mapping[str, float], step: str) -> tuple[Reason, ...]:
    if beside.get(LOOKS_CRITICAL, 0.0) < CRITICAL_FROM:
        return ()
    text = "The request looks like work in which a lower tier could harm a patient."
    return (Reason(step, LOOKS_CRITICAL, text, TIERS[-1]),)


def _reasons(parts: Mapping[str, Scores], best: int, step: str) -> tuple[Reason, ...]:
    """Return the features that spoke loudest for the likeliest tier, loudest first."""
    rest = [i for i in range(len(TIERS)) if i != best]
    margin = {name: w[best] - max(w[i] for i in rest) for name, w in parts.items()}
    loudest = sorted((n for n in margin if margin[n] > 0), key=lambda n: -margin[n])
    tier = TIERS[best]
    return tuple(
        _reason(step, name, tier) for name in [n for n in loudest if n not in UNTOLD][:TOP_REASONS]
    )


@lru_cache(maxsize=2_000)
def _reason(step: str, name: str, tier: str) -> Reason:
    """Return why a tier was likelier. There are few of them, and verdicts kept share them."""
    return Reason(step, name, _told(name, tier), tier)


def _told(name: str, tier: str) -> str:
    """Return a feature as a sentence, free of the request's words."""
    if name == "wording":
        return f"Requests worded like this one needed {tier}."
    if name.startswith(HEURISTICS):
        return "The rules point the same way."
    return sentence(name)
