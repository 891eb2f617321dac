"""Rules that can match nothing, or match everything: sound, but hardly what somebody meant. Pure.

What matches none or all of the requests that really came is told by a what-if.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from routing.types import Accuracy, Rule, Urgency

LEVELS: Final[Mapping[str, frozenset[str]]] = {
    "urgency": frozenset(get_args(Urgency)),
    "accuracy": frozenset(get_args(Accuracy)),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What conditions can name: task types, with whether patients read their answers, and callers.

    Where there is no caller at all, none was looked up.
    """

    task_types: Mapping[str, bool] = field(default_factory=dict)
    callers: frozenset[tuple[str, str]] = frozenset()  # slugs of tenant and client


def reach_of(rule: Rule, known: Known) -> Iterator[str]:
    """Yield a sentence for each reason why a rule applies to everything, or to nothing."""
    conditions = rule.conditions
    if not conditions:
        yield f"The rule {rule.slug} has no condition, so it applies to every request."
    elif all(_always(name, wanted) for name, wanted in conditions.items()):
        yield f"The conditions of the rule {rule.slug} always hold: it applies to every request."
    for why in _contradictions(conditions, known):
        yield f"The rule {rule.slug} can never apply: {why}"
    yield from _lost_names(rule, known)


def names(wanted: Any) -> set[str]:
    """Return the names that a condition lists."""
    return {wanted} if isinstance(wanted, str) else set(wanted)


def _always(name: str, wanted: Any) -> bool:
    if name in LEVELS:
        return LEVELS[name] <= names(wanted)
    return name == "min_characters" and bool(wanted == 0)


def _contradictions(conditions: Mapping[str, Any], known: Known) -> Iterator[str]:
    least, most = conditions.get("min_characters", 0), conditions.get("max_characters")
    if most is not None and least > most:
        yield f"no text has at least {least:,} and at most {most:,} characters."
    for name, levels in LEVELS.items():
        if name in conditions and not names(conditions[name]) & levels:
            yield f"there is no such {name}."
    if "keywords" in conditions and not any(map(_has_a_word, names(conditions["keywords"]))):
        yield "none of its keywords has a letter or a number."
    if conditions.get("patient_facing") is False and _are_patient_facing(conditions, known):
        yield "patients read the answers of all task types that it names."
    if _names_a_caller(conditions) and known.callers and not _callers(conditions, known):
        yield "no client is meant by the tenant and client that it names."


def _has_a_word(keyword: str) -> bool:
    return any(each.isalnum() for each in keyword)


def _are_patient_facing(conditions: Mapping[str, Any], known: Known) -> bool:
    return "task_type" in conditions and all(
        known.task_types.get(slug) for slug in names(conditions["task_type"])
    )


def _names_a_caller(conditions: Mapping[str, Any]) -> bool:
    return "tenant" in conditions or "client" in conditions


def _callers(conditions: Mapping[str, Any], known: Known) -> list[tuple[str, str]]:
    """Return the clients, with their tenants, whose requests can meet the conditions."""
    tenants, clients = (conditions.get(name) for name in ("tenant", "client"))
    return [
        (tenant, client)
        for tenant, client in known.callers
        if (tenants is None or tenant in names(tenants))
        and (clients is None or client in names(clients))
    ]


def _lost_names(rule: Rule, known: Known) -> Iterator[str]:
    """Yield which tenants and clients a rule names that there are not."""
    if not known.callers:
        return
    for at, name in enumerate(("tenant", "client")):
        there = {caller[at] for caller in known.callers}
        for lost in sorted(names(rule.conditions.get(name, ())) - there):
            yield f"The rule {rule.slug} names the {name} {lost}, which has no client or is gone."
