"""The steps that bound the chosen tier: floors, ceilings, and what a budget asks for."""

from collections.abc import Mapping

from routing.kinds_of_work import (
    ASKS_FOR_CHORE,
    ASKS_FOR_TEXT,
    CRITICAL_FROM,
    FAINTLY_CRITICAL_FROM,
    LOOKS_CRITICAL,
    PERHAPS_CRITICAL_FROM,
)
from routing.select.draft import EXECUTE, GENERATE, REASON, Draft, Situation

HIGH_NEEDS_GENERATE_BELOW = 0.80  # P(haiku is needed), accuracy high
# P(opus is needed), accuracy critical: of a chore or a text, and of anything else
CRITICAL_NEEDS_REASON_ABOVE = 0.10
OPEN_CRITICAL_NEEDS_REASON_ABOVE = 0.05
# P(haiku is enough) above which a turn with clinical words, or with a single one, is plain
PLAIN_ABOVE = 0.90
PLAIN_WORD_ABOVE = 0.70
ONE_WORD = 0.25  # what a single clinical word makes of the feature
UNDER_CEILING = "What a lower tier may harm a patient by keeps a floor under any ceiling."
CRITICAL_LOWERED = (
    "The request looks like work in which a lower tier may harm a patient; a ceiling keeps it from"
    " the tier that it was decided to need."
)
CRITICAL_CHOSEN = (
    "The request looks like work in which a lower tier may harm a patient, and the caller chose one"
    " that may be too low for it."
)


def raise_to_floors(situation: Situation, draft: Draft) -> Draft:
    """Raise the tier to the highest floor: the task's, the accuracy's, the reader's."""
    for find in (_task_floor, _accuracy_floor, _reader_floor, _danger_floor):
        draft = _with_floor(situation, draft, *find(situation, draft))
    if situation.table.experiments:
        alone = situation.higher(draft.tier, draft.floor) or draft.tier
        draft = draft.changed(tier_alone=alone, floor_alone=draft.floor)
    draft = _with_floor(situation, draft, *_session_floor(situation, draft))
    draft = _warned_of_choice(situation, draft)
    if draft.floor is None or situation.rank(draft.tier) >= situation.rank(draft.floor):
        return draft
    text = f"{draft.tier} lies below the floor, so {draft.floor} answers."
    raised = draft.choose(draft.floor).because("floor", "raised_to_floor", text, draft.floor)
    return raised.warn("override-raised", text) if draft.source == "override" else raised


def _warned_of_choice(situation: Situation, draft: Draft) -> Draft:
    """Tell a caller who chose by right that the choice may be too low for a patient."""
    is_low = situation.rank(draft.tier) < situation.rank(GENERATE)
    if draft.source == "override" and is_low and situation.is_critical:
        return draft.warn("critical-lowered", CRITICAL_CHOSEN)
    return draft


def _with_floor(
    situation: Situation, draft: Draft, code: str, text: str, floor: str | None
) -> Draft:
    if not floor or situation.rank(floor) <= situation.rank(draft.floor):
        return draft
    return draft.changed(floor=floor).because("floor", code, text, floor)


def lower_to_ceiling(situation: Situation, draft: Draft) -> Draft:
    """Lower the tier to the lowest ceiling that applies, but never below the floor."""
    ceiling = lowest_ceiling(situation, draft)
    if ceiling is None or draft.source == "override":
        return draft
    if situation.rank(draft.tier) <= situation.rank(ceiling):
        return draft
    is_risky = situation.is_critical
    if is_risky:
        draft = _with_floor(situation, draft, "critical_under_ceiling", UNDER_CEILING, GENERATE)
    tier = situation.higher(ceiling, draft.floor) or ceiling
    if is_risky and tier != draft.tier:
        draft = draft.warn("critical-lowered", CRITICAL_LOWERED)
    if tier == draft.tier:
        return draft.because("ceiling", "floor_above_ceiling", "The floor wins over the ceiling.")
    text = f"Nothing above {tier} may answer this request."
    return draft.choose(tier).because("ceiling", "lowered_to_ceiling", text, tier)


def lowest_ceiling(situation: Situation, draft: Draft) -> str | None:
    """Return the lowest of the admin's, a rule's and the caller's ceilings."""
    task_ceiling = situation.task.ceiling if situation.task else None
    ceilings = [c for c in (draft.ceiling, task_ceiling) if c in situation.tiers]
    return min(ceilings, key=situation.rank, default=None)


def yield_to_budget(situation: Situation, draft: Draft) -> Draft:
    """Take the next lower tier where a budget near its cap asks for it, if the floor lets it."""
    pressure = situation.pressure
    if pressure is None or pressure.tier not in ("", draft.tier):
        return draft
    lower = situation.step(draft.tier, -1)
    if situation.rank(lower) >= situation.rank(draft.tier):
        return draft
    if situation.rank(lower) < situation.rank(draft.floor) or situation.is_critical:
        text = f"The budget {pressure.budget} is tight, but the floor does not let the tier fall."
        return draft.because("budget", "floor_held", text)
    text = f"The budget {pressure.budget} is tight, so {lower} answers."
    return draft.choose(lower).because("budget", "stepped_down", text, lower).warn("budget", text)


def _task_floor(situation: Situation, _: Draft) -> tuple[str, str, str | None]:
    floor = situation.task.floor if situation.task else None
    return "task_floor", f"The task type lets nothing below {floor} answer.", floor


def _accuracy_floor(situation: Situation, _: Draft) -> tuple[str, str, str | None]:
    accuracy = situation.request.accuracy
    if accuracy == "critical" and _is_perhaps_complex(situation):
        return "critical_complex", "Critical work that may be complex goes to the top.", REASON
    if accuracy == "critical":
        return "critical_floor", "Critical work has a floor.", GENERATE
    if accuracy == "high" and situation.probability(EXECUTE) < HIGH_NEEDS_GENERATE_BELOW:
        return (
            "high_floor",
            "High accuracy was asked for, and the task may be hard.",
            GENERATE,
        )
    return "", "", None


def looks_critical(features: Mapping[str, float]) -> bool:
    """Return whether a text looks like work in which a lower tier may harm a patient."""
    return features.get(LOOKS_CRITICAL, 0.0) >= CRITICAL_FROM


def may_be_complex(probabilities: Mapping[str, float], features: Mapping[str, float]) -> bool:
    """Return whether work that is said to be critical goes to the top.

    Only what visibly asks for a chore or a text, and shows next to nothing of danger, does not.
    """
    likely, likeness = probabilities.get(REASON, 0.0), features.get(LOOKS_CRITICAL, 0.0)
    if features.get(ASKS_FOR_CHORE, 0.0) or features.get(ASKS_FOR_TEXT, 0.0):
        return likely > CRITICAL_NEEDS_REASON_ABOVE or likeness >= PERHAPS_CRITICAL_FROM
    return likely > OPEN_CRITICAL_NEEDS_REASON_ABOVE or likeness >= FAINTLY_CRITICAL_FROM


def is_about_care(probabilities: Mapping[str, float], features: Mapping[str, float]) -> bool:
    """Return whether a turn has clinical content, and not only a word of the clinic in it.

    "Where do I bring flowers for the intensive care unit?" is answered like any other where.
    """
    clinical, easy = features.get("clinical", 0.0), probabilities.get(EXECUTE, 0.0)
    return clinical > 0 and easy <= (PLAIN_ABOVE if clinical > ONE_WORD else PLAIN_WORD_ABOVE)


def _is_perhaps_complex(situation: Situation) -> bool:
    return may_be_complex(situation.verdict.probabilities, situation.verdict.features)


def _reader_floor(situation: Situation, _: Draft) -> tuple[str, str, str | None]:
    verdict = situation.verdict
    is_clinical = (
        is_about_care(verdict.probabilities, verdict.features)
        or verdict.asks_clinical_question
        or (situation.task is not None and situation.task.is_clinical)
    )
    floor = GENERATE if situation.is_patient_facing and is_clinical else None
    return "patient_facing", "A patient reads this clinical answer as it is.", floor


def _danger_floor(situation: Situation, draft: Draft) -> tuple[str, str, str | None]:
    """A rule that names a small model was not made with this patient in mind."""
    floor = GENERATE if draft.source == "rule" and situation.is_critical else None
    return "critical_over_rule", "What a lower tier may harm a patient by keeps a floor.", floor


def _session_floor(situation: Situation, draft: Draft) -> tuple[str, str, str | None]:
    """A person's conversation never gets a lower tier than before; a program's steps may."""
    if situation.size.is_agent_step or draft.source == "override":
        return "", "", None
    text = "The tier does not fall within a conversation."
    return "session_floor", text, situation.session_floor
