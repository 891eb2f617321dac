"""The sections of a document, and what the shape of other registries means in them."""

from collections.abc import Iterator
from typing import Any, Final

from routerproject.shared.yaml_text import Flaw, Items, Members, Node, Scalar
from routing.models import ComorbidityPair, Experiment, Loss, Rule, TaskType
from usage.exchange.tables import CATALOG, Table

HINTS: Final = {
    "fallback": "fallback",
    "real-time": "real_time_tier",
    "ceiling": "ceiling",
    "the model ": "primary_model",
    "live model": "primary_model",
    "thinking": "thinking_budget_tokens",
    "tier": "tier",
}
RULE_HINTS: Final = {
    "names the tier": "actions",
    "names the model": "actions",
    "names the task type": "conditions",
    "condition": "conditions",
    "action": "actions",
}
ROUTING: Final = (
    Table("routing", TaskType, ("slug",), names={"primary_model": "primary"}, hint=HINTS),
    Table("rules", Rule, ("slug",), hint=RULE_HINTS),
    Table("experiments", Experiment, ("slug",), hint={"arm": "variants", "share": "variants"}),
    Table("losses", Loss, ("needed", "chosen")),
    Table("comorbidity_pairs", ComorbidityPair, ("first", "second")),
)
TABLES: Final = (*CATALOG, *ROUTING)
SPLIT: Final = "ab_split"


def write_out_splits(root: Members) -> list[Flaw]:
    """Turn each `ab_split` of a route into the experiment that it is short for.

    A route with a single open arm is no split, unless it ends one. Returns what is wrong.
    """
    flaws: list[Flaw] = []
    routes = root.values.get("routing")
    experiments = root.values.get("experiments", Members(root.line, "experiments"))
    if not isinstance(routes, Members) or not isinstance(experiments, Members):
        return flaws
    known = set(Experiment.objects.values_list("slug", flat=True))
    for task, route in routes.values.items():
        split = route.values.pop(SPLIT, None) if isinstance(route, Members) else None
        if split is None or (isinstance(split, Scalar) and split.is_null):
            continue
        if not isinstance(split, Members):
            flaws.append(Flaw(split.line, split.path, "Shares by tier or model are needed."))
        elif task in experiments.values:
            flaws.append(Flaw(split.line, split.path, "This experiment comes twice."))
        elif task in known or sum(not _is_zero(share) for share in split.values.values()) > 1:
            experiments.values[task] = _experiment(task, split, is_new=task not in known)
    if experiments.values:
        root.values["experiments"] = experiments
    return flaws


def _is_zero(share: Node) -> bool:
    return isinstance(share, Scalar) and share.text == "0"


def _experiment(task: str, split: Members, *, is_new: bool) -> Members:
    """Return the experiment of a short form; a new one is marked for publication."""

    def word(text: str) -> Scalar:
        return Scalar(split.line, split.path, text, is_plain=False)

    values: dict[str, Node] = {
        "task_type": word(task),
        "variants": Items(split.line, split.path, list(_arms(split))),
    }
    if is_new:
        values["name"] = word(f"Split of {task}")
        values["is_published"] = Scalar(split.line, split.path, "true")
    return Members(split.line, split.path, values)


def _arms(split: Members) -> Iterator[Node]:
    for target, share in split.values.items():
        name = "".join(c if c.isalnum() or c in "_.-" else "-" for c in target.lower())[:63]
        parts: dict[str, Any] = {"name": name, "target": target}
        arm: dict[str, Node] = {
            key: Scalar(share.line, share.path, text, is_plain=False) for key, text in parts.items()
        }
        yield Members(share.line, share.path, {**arm, "percent": share})
