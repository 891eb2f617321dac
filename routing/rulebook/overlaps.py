"""Rules that never win, or whose names decide which one does: sound, but hardly meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from routing.rulebook.reach import LEVELS, Known, names, reach_of
from routing.types import Rule

# Of each kind of action the first rule wins; a tier and a model are one kind.
KINDS: Final[Mapping[str, str]] = {"tier": "tier or model", "model": "tier or model"}


NAMES: Final = ("task_type", "tenant", "client", *LEVELS)  # a request has one of each at most


def warnings_about(rules: Iterable[Rule], known: Known | None = None) -> list[str]:
    """Return a sentence for each rule that applies always, never, or never first."""
    found: list[str] = []
    earlier: list[Rule] = []
    for rule in sorted(rules, key=lambda each: (each.priority, each.slug)):
        found += reach_of(rule, known or Known())
        found += _shadows(rule, earlier)
        found += _ties(rule, earlier)
        earlier.append(rule)
    return found


def _shadows(rule: Rule, earlier: list[Rule]) -> Iterator[str]:
    """Yield for each kind of action the first rule that always wins over this one."""
    for kind in sorted(_kinds(rule)):
        first = next((e for e in earlier if kind in _kinds(e) and _covers(e, rule)), None)
        if first is None:
            continue
        is_equal = first.priority == rule.priority and first.conditions == rule.conditions
        how = "conflicts with" if is_equal and first.actions != rule.actions else "never wins over"
        yield f"The rule {rule.slug} {how} {first.slug}, which comes first ({kind})."


def _ties(rule: Rule, earlier: list[Rule]) -> Iterator[str]:
    """Yield each rule of the same priority that may apply with this one and do something else."""
    for other in earlier:
        if other.priority != rule.priority or _covers(other, rule) or _exclude(other, rule):
            continue
        for kind in sorted(_kinds(rule) & _kinds(other)):
            if _done(rule, kind) != _done(other, kind):
                yield (
                    f"The rules {other.slug} and {rule.slug} may both apply ({kind}) and have the "
                    f"same priority, so that {other.slug} wins by its name alone."
                )


def _done(rule: Rule, kind: str) -> set[Any]:
    return {value for name, value in rule.actions.items() if KINDS.get(name, name) == kind}


def _exclude(first: Rule, second: Rule) -> bool:
    """Return whether surely no request meets the conditions of both."""
    one, other = first.conditions, second.conditions
    shared = one.keys() & other.keys()
    return (
        any(not names(one[name]) & names(other[name]) for name in shared & {*NAMES})
        or any(one[name] != other[name] for name in shared if isinstance(one[name], bool))
        or _is_longer(one, other)
        or _is_longer(other, one)
    )


def _is_longer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether all texts that the first wants are longer than all that the second wants."""
    most = other.get("max_characters")
    return most is not None and bool(one.get("min_characters", 0) > most)


def _kinds(rule: Rule) -> set[str]:
    return {KINDS.get(action, action) for action, value in rule.actions.items() if value}


def _covers(first: Rule, second: Rule) -> bool:
    """Return whether all that meets the second rule's conditions surely meets the first's."""
    return all(
        name in second.conditions and _includes(name, wanted, second.conditions[name])
        for name, wanted in first.conditions.items()
    )


def _includes(name: str, wide: Any, narrow: Any) -> bool:
    """Return whether one condition holds wherever another one of its name does."""
    if name == "min_characters":
        return bool(wide <= narrow)
    if name == "max_characters":
        return bool(wide >= narrow)
    if isinstance(wide, str | list) and isinstance(narrow, str | list):
        return names(narrow) <= names(wide)
    return bool(wide == narrow)
