"""The conditions and actions an admin rule may have: what each means and what it must look like."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.select.draft import Situation
from routing.select.words import keyword_key, latest_words
from routing.types import Json

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ACTIONS: Final = frozenset({"tier", "model", "floor", "ceiling", "deny"})


def holds(conditions: Mapping[str, Json], situation: Situation) -> bool:
    """Return whether every condition holds. One that nobody knows never does."""
    return all(
        name in _CONDITIONS and _CONDITIONS[name](wanted, situation)
        for name, wanted in conditions.items()
    )


def validate_rule(conditions: Mapping[str, Json], actions: Mapping[str, Json]) -> list[str]:
    """Return what is wrong with a rule, as sentences for the admin; empty when it is sound."""
    problems = [f"There is no condition {n}." for n in conditions if n not in _CONDITIONS]
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


def has_keywords(wanted: Json, situation: Situation) -> bool:
    """Return whether the latest message has one of the words, by its record if it is gone."""
    if situation.keywords is not None:
        return situation.keywords.get(keyword_key(wanted), False)
    return latest_words(situation.request).contain_any(wanted)


def _one_of(value: str | None, wanted: Json) -> bool:
    return value == wanted if isinstance(wanted, str) else value in wanted


def in_window(wanted: Json, moment: datetime) -> bool:
    """Return whether it is within the window; one that passes midnight belongs to its first day."""
    local = moment.astimezone(ZoneInfo(wanted.get("timezone", "UTC")))
    start = time.fromisoformat(wanted.get("from", "00:00"))
    end = time.fromisoformat(wanted.get("to", "00:00"))
    clock, day = local.time().replace(tzinfo=None), local.weekday()
    if start < end:
        is_inside = start <= clock < end
    else:
        is_inside = clock >= start or clock < end
        day -= clock < end and clock < start
    return is_inside and DAYS[day % 7] in wanted.get("days", DAYS)


_CONDITIONS: Final[Mapping[str, Callable[[Json, Situation], bool]]] = {
    "task_type": lambda w, s: _one_of(s.request.task_type, w),
    "tenant": lambda w, s: _one_of(s.request.tenant, w),
    "client": lambda w, s: _one_of(s.request.client, w),
    "urgency": lambda w, s: _one_of(s.urgency, w),
    "accuracy": lambda w, s: _one_of(s.request.accuracy, w),
    "min_characters": lambda w, s: s.size.characters >= w,
    "max_characters": lambda w, s: s.size.characters <= w,
    "patient_facing": lambda w, s: s.is_patient_facing is w,
    "has_tools": lambda w, s: s.size.has_tools is w,
    "has_images": lambda w, s: (s.size.images + s.size.documents > 0) is w,
    "keywords": has_keywords,
    "time_window": lambda w, s: in_window(w, s.now),
}


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
