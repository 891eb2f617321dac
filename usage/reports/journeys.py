"""One patient journey: its requests, oldest first, with what each cost."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from usage.dashboard.filters import Selection
from usage.reports import groups
from usage.reports.groups import StepTaken

MOST_REFERENCE = 128  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Journey:
    """The steps of a journey in the chosen time."""

    name: str
    steps: tuple[StepTaken, ...]  # the first of them
    number: int  # of all steps
    cost: int  # of all of them, in nano-USD, as is `opus`
    opus: int
    zone: ZoneInfo

    @property
    def is_cut(self) -> bool:
        """Say whether there are more steps than are shown."""
        return self.number > len(self.steps)


def find(selection: Selection, reference: str) -> Journey | None:
    """Return a journey by the keyed hash in its address; None when it has no step in that time."""
    case_hash = _hash(reference)
    if case_hash is None:
        return None
    scope = replace(selection.scope, case_hash=case_hash)
    taken = groups.steps(scope)
    if not taken:
        return None
    [group] = groups.dearest(scope, "case").shown
    return Journey(group.name, tuple(taken), group.requests, group.cost, group.opus, selection.zone)


def _hash(reference: str) -> bytes | None:
    try:
        return bytes.fromhex(reference) if len(reference) <= MOST_REFERENCE else None
    except ValueError:
        return None
