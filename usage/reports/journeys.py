"""One patient journey: its requests, oldest first, with what each cost."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from usage.dashboard.filters import Selection
from usage.reports import groups
from usage.reports.groups import MOST_STEPS, StepTaken

MOST_REFERENCE = 128  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Journey:
    """The steps of a journey in the chosen time."""

    name: str
    steps: tuple[StepTaken, ...]
    is_cut: bool  # there are more steps than are shown
    zone: ZoneInfo

    @property
    def cost(self) -> int:
        return sum(step.cost for step in self.steps)

    @property
    def opus(self) -> int:
        return sum(step.opus for step in self.steps)


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
    return Journey(group.name, tuple(taken), len(taken) == MOST_STEPS, selection.zone)


def _hash(reference: str) -> bytes | None:
    try:
        return bytes.fromhex(reference) if len(reference) <= MOST_REFERENCE else None
    except ValueError:
        return None
