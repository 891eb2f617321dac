"""What the conditions and actions of an admin rule must look like.

Pure, and asked wherever a rule comes from: a form, a file, or rows that nobody's form wrote.
"""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.types import Json

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ACTIONS: Final = frozenset({"tier", "model", "floor", "ceiling", "deny"})


def validate_rule(conditions: Mapping[str, Json], actions: Mapping[str, Json]) -> list[str]:
    """Return what is wrong with a rule, as sentences for the admin; empty when it is sound."""
    problems = [f"There is no condition {n}." for n in conditions if n not in _FORM]
    problems += [f"There is no action {n}." for n in actions if n not in ACTIONS]
    problems += [
        f"The condition {name} wants {_SHAPES[_FORM[name]][1]}."
        for name, wanted in conditions.items()
        if name in _FORM and not _SHAPES[_FORM[name]][0](wanted)
    ]
    problems += [
        f"The action {name} wants a name."
        for name in sorted(ACTIONS - {"deny"})
        if name in actions and not (isinstance(actions[name], str) and actions[name])
    ]
    if not actions:
        problems.append("A rule needs at least one action.")
    if "deny" in actions and actions["deny"] is not True:
        problems.append("The action deny wants true.")
    if "deny" in actions and len(actions) > 1:
        problems.append("A rule that denies has no other action.")
    if "tier" in actions and "model" in actions:
        problems.append("A rule names a tier or a model, not both.")
    return problems


def _is_names(wanted: Json) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list | tuple) or not names:
        return False
    return all(isinstance(name, str) and name for name in names)


def _is_count(wanted: Json) -> bool:
    return isinstance(wanted, int) and not isinstance(wanted, bool) and wanted >= 0


def _is_window(wanted: Json) -> bool:
    if not isinstance(wanted, Mapping) or wanted.keys() - {"from", "to", "days", "timezone"}:
        return False
    try:
        clocks = [time.fromisoformat(wanted.get(name, "00:00")) for name in ("from", "to")]
        ZoneInfo(wanted.get("timezone", "UTC"))
    except (ValueError, TypeError, ZoneInfoNotFoundError, OSError):
        return False
    if any(clock.tzinfo for clock in clocks):
        return False  # an offset of its own would contradict the window's time zone
    days = wanted.get("days", DAYS)
    return isinstance(days, list | tuple) and bool(days) and all(d in DAYS for d in days)


_SHAPES: Final[Mapping[str, tuple[Callable[[Json], bool], str]]] = {
    "names": (_is_names, "a name or a list of names"),
    "count": (_is_count, "a number that is not negative"),
    "truth": (lambda w: isinstance(w, bool), "true or false"),
    "window": (_is_window, "from and to as HH:MM, and days or a timezone if need be"),
}
_FORM: Final[Mapping[str, str]] = {
    **dict.fromkeys(("task_type", "tenant", "client", "urgency", "accuracy", "keywords"), "names"),
    **dict.fromkeys(("min_characters", "max_characters"), "count"),
    **dict.fromkeys(("patient_facing", "has_tools", "has_images"), "truth"),
    "time_window": "window",
}
