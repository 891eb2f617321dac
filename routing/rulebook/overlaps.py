"""Rules that never win, or apply to everything: sound, but hardly what somebody meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from routing.types import Rule

# Of each kind of action the first rule wins; a tier and a model are one kind.
KINDS: Final[Mapping[str, str]] = {"tier": "tier or model", "model": "tier or model"}


def warnings_about(rules: Iterable[Rule]) -> list[str]:
    """Return a sentence for each rule that always applies or that an earlier one leaves no work."""
    found: list[str] = []
    earlier: list[Rule] = []
    for rule in sorted(rules, key=lambda each: (each.priority, each.slug)):
        if not rule.conditions:
            found.append(f"The rule {rule.slug} has no condition, so it applies to every request.")
        found += _shadows(rule, earlier)
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
        return _names(narrow) <= _names(wide)
    return bool(wide == narrow)


def _names(wanted: Any) -> set[str]:
    return {wanted} if isinstance(wanted, str) else set(wanted)
