"""What a publication would change, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one entry, such as a rule or a policy, in two publications."""

    what: str
    field: str
    before: Any
    after: Any

    @property
    def now(self) -> str:
        return in_words(self.before)

    @property
    def then(self) -> str:
        return in_words(self.after)


def between(
    label: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[Difference]:
    """Yield what differs between two sets of entries by name; a missing entry has no values."""
    for name in sorted({*before, *after}):
        old, new = before.get(name, {}), after.get(name, {})
        for field in sorted({*old, *new}):
            pair = old.get(field), new.get(field)
            if _plain(pair[0]) != _plain(pair[1]):
                yield Difference(f"{label} {name}", field, *pair)


def in_words(value: Any) -> str:
    """Return a value of a publication as people read it, on one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts = (f"{name.replace('_', ' ')}: {in_words(each)}" for name, each in value.items())
        return "; ".join(parts) or "none"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(in_words(each) for each in value) or "none"
    return str(value)


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back."""
    return list(value) if isinstance(value, tuple) else value
