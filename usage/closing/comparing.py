"""Holding a provider's bill against the ledger, call by call; what comparisons keep.

Every difference is classified and kept. Nothing is kept of a bill that cannot be read.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from routerproject.shared import clock
from usage import audit
from usage.bill_rows import BadReport
from usage.closing import months
from usage.closing.months import Month
from usage.models import (
    Attempt,
    AttemptState,
    BillDifference,
    BillKind,
    DifferenceKind,
    MonthClose,
)
from usage.models import Bill as Bill
from usage.pricing import TokenCounts

PERMISSION = "usage.close_month"
KINDS = tuple(each.name for each in fields(TokenCounts))
MOST_REASON = 300  # characters
IN_DOUBT = {
    AttemptState.UNKNOWN: DifferenceKind.UNKNOWN,
    AttemptState.ADMITTED: DifferenceKind.RUNNING,
}
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
    no call is known counts here, since it says no time, unless it was explained in a month before.
    """
    months.hold(month)
    refuse_closed(month)
    calls = Attempt.objects.filter(deployment__in=deployments).exclude(provider_request_id="")
    known = dict.fromkeys(_explained(month, provider), False) | dict(_known(calls, month))
    ours = [line for line in lines if known.get(line.request_id, True)]
    found = list(_differences(ours, month, deployments))
    differing = {each.row for each in found if each.row}
    return keep(
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
            deployments=sorted(deployments),
        ),
        found,
    )


@transaction.atomic
def explain(difference: BillDifference, *, reason: str, by: User) -> BillDifference:
    """Say why a bill and the ledger do not agree. Raises PermissionDenied and ValidationError."""
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    months.hold(Month(difference.bill.month))
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


def refuse_closed(month: Month) -> None:
    """Raise IsClosed when nothing of a month may change any more."""
    if is_closed(month):
        raise IsClosed(f"{month} is closed.")


def _known(calls: Iterable[Attempt], month: Month) -> Iterator[tuple[str, bool]]:
    """Return the ids that the provider gave to calls, and whether they are of the month."""
    rows = calls.order_by().values_list("provider_request_id", "admitted_at")  # type: ignore[attr-defined]
    for name, at in rows.iterator():
        yield name, month.start <= at < month.end


def _explained(month: Month, provider: str) -> Iterable[str]:
    """Return the lines without a known call that somebody explained in an earlier month."""
    rows = BillDifference.objects.filter(
        bill__provider=provider,
        bill__kind=BillKind.BOOK,
        bill__month__lt=month.first,
        kind=DifferenceKind.MISSING_HERE,
    )
    return rows.exclude(reason="").values_list("reference", flat=True)


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
        *(
            kind,
            line.request_id,
            line.row,
            call.pk,
            call.cost_nano_usd,
            line.cost,
            tokens_text(more),
        )
    )


def _unbilled(calls: Iterable[Attempt], billed: Collection[str]) -> Iterator[Difference]:
    """Return the calls of a month that are not on the bill and may have cost something."""
    for call in calls:
        if word := IN_DOUBT.get(AttemptState(call.state)):
            yield Difference(word, str(call.pk), attempt_id=call.pk)
        elif call.cost_nano_usd and call.provider_request_id not in billed:
            yield Difference(
                DifferenceKind.MISSING_THERE,
                call.provider_request_id or str(call.pk),
                attempt_id=call.pk,
                ours=call.cost_nano_usd,
            )


def tokens_text(more: dict[str, int]) -> str:
    """Return by how many tokens a bill and the ledger differ, by kind."""
    return ", ".join(f"{kind} {count:+}" for kind, count in more.items() if count)


def refuse_too_many(found: Sequence[Difference]) -> None:
    """Raise BadReport when so much differs that the bill is of something else."""
    if len(found) > MOST_DIFFERENCES:
        raise BadReport(
            f"There are more than {MOST_DIFFERENCES:,} differences:"
            " this is the bill of something else."
        )


def keep(bill: Bill, found: Sequence[Difference]) -> Bill:
    """Write a comparison down with its differences. Raises BadReport when they are too many."""
    refuse_too_many(found)
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
