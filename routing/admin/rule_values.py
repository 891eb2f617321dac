"""What a rule's JSON is in the fields of its form, and the way back. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from routing.rule_shapes import DAYS
from routing.types import Json

NAMES: Final = ("task_type", "tenant", "client", "urgency", "accuracy", "keywords")
COUNTS: Final = ("min_characters", "max_characters")
TRUTHS: Final = ("patient_facing", "has_tools", "has_images")
WINDOW: Final = ("window_from", "window_to", "window_days", "window_timezone")
YES: Final = "yes"
NO: Final = "no"


def initial_of(conditions: Mapping[str, Json], actions: Mapping[str, Json]) -> dict[str, Any]:
    """Return what the fields of a sound rule begin with."""
    found: dict[str, Any] = {n: listed(conditions[n]) for n in NAMES if n in conditions}
    found |= {name: conditions[name] for name in COUNTS if name in conditions}
    found |= {name: YES if conditions[name] else NO for name in TRUTHS if name in conditions}
    if "time_window" in conditions:
        found |= dict(zip(WINDOW, _parts(conditions["time_window"]), strict=True))
    return {**found, **actions}


def conditions_of(given: Mapping[str, Any], *, before: Mapping[str, Json]) -> dict[str, Json]:
    """Return the conditions that checked fields ask for, as in `before` where they mean the same.

    A rule that nobody changed so keeps its very content.
    """
    found: dict[str, Json] = {name: _names(given[name]) for name in NAMES if given[name]}
    found |= {name: given[name] for name in COUNTS if given[name] is not None}
    found |= {name: given[name] == YES for name in TRUTHS if given[name]}
    if any(given[name] for name in WINDOW):
        found["time_window"] = _window(given)
    return {
        name: before[name] if name in before and _is_same(before[name], value) else value
        for name, value in found.items()
    }


def listed(wanted: Json) -> list[str]:
    """Return a name, or a list of them, as a list."""
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _parts(window: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return from, until, days and time zone of a window as its fields show them."""
    has_hours = "from" in window or "to" in window
    hours = (window.get("from", "00:00"), window.get("to", "00:00")) if has_hours else ("", "")
    return *hours, list(window.get("days", ())), window.get("timezone", "UTC")


def _window(given: Mapping[str, Any]) -> dict[str, Json]:
    start, end, days, zone = (given[name] for name in WINDOW)
    found: dict[str, Json] = {"timezone": zone}
    if start is not None:
        found |= {"from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    if days and len(days) < len(DAYS):
        found["days"] = list(days)
    return found


def _is_same(before: Json, after: Json) -> bool:
    """Return whether two values of a condition mean the same."""
    if isinstance(before, Mapping):
        return _meaning(before) == _meaning(after)
    if isinstance(before, bool | int):
        return bool(before == after)
    return set(listed(before)) == set(listed(after))


def _meaning(window: Mapping[str, Any]) -> tuple[Any, ...]:
    start, end, days, zone = _parts(window)
    return start, end, set(days or DAYS), zone


def _names(values: list[str]) -> Json:
    return values[0] if len(values) == 1 else list(values)
