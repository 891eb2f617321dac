"""Holding a provider's bill against the ledger: call by call, or by the sums of a usage report.

Every difference is classified and kept. Nothing is kept of a bill that cannot be read.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum

from routerproject.shared import clock
from usage import audit, buckets
from usage.buckets import BadReport, Bucket, Found
from usage.closing.months import Month
from usage.models import (
    Attempt,
    AttemptKind,
    AttemptState,
    Bill,
    BillDifference,
    BillKind,
    DifferenceKind,
    MonthClose,
)
from usage.pricing import TokenCounts

PERMISSION = "usage.close_month"
ENDED = (AttemptState.SETTLED, AttemptState.RESOLVED)
KINDS = tuple(each.name for each in fields(TokenCounts))
MOST_REASON = 300  # characters
MOST_DIFFERENCES = 10_000  # of one bill; more say that it is of something else


class IsClosed(ValueError):
    """The month is closed: its bills and differences stay as they are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call on a bill."""

    row: int
    request_id: str
    tokens: TokenCounts
    cost: int  # nano-USD


@dataclass(frozen=True, slots=True)
class Difference:
    """In what a bill and the ledger do not agree."""

    kind: str
    reference: str
    row: int | None = None
    attempt_id: UUID | None = None
    ours: int | None = None
    theirs: int | None = None
    tokens: str = ""


@transaction.atomic
def compare_book(
    lines: Sequence[Line],
    *,
    month: Month,
    provider: str,
    deployments: Collection[str],
    resolved: int,
    by: str,
) -> Bill:
    """Hold a bill that names each call against the calls of a month. Raises IsClosed.

    Its lines may go beyond the month: those of calls in other months are left out. A line of which
    no call is known counts here, since it says no time.
    """
    _refuse_closed(month)
    calls = Attempt.objects.filter(deployment__in=deployments).exclude(provider_request_id="")
    months = {name: of_month for name, of_month in _known(calls, month)}
    ours = [line for line in lines if months.get(line.request_id, True)]
    found = list(_differences(ours, month, deployments))
    differing = {each.row for each in found if each.row}
    return _keep(
        Bill(
            month=month.first,
            provider=provider,
            kind=BillKind.BOOK,
            compared_by=by,
            compared_at=clock.now(),
            lines=len(ours),
            equal=len(ours) - len(differing),
            resolved=resolved,
            billed_nano_usd=sum(line.cost for line in ours),
        ),
        found,
    )


def compare_report(
    found: Sequence[Bucket], *, month: Month, provider: str, by: User, now: datetime
) -> Bill:
    """Hold the sums of a usage report against a month, and clear up what they prove.

    Raises PermissionDenied, BadReport for a row beyond the month, and IsClosed.
    """
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    for bucket in found:
        if not month.start <= bucket.start or bucket.end > month.end:
            raise BadReport(f"Row {bucket.row} is not within {month}.")
    with transaction.atomic():
        _refuse_closed(month)
        compared = buckets.clear_up(found, provider=provider, now=now, is_trial=False)
        differences = [each for one in compared for each in _of_bucket(one, provider)]
        differences += _uncovered(compared, month, provider)
        differing = {each.row for each in differences if each.row}
        amounts = [bucket.billed for bucket in found]
        return _keep(
            Bill(
                month=month.first,
                provider=provider,
                kind=BillKind.REPORT,
                compared_by=by.get_username(),
                compared_at=now,
                lines=len(found),
                equal=len(found) - len(differing),
                resolved=sum(each.resolved for each in compared),
                billed_nano_usd=None if None in amounts else sum(filter(None, amounts)),
            ),
            differences,
        )


@transaction.atomic
def explain(difference: BillDifference, *, reason: str, by: User) -> BillDifference:
    """Say why a bill and the ledger do not agree. Raises PermissionDenied and ValidationError."""
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    row = BillDifference.objects.select_for_update().select_related("bill").get(pk=difference.pk)
    if is_closed(Month(row.bill.month)):
        raise ValidationError("The month is closed.")
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise ValidationError(f"Say why, in at most {MOST_REASON} characters.")
    row.reason, row.explained_by, row.explained_at = reason.strip(), by, clock.now()
    row.save(update_fields=["reason", "explained_by", "explained_at"])
    _record("difference.explained", {"difference": row.pk, "kind": row.kind}, by.get_username())
    return row


def newest(month: Month) -> list[Bill]:
    """Return the newest comparison with each provider and kind of bill."""
    bills = Bill.objects.filter(month=month.first).order_by("provider", "kind", "-id")
    return list(bills.distinct("provider", "kind"))


def is_closed(month: Month) -> bool:
    return MonthClose.objects.filter(month=month.first, state=MonthClose.State.CLOSED).exists()


def _refuse_closed(month: Month) -> None:
    if is_closed(month):
        raise IsClosed(f"{month} is closed.")


def _known(calls: Iterable[Attempt], month: Month) -> Iterator[tuple[str, bool]]:
    """Return the ids that the provider gave to calls, and whether they are of the month."""
    rows = calls.order_by().values_list("provider_request_id", "admitted_at")  # type: ignore[attr-defined]
    for name, at in rows.iterator():
        yield name, month.start <= at < month.end


def _differences(
    lines: Iterable[Line], month: Month, deployments: Collection[str]
) -> Iterator[Difference]:
    calls = list(month.calls().filter(deployment__in=deployments))  # those of a sandbox are few
    by_name = {call.provider_request_id: call for call in calls if call.provider_request_id}
    seen: set[str] = set()
    for line in lines:
        if line.request_id in seen:
            yield Difference("duplicate", line.request_id, line.row, theirs=line.cost)
        elif found := _of_line(line, by_name.get(line.request_id)):
            yield found
        seen.add(line.request_id)
    yield from _unbilled(calls, seen)


def _of_line(line: Line, call: Attempt | None) -> Difference | None:
    if call is None:
        kind = DifferenceKind.MISSING_HERE
        return Difference(kind, line.request_id, line.row, theirs=line.cost) if line.cost else None
    known = TokenCounts(**{name: getattr(call, name) for name in KINDS})
    is_equal = known == line.tokens
    if is_equal and call.cost_nano_usd == line.cost:
        return None
    kind = DifferenceKind.AMOUNT if is_equal else DifferenceKind.TOKENS
    more = {n: getattr(line.tokens, n) - getattr(known, n) for n in KINDS}
    return Difference(
        *(kind, line.request_id, line.row, call.pk, call.cost_nano_usd, line.cost, _text(more))
    )


def _unbilled(calls: Iterable[Attempt], billed: Collection[str]) -> Iterator[Difference]:
    """Return the calls of a month that are not on the bill and may have cost something."""
    words = {
        AttemptState.UNKNOWN: DifferenceKind.UNKNOWN,
        AttemptState.ADMITTED: DifferenceKind.RUNNING,
    }
    for call in calls:
        if word := words.get(AttemptState(call.state)):
            yield Difference(word, str(call.pk), attempt_id=call.pk)
        elif call.cost_nano_usd and call.provider_request_id not in billed:
            yield Difference(
                DifferenceKind.MISSING_THERE,
                call.provider_request_id or str(call.pk),
                attempt_id=call.pk,
                ours=call.cost_nano_usd,
            )


def _of_bucket(found: Found, provider: str) -> Iterator[Difference]:
    bucket = found.bucket
    reference = f"{bucket.model} {bucket.start.isoformat()}"
    more = dict(zip(buckets.COLUMNS.values(), found.more, strict=True))
    if found.word == "running":
        yield Difference(DifferenceKind.RUNNING, reference, bucket.row)
        return
    ours = buckets.cost_of(bucket, provider)
    if found.word == "differs":
        known = {kind: getattr(bucket.tokens, kind) - count for kind, count in more.items()}
        kind = _kind(found, any(known.values()), any(getattr(bucket.tokens, k) for k in more))
        yield Difference(kind, reference, bucket.row, None, ours, bucket.billed, _text(more))
    elif bucket.billed is not None and bucket.billed != ours:
        kind = DifferenceKind.AMOUNT
        yield Difference(kind, reference, bucket.row, None, ours, bucket.billed)


def _kind(found: Found, is_known: bool, is_billed: bool) -> DifferenceKind:
    if found.unknown:
        return DifferenceKind.UNKNOWN
    if not is_known:
        return DifferenceKind.MISSING_HERE
    return DifferenceKind.TOKENS if is_billed else DifferenceKind.MISSING_THERE


def _uncovered(compared: Iterable[Found], month: Month, provider: str) -> Iterator[Difference]:
    """Return what the ledger has of models and times for which the report has no row."""
    covered: dict[str, Counter[str]] = defaultdict(Counter)
    for found in compared:
        is_all_known = found.word == "one-call"  # the rest is what that call used
        for kind, count in zip(buckets.COLUMNS.values(), found.more, strict=True):
            more = 0 if is_all_known else count
            covered[found.bucket.model][kind] += getattr(found.bucket.tokens, kind) - more
    for model, places in buckets.names_at(provider).items():
        calls = month.calls().filter(deployment__in=places, state__in=ENDED)
        calls = calls.exclude(kind=AttemptKind.BATCH)  # as in the buckets
        sums = calls.aggregate(**{kind: Sum(kind, default=0) for kind in buckets.COLUMNS.values()})
        rest = {kind: covered[model][kind] - int(total) for kind, total in sums.items()}
        if any(rest.values()):
            yield Difference(DifferenceKind.MISSING_THERE, f"{model} {month}", tokens=_text(rest))


def _text(more: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count:+}" for kind, count in more.items() if count)


def _keep(bill: Bill, found: Sequence[Difference]) -> Bill:
    if len(found) > MOST_DIFFERENCES:
        raise BadReport(
            f"There are {len(found):,} differences: this is the bill of something else."
        )
    bill.save(force_insert=True)
    BillDifference.objects.bulk_create(
        BillDifference(
            bill=bill,
            kind=each.kind,
            row=each.row,
            reference=each.reference[:200],
            attempt_id=each.attempt_id,
            ours_nano_usd=each.ours,
            theirs_nano_usd=each.theirs,
            tokens=each.tokens[:300],
        )
        for each in found
    )
    facts = {"bill": bill.pk, "month": str(bill.month), "differences": len(found)}
    _record("bill.compared", {**facts, "resolved": bill.resolved}, bill.compared_by)
    return bill


def _record(kind: str, record: dict[str, object], by: str) -> None:
    audit.append_now(tenant_id=audit.INSTALLATION, kind=kind, record=record, actor=by)
