"""Drift is looked for once a day, kept, and told to who opens the admin."""

from datetime import datetime, timedelta
from typing import Final

from routing.evaluation.drift import Drift, Seen, drift
from routing.models import DriftCheck
from usage import stages

LATELY: Final = timedelta(days=7)
BEFORE: Final = timedelta(days=28)
STALE: Final = timedelta(days=3)  # an older finding is told no more
MOST: Final = 20_000  # decisions of either time


def check(now: datetime) -> DriftCheck:
    """Compare the last week with the four weeks before, and keep what was found."""
    middle = now - LATELY
    found = drift(_seen(middle - BEFORE, middle), _seen(middle, now))
    return _kept(found, now)


def notices(now: datetime) -> list[str]:
    """Return what the last check found, as sentences."""
    last = DriftCheck.objects.first()
    if last is None or last.at < now - STALE:
        return []
    return [f"Requests have become others: {finding}" for finding in last.findings]


def _seen(since: datetime, until: datetime) -> list[Seen]:
    return [Seen(*row) for row in stages.looked_at(since, until, MOST)]


def _kept(found: Drift, now: datetime) -> DriftCheck:
    return DriftCheck.objects.create(
        at=now,
        then=found.then,
        now=found.now,
        absent_then=found.absent_then,
        absent_now=found.absent_now,
        shifts=[[shift.feature, round(shift.psi, 4)] for shift in found.shifts],
        findings=found.findings,
    )
