"""What one content of the rulebook changes of another, for people to read."""

from collections.abc import Mapping
from typing import Any

from routerproject.shared.admin import Difference, between
from routing.rule_shapes import validate_rule
from routing.rulebook.clinical import complete
from routing.rulebook.wording import in_words
from routing.types import Json

PARTS = ("task_types", "rules", "experiments", "comorbidity_pairs")


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """Return what the second content changes of the first."""
    found = [
        difference
        for part in PARTS
        for difference in between(
            part.replace("_", " ").removesuffix("s"), _of(before, part), _of(after, part)
        )
    ]
    return [*found, *between("loss", before["loss_matrix"], after["loss_matrix"])]


def _of(content: Mapping[str, Json], part: str) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a part, which older publications may not have."""
    return {entry["slug"]: _readable(complete(entry)) for entry in content.get(part, ())}


def _readable(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what decides of an entry; of a rule that is sound, what it says in words."""
    kept = {name: entry[name] for name in entry.keys() - {"slug", "version"}}
    conditions, actions = kept.get("conditions"), kept.get("actions")
    if not isinstance(conditions, dict) or not isinstance(actions, dict):
        return kept
    if validate_rule(conditions, actions):
        return kept
    others = {name: kept[name] for name in kept.keys() - {"conditions", "actions"}}
    return {**others, "says": in_words(conditions, actions)}
