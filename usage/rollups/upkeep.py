"""How roll-ups stay true: hours that were changed are made anew, hours that ended are added.

One process at a time does it, under the lock of the one row that says which hours there are. What
is made is committed together with how far it is true, so an interruption loses nothing.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from routerproject.shared.clock import first_id
from usage.models import AuditHead, RollupChain, RollupState, UsageRecord
from usage.partitions import ROLLED_UP
from usage.reports import hours as costs
from usage.rollups import making
from usage.rollups.coverage import CHANGED, MOST_ENTRIES, hour_of, hour_of_id
from usage.rollups.making import HOUR

ENDED_AGO: Final = timedelta(minutes=5)  # most requests of an hour have ended then
HOURS_AT_ONCE: Final = 24  # that one transaction makes
LONGEST_STATEMENT: Final = "200s"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
ONLY: Final = 1  # the key of the one row


def work(now: datetime, *, seconds: float) -> None:
    """Bring the roll-ups up to date, then reach back to older requests, for at most so long."""
    ends_at = time.monotonic() + seconds
    made = keep_up(now)
    while made and time.monotonic() < ends_at and is_behind(now):
        made = keep_up(now)
    earliest = earliest_hour()
    while earliest and made is not None and time.monotonic() < ends_at:
        if not fill_back(now, max(earliest, horizon(now))) and not add_costs(now, earliest):
            return


def horizon(now: datetime) -> datetime:
    """Return the beginning of the oldest month whose roll-ups are kept."""
    months = now.year * 12 + now.month - 1 - settings.KEEP_ROLLUPS_MONTHS
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def is_behind(now: datetime) -> bool:
    """Tell whether hours that have ended are not rolled up yet."""
    return RollupState.objects.filter(until__lt=hour_of(now - ENDED_AGO)).exists()


def covered() -> tuple[datetime, datetime]:
    """Return from when until when hours are rolled up; the same moment twice if none are."""
    state = RollupState.objects.filter(pk=ONLY).first()
    return (state.since, state.until) if state else (NEVER, NEVER)


def keep_up(now: datetime, *, waits: bool = False) -> int | None:
    """Make what changed and what ended since the last time; return how many hours were made.

    Some at a time: call it again until nothing is. None while another process is at it, unless
    this `waits` for it.
    """
    with transaction.atomic():
        state = _locked(now, waits)
        if state is None:
            return None
        changed = _remake_changed(state)
        ended = _add_ended(state, now)
        return changed + ended


def fill_back(now: datetime, earliest: datetime, *, waits: bool = False) -> int:
    """Make up to a day of hours before those there are, not before `earliest`; return how many."""
    with transaction.atomic():
        state = _locked(now, waits)
        if state is None or state.since <= earliest:
            return 0
        first = max(state.since - HOURS_AT_ONCE * HOUR, earliest)
        hours = list(hours_between(first, state.since))
        prepare(first)
        make(hours)
        RollupState.objects.filter(pk=ONLY).update(since=first)
        return len(hours)


def add_costs(now: datetime, earliest: datetime, *, waits: bool = False) -> int:
    """Make the costs of up to a day of hours that lack them, as after an upgrade, or whose models
    or prices are not those of the tiers any more; return how many."""
    with transaction.atomic():
        state = _locked(now, waits)
        lacking = costs.lacking(state, earliest) if state else []
        for hours in following(lacking):
            prepare(hours[0])
            costs.make(hours)
        return len(lacking)


def make(hours: Sequence[datetime], *, tenant_id: int | None = None) -> dict[datetime, int]:
    """Make all roll-ups of hours that follow each other anew, of one tenant or of all.

    Return how many rows each has that has any.
    """
    with transaction.atomic():
        rows = making.make(hours, tenant_id=tenant_id)
        costs.make(hours, tenant_id=tenant_id)
    return rows


def following(hours: Sequence[datetime]) -> Iterator[list[datetime]]:
    """Yield hours in order as runs without a gap, of a day at most."""
    run: list[datetime] = []
    for hour in hours:
        if run and (hour != run[-1] + HOUR or len(run) == HOURS_AT_ONCE):
            yield run
            run = []
        run.append(hour)
    if run:
        yield run


def rebuild(first: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Make the rolled-up hours of a time anew, and yield each with the number of its rows.

    Hours whose requests are no longer kept stay as they are.
    """
    earliest = earliest_hour()
    state = RollupState.objects.filter(pk=ONLY).first()
    if state is None or earliest is None:
        return
    hours = list(hours_between(max(first, state.since, earliest), min(end, state.until)))
    for some in following(hours):
        with transaction.atomic():
            _be_patient()
            RollupState.objects.select_for_update().get(pk=ONLY)
            rows = make(some)
        yield from ((hour, rows.get(hour, 0)) for hour in some)


def forget(before: datetime) -> int:
    """Drop the months of roll-ups that ended before a moment; return how many tables."""
    with transaction.atomic():
        state = RollupState.objects.select_for_update().filter(pk=ONLY).first()
        if state is None or state.since >= before:
            return 0
        state.since = before
        state.save(update_fields=["since"])
        costs.forget(before)
        return sum(_drop(table, before) for table in ROLLED_UP)


def earliest_hour() -> datetime | None:
    """Return the hour of the oldest request that is kept."""
    oldest = UsageRecord.objects.order_by("id").values_list("id", flat=True).first()
    return hour_of_id(oldest) if oldest else None


def prepare(month: datetime) -> None:
    """Make the partition of a month that a roll-up is about to be written to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT usage_make_partitions_of(%s, %s, 2)", [list(ROLLED_UP), month.date()]
        )


def hours_between(first: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the beginnings of the hours from `first` until before `end`."""
    while first < end:
        yield first
        first += HOUR


def _locked(now: datetime, waits: bool) -> RollupState | None:
    """Return the state under its lock, made if there is none; None if another process has it."""
    last = hour_of(now - ENDED_AGO)
    if not RollupState.objects.filter(pk=ONLY).exists():
        RollupState.objects.bulk_create(
            [RollupState(pk=ONLY, since=last, until=last)], ignore_conflicts=True
        )
    _be_patient()
    return RollupState.objects.select_for_update(skip_locked=not waits).filter(pk=ONLY).first()


def _remake_changed(state: RollupState) -> int:
    """Make the hours anew whose requests have new entries in the audit chains."""
    known = dict(RollupChain.objects.values_list("tenant_id", "seq"))
    # Read before the hours are made: what comes in between is made once more, never forgotten.
    heads = dict(AuditHead.objects.order_by("tenant_id").values_list("tenant_id", "seq"))
    changed = _changed(state) if state.since < state.until else []
    if state.since < state.until:
        heads = {each: min(seq, known.get(each, 0) + MOST_ENTRIES) for each, seq in heads.items()}
    for hour, tenant in changed:
        make([hour], tenant_id=tenant)
    RollupChain.objects.bulk_create(
        [RollupChain(tenant_id=each, seq=seq) for each, seq in heads.items()],
        update_conflicts=True,
        update_fields=["seq"],
        unique_fields=["tenant_id"],
    )
    return len(changed)


def _changed(state: RollupState) -> list[tuple[datetime, int]]:
    """Return the hours, and of which tenant, that are not true any more."""
    bounds = {"since": first_id(state.since), "until": first_id(state.until)}
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {**bounds, "tenant": None, "most": MOST_ENTRIES})
        return sorted({(hour_of_id(request), tenant) for tenant, request in cursor})


def _add_ended(state: RollupState, now: datetime) -> int:
    """Make hours that have ended, some at a time, and note that they are there."""
    end = min(hour_of(now - ENDED_AGO), state.until + HOURS_AT_ONCE * HOUR)
    hours = list(hours_between(state.until, end))
    if hours:
        make(hours)
        RollupState.objects.filter(pk=ONLY).update(until=end)
    return len(hours)


def _drop(table: str, before: datetime) -> int:
    """Drop the partitions of a table whose month has ended before a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = %s::regclass AND inhrelid::regclass::text ~ '_[0-9]{4}_[0-9]{2}$'",
            [table],
        )
        old = [name for (name,) in cursor if name[-7:] < f"{before:%Y_%m}"]
        for name in old:
            cursor.execute(f"DROP TABLE {name}")
    return len(old)


def _be_patient() -> None:
    """Let the statements of this transaction take their time: no request waits for them."""
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout"):
            cursor.execute(f"SET LOCAL {name} = '{LONGEST_STATEMENT}'")
