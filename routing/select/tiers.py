"""The steps that choose a tier: the task type's own, corrected by the text, or the text alone."""

from routing.select import declared
from routing.select.draft import REASON, Draft, Situation
from routing.select.loss import best_tier
from routing.types import TaskTypePolicy

LOWER_ABOVE = 0.85  # P(the next lower tier is enough) that lowers one tier
UNSURE_BELOW = 0.55  # P(the chosen tier is enough) under which the next tier answers


def take_own_tier(situation: Situation, draft: Draft) -> Draft:
    """Take the tier an admin gave the task type, or its real-time tier."""
    task = situation.task
    if draft.source or task is None:
        return draft
    if situation.urgency == "real_time" and task.real_time_tier:
        text = f"In real time, {task.slug} goes to {task.real_time_tier}."
        chosen = draft.choose(task.real_time_tier, source="task_type")
        return chosen.because("task_type", "real_time_tier", text, task.real_time_tier)
    text = f"An admin set {task.tier} for {task.slug}."
    chosen = draft.choose(task.tier, source="task_type")
    return chosen.because("task_type", "own_tier", text, task.tier)


def check_mismatch(situation: Situation, draft: Draft) -> Draft:
    """Correct a declared task type that the text contradicts: up freely, down with great care.

    The text is held against the type's usual tier, so that a real-time tier an admin chose stays.
    A rule that chose a tier, with a declared type or without one, is overruled only where the top
    tier is needed.
    """
    if draft.model:
        return draft
    if draft.source == "rule":
        return _check_rule(situation, draft)
    if situation.task is None or draft.source != "task_type":
        return draft
    wanted = _raised(situation, situation.task)
    if situation.rank(wanted) > situation.rank(situation.task.tier):
        is_reached = situation.rank(wanted) <= situation.rank(draft.tier)
        return draft if is_reached else _contradicted(situation, draft, wanted, "mismatch_up")
    may_lower = declared.may_lower(situation.task.slug, situation.verdict.features)
    if may_lower and not situation.is_critical and _is_surely_easier(situation, draft.tier):
        lower = situation.step(draft.tier, -1)
        return _contradicted(situation, draft, lower, "mismatch_down")
    return draft


def _check_rule(situation: Situation, draft: Draft) -> Draft:
    is_hard = (
        REASON in situation.tiers and situation.probability(REASON) > declared.RAISE_TO_TOP_ABOVE
    )
    if not is_hard or situation.rank(draft.tier) >= situation.rank(REASON):
        return draft
    text = f"The text needs more than the rule's {draft.tier}; {REASON} fits it better."
    return _overruled(situation, draft, REASON, "mismatch_up", text)


def ask_the_text(situation: Situation, draft: Draft) -> Draft:
    """Without a task type, take the tier with the least expected loss."""
    if draft.source:
        return draft
    tier = best_tier(situation)
    told = draft.choose(tier, source=situation.verdict.source)
    told = _replayed(told, situation)
    likely = ", ".join(f"{t} {situation.probability(t):.0%}" for t in situation.tiers)
    text = f"What is needed, by probability: {likely}. {tier} has the least expected loss."
    return told.because(situation.verdict.source, "least_expected_loss", text, tier)


def raise_when_unsure(situation: Situation, draft: Draft) -> Draft:
    """Go one tier up when the text alone chose a tier that is hardly likely to be enough."""
    if draft.source != situation.verdict.source or draft.tier not in situation.tiers:
        return draft
    if situation.acceptable(draft.tier) >= UNSURE_BELOW:
        return draft
    tier = situation.step(draft.tier, 1)
    text = f"{draft.tier} was not likely enough to do, so {tier} answers."
    return draft.choose(tier).because("confidence", "unsure_goes_up", text, tier)


def _raised(situation: Situation, task: TaskTypePolicy) -> str:
    """Return the tier that the text asks for above the type's usual one, else the usual one."""
    features, likely = situation.verdict.features, situation.probability(REASON)
    to_top = declared.needs_top(likely, task.slug, features, is_clinical=task.is_clinical)
    if to_top and REASON in situation.tiers:
        return REASON
    if not declared.overrules(1.0 - situation.acceptable(task.tier), task.slug, features):
        return task.tier
    # The declaration is wrong; so the text decides as if there were none.
    return max(situation.step(task.tier, 1), best_tier(situation), key=situation.rank)


def _is_surely_easier(situation: Situation, tier: str) -> bool:
    lower = situation.step(tier, -1)
    return lower != tier and situation.acceptable(lower) > LOWER_ABOVE


def _contradicted(situation: Situation, draft: Draft, tier: str, code: str) -> Draft:
    text = f"The text does not look like the declared task type; {tier} fits it better."
    return _overruled(situation, draft, tier, code, text)


def _overruled(situation: Situation, draft: Draft, tier: str, code: str, text: str) -> Draft:
    changed = _replayed(draft.choose(tier, source=situation.verdict.source), situation)
    return changed.because("mismatch", code, text, tier).warn("task-type-mismatch", text)


def _replayed(draft: Draft, situation: Situation) -> Draft:
    """Return the draft with what the classifier said of the text."""
    return draft.changed(reasons=(*draft.reasons, *situation.verdict.reasons))
