"""Holding the sums of a usage report against a month, and clearing up what they prove."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Sum

from usage import bill_names, buckets
from usage.bill_names import Place
from usage.bill_rows import COLUMNS, Bucket
from usage.buckets import Found
from usage.closing import comparing, months, staging
from usage.closing.comparing import Difference
from usage.closing.months import Month
from usage.closing.staging import Note
from usage.models import AttemptState, Bill, BillKind, DifferenceKind

ENDED = (AttemptState.SETTLED, AttemptState.RESOLVED)
Names = Mapping[str, Collection[Place]]  # where calls went, by a model's name at the provider


@dataclass(slots=True)
class _Compared:
    differences: list[Difference] = field(default_factory=list)
    resolved: int = 0


def compare_report(
    found: Iterable[Bucket],
    *,
    month: Month,
    provider: str,
    by: User,
    now: datetime,
    note: Note = lambda rows: None,
) -> Bill:
    """Hold a report against a month; all of it or nothing. `note` is told how far it was read.

    The rows are read one by one. Raises PermissionDenied, BadReport and IsClosed.
    """
    if not by.has_perm(comparing.PERMISSION):
        raise PermissionDenied(f"This needs the permission {comparing.PERMISSION}.")
    comparing.refuse_closed(month)
    with staging.staged(found, month, note), transaction.atomic():
        _be_patient()
        months.hold(month)
        comparing.refuse_closed(month)
        staging.refuse_overlaps()
        names = bill_names.names_at(provider, month.start, month.end)
        staging.join_ledger(names, month, now)
        compared = _compare(names, month, now)
        bill = Bill(
            month=month.first,
            provider=provider,
            kind=BillKind.REPORT,
            compared_by=by.get_username(),
            compared_at=now,
            deployments=sorted({slug for places in names.values() for slug, _ in places}),
            **_outcome(compared),
        )
        return comparing.keep(bill, compared.differences)


def _outcome(compared: _Compared) -> dict[str, int | None]:
    rows, billed = staging.totals()
    differing = {each.row for each in compared.differences if each.row}
    return {
        "lines": rows,
        "equal": rows - len(differing),
        "resolved": compared.resolved,
        "billed_nano_usd": billed,
    }


def _compare(names: Names, month: Month, now: datetime) -> _Compared:
    """Look into each row that is not equal, and at what no row is for."""
    done = _Compared()
    covered = {model: Counter(sums) for model, sums in staging.covered().items()}
    for bucket in staging.suspects():
        places = names.get(bucket.model, ())
        found = buckets.compare(bucket, places, now=now)
        done.resolved += found.resolved
        done.differences += _of_bucket(found, places)
        comparing.refuse_too_many(done.differences)
        if found.word == "one-call":  # the rest is what that call used
            covered.setdefault(bucket.model, Counter()).update(_more(found))
    done.differences += _uncovered(covered, names, month)
    done.differences += _in_doubt(names, month)
    return done


def _of_bucket(found: Found, places: Collection[Place]) -> Iterator[Difference]:
    bucket = found.bucket
    reference = f"{bucket.model} {bucket.start.isoformat()}"
    if found.word == "running":
        yield Difference(DifferenceKind.RUNNING, reference, bucket.row)
        return
    ours, more = buckets.cost_of(bucket, places), _more(found)
    if found.word == "differs":
        known = {kind: getattr(bucket.tokens, kind) - count for kind, count in more.items()}
        kind = _kind(found, any(known.values()), any(getattr(bucket.tokens, k) for k in more))
        text = comparing.tokens_text(more)
        yield Difference(kind, reference, bucket.row, None, ours, bucket.billed, text)
    elif bucket.billed is not None and bucket.billed != ours:
        kind = DifferenceKind.AMOUNT
        yield Difference(kind, reference, bucket.row, None, ours, bucket.billed)


def _kind(found: Found, is_known: bool, is_billed: bool) -> DifferenceKind:
    if found.unknown:
        return DifferenceKind.UNKNOWN
    if not is_known:
        return DifferenceKind.MISSING_HERE
    return DifferenceKind.TOKENS if is_billed else DifferenceKind.MISSING_THERE


def _uncovered(
    covered: Mapping[str, Mapping[str, int]], names: Names, month: Month
) -> Iterator[Difference]:
    """Return what the ledger has of models and times for which the report has no row."""
    for model, places in names.items():
        calls = buckets.of_places(month.calls().filter(state__in=ENDED), places)
        sums = calls.aggregate(**{kind: Sum(kind, default=0) for kind in COLUMNS.values()})
        known = covered.get(model, {})
        rest = {kind: int(known.get(kind, 0)) - int(total) for kind, total in sums.items()}
        if any(rest.values()):
            text = comparing.tokens_text(rest)
            yield Difference(DifferenceKind.MISSING_THERE, f"{model} {month}", tokens=text)


def _in_doubt(names: Names, month: Month) -> Iterator[Difference]:
    """Return the calls of which no row of the report could say what they cost."""
    most = comparing.MOST_DIFFERENCES + 1
    for key, state in staging.in_doubt_without_row(names, month, most=most):
        yield Difference(comparing.IN_DOUBT[state], str(key), attempt_id=key)


def _more(found: Found) -> dict[str, int]:
    return dict(zip(COLUMNS.values(), found.more, strict=True))


def _be_patient() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # millions of rows; tasks have a limit
