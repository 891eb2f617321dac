"""A rule in plain words, for people who decide whether it says what they mean. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from routing.rule_shapes import DAYS
from routing.types import Json

DAY_NAMES: Final = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))


def in_words(conditions: Mapping[str, Json], actions: Mapping[str, Json]) -> str:
    """Return a sound rule as one sentence."""
    return f"When {when(conditions)}, then {then(actions)}."


def when(conditions: Mapping[str, Json]) -> str:
    """Return for which requests a rule holds."""
    if not conditions:
        return "any request comes"
    return " and ".join(_phrases(conditions))


def then(actions: Mapping[str, Json]) -> str:
    """Return what a rule does."""
    found = [_ACTIONS[name](value) for name, value in actions.items() if name in _ACTIONS]
    return " and ".join(found) or "nothing happens"


def _phrases(conditions: Mapping[str, Json]) -> Iterator[str]:
    """Yield the conditions in the order of their table, the database having none of its own."""
    for name, phrase in _CONDITIONS.items():
        if name in conditions:
            yield phrase(conditions[name])
    for name in sorted(conditions.keys() - _CONDITIONS.keys()):
        yield f"something unknown holds ({name})"


def _names(wanted: Json) -> list[str]:
    return [wanted] if isinstance(wanted, str) else [str(each) for each in wanted]


def _either(wanted: Json) -> str:
    """Return a name or several, with spaces for underscores, as a choice."""
    *others, last = (name.replace("_", " ") for name in _names(wanted))
    return f"{', '.join(others)} or {last}" if others else last


def _quoted(wanted: Json) -> str:
    return _either([f'"{word}"' for word in _names(wanted)])


def _window(wanted: Any) -> str:
    chosen = [each for each in DAYS if each in wanted.get("days", DAYS)]
    days = "" if len(chosen) == len(DAYS) else f"on {_either([DAY_NAMES[d] for d in chosen])}"
    when_ = " ".join(filter(None, (_hours(wanted, is_daily=not days), days))) or "any time"
    return f"it is {when_} ({wanted.get('timezone', 'UTC')})"


def _hours(wanted: Any, *, is_daily: bool) -> str:
    """Return the hours of a window; one of 24 hours may end on the day after those it names."""
    start, end = wanted.get("from", "00:00"), wanted.get("to", "00:00")
    if start != end:
        return f"between {start} and {end}"
    return "" if is_daily or start == "00:00" else f"within 24 hours from {start}"


_CONDITIONS: Final[Mapping[str, Callable[[Any], str]]] = {
    "task_type": lambda w: f"the request says that it is {_either(w)}",
    "tenant": lambda w: f"it comes from the tenant {_quoted(w)}",
    "client": lambda w: f"it comes from the client {_quoted(w)}",
    "urgency": lambda w: f"its urgency is {_either(w)}",
    "accuracy": lambda w: f"its accuracy is {_either(w)}",
    "min_characters": lambda w: f"it has at least {w:,} characters",
    "max_characters": lambda w: f"it has at most {w:,} characters",
    "patient_facing": lambda w: (
        "a patient reads the answer" if w else "no patient reads the answer"
    ),
    "has_tools": lambda w: "it brings tools" if w else "it brings no tools",
    "has_images": lambda w: "it brings images or files" if w else "it brings no images or files",
    "keywords": lambda w: f"its latest message has {_quoted(w)}",
    "time_window": _window,
}
_ACTIONS: Final[Mapping[str, Callable[[Any], str]]] = {
    "tier": lambda w: f"{w} answers",
    "model": lambda w: f"the model {w} answers",
    "floor": lambda w: f"nothing below {w} answers",
    "ceiling": lambda w: f"nothing above {w} answers",
    "deny": lambda w: "it is refused",
}
