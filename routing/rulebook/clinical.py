"""Whether a change of the rulebook concerns clinical work, and so needs a second person. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final

from routing.types import Json, TaskTypePolicy

Entry = Mapping[str, Any]
USUAL: Final = {
    each.name: each.default for each in fields(TaskTypePolicy) if each.default is not MISSING
}


def concerns_clinical_work(before: Mapping[str, Json], after: Mapping[str, Json]) -> bool:
    """Return whether the second content may decide a clinical request in another way.

    The losses decide requests of every kind; so does a rule that names no task type.
    """
    if before["loss_matrix"] != after["loss_matrix"]:
        return True
    pairs = (content.get("comorbidity_pairs", []) for content in (before, after))
    if any(_changed(*pairs)):
        return True
    clinical = {e["slug"] for c in (before, after) for e in c["task_types"] if e["is_clinical"]}
    types = {e["slug"] for e in _changed(before["task_types"], after["task_types"])}
    rules = _changed(before["rules"], after["rules"])
    if clinical & types or any(_may_apply(rule, clinical) for rule in rules):
        return True
    all_rules = {e["slug"]: e for c in (before, after) for e in c["rules"]}
    return any(
        _may_try(experiment, clinical, all_rules)
        for experiment in _changed(before.get("experiments", []), after.get("experiments", []))
    )


def complete(entry: Entry) -> Entry:
    """Return a task type with the fields that did not exist when it was published, at their usual.

    A rule or an experiment is returned as it is.
    """
    return {**USUAL, **entry} if "is_clinical" in entry else entry


def deciding(entry: Entry) -> dict[str, Any]:
    """Return what decides, as JSON gives it back: no version, which counts every edit."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in entry.items()
        if name != "version"
    }


def _may_try(experiment: Entry, clinical: set[str], rules: Mapping[str, Entry]) -> bool:
    """Return whether an experiment may deal clinical work."""
    if experiment["task_type"]:
        return experiment["task_type"] in clinical
    rule = rules.get(experiment["rule"] or "")
    return rule is None or _may_apply(rule, clinical)


def _changed(before: list[Entry], after: list[Entry]) -> Iterator[Entry]:
    """Yield every entry that is not in both lists with the same content."""
    old, new = (
        {entry["slug"]: deciding(complete(entry)) for entry in entries}
        for entries in (before, after)
    )
    for slug in {*old, *new}:
        if old.get(slug) != new.get(slug):
            yield from (entries[slug] for entries in (old, new) if slug in entries)


def _may_apply(rule: Entry, clinical: set[str]) -> bool:
    named = rule["conditions"].get("task_type")
    if named is None:
        return True
    return bool(clinical & {named} if isinstance(named, str) else clinical & set(named))
