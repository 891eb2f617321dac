"""The first steps: may this task type run at all, and did the caller name a model by right?"""

from routing.errors import TaskTypeDisabled, UnknownModel
from routing.select.draft import Draft, Situation
from routing.select.rules import matching
from usage.catalog import RULE_TIER, ModelCard


def refuse_denied(situation: Situation, draft: Draft) -> Draft:
    """Refuse a task type that is switched off, and what a published rule denies."""
    task = situation.task
    if task is not None and not task.is_enabled:
        raise TaskTypeDisabled(f"The task type {task.slug} is switched off.")
    rule = matching(situation, "deny")
    if rule is not None:
        raise TaskTypeDisabled(f"The rule {rule.slug} denies this request.", rule=rule.slug)
    if task is None:
        return draft.because("task_type", "no_task_type", "The caller named no task type.")
    return draft.because("task_type", "task_type_known", f"The task type is {task.slug}.")


def answer_by_rule(situation: Situation, draft: Draft) -> Draft:
    """Let a rule-based handler answer, for $0."""
    task = situation.task
    if task is None or task.tier != RULE_TIER:
        return draft
    text = f"{task.name} is answered by a rule and calls no model."
    return draft.choose(RULE_TIER, source="rule").because("handler", "rule_handler", text)


def take_override(situation: Situation, draft: Draft) -> Draft:
    """Take the tier or model that the caller named: as the answer's, or as a ceiling.

    Raises UnknownModel. Without the right to choose, the name is ignored with a warning.
    """
    request = situation.request
    name = request.model
    if name is None or request.model_use == "route":
        return draft
    if request.model_use == "pin" and not request.may_override:
        text = "This client may not choose the model; the router chose it."
        return draft.warn("override-ignored", text).because("override", "override_ignored", text)
    tier, model = _named(situation, name)
    if request.model_use == "ceiling":
        text = f"The named model makes {tier} the highest tier for this request."
        return draft.changed(ceiling=tier).because("override", "model_ceiling", text, tier)
    text = f"The caller chose {model.model_id if model else tier} and has the right to."
    chosen = draft.choose(tier, source="override", model=model.model_id if model else None)
    return chosen.because("override", "override_taken", text, tier)


def _named(situation: Situation, name: str) -> tuple[str, ModelCard | None]:
    """Return the tier, and the model unless `name` is a tier, of what a caller named."""
    catalog = situation.table.catalog
    if name in situation.tiers:
        return name, None
    model = catalog.model(name)
    if model is None or not model.is_live or model.tier not in situation.tiers:
        raise UnknownModel("The tier or model that the request names is not in the catalog.")
    return model.tier, model
