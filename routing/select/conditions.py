"""What each condition of an admin rule means; `routing.rule_shapes` says what it must look like."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from routing.rule_shapes import DAYS
from routing.select.draft import Situation
from routing.select.words import keyword_key, latest_words
from routing.types import Json


def holds(conditions: Mapping[str, Json], situation: Situation) -> bool:
    """Return whether every condition holds. One that nobody knows never does."""
    return all(
        name in _CONDITIONS and _CONDITIONS[name](wanted, situation)
        for name, wanted in conditions.items()
    )


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
