"""Adjustments: what becomes known of a closed month is posted into the next open one.

Two persons: one proposes, another one confirms. The closed month, its statement and the caps of
its budgets stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from usage import audit
from usage.closing import comparing, months
from usage.closing.months import Month
from usage.models import Adjustment, AdjustmentState, Client, MonthClose

MAY_PROPOSE = "usage.add_adjustment"
MAY_CONFIRM = "usage.confirm_adjustment"
LATER = ("posted_in", "decided_by", "decided_at")  # known when it is decided


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a person says of a closed month's bill."""

    provider: str
    reference: str
    kind: str
    amount: int  # nano-USD
    reason: str
    client: Client | None = None  # None: of the installation as a whole


@transaction.atomic
def propose(given: Proposed, *, month: Month, by: User) -> Adjustment:
    """Propose to change the bill of a closed month. Raises PermissionDenied and ValidationError."""
    _require(by, MAY_PROPOSE)
    if not comparing.is_closed(month):
        raise ValidationError(f"{month} is open: hold the bill against it instead.")
    row = Adjustment(
        month=month.first,
        provider=given.provider,
        reference=given.reference.strip(),
        tenant=given.client.tenant.slug if given.client else "",
        client=given.client.slug if given.client else "",
        department=given.client.department if given.client else "",
        kind=given.kind,
        amount_nano_usd=given.amount,
        reason=given.reason.strip(),
        proposed_by=by,
        proposed_at=clock.now(),
    )
    row.full_clean(exclude=LATER, validate_constraints=False)
    _refuse_what_is_known(row)
    row.save(force_insert=True)
    _record("adjustment.proposed", row, by)
    return row


@transaction.atomic
def confirm(adjustment: Adjustment, *, by: User) -> Adjustment:
    """Post what another person proposed. Raises PermissionDenied and ValidationError."""
    months.hold_calendar()
    return _decide(adjustment, AdjustmentState.CONFIRMED, by)


@transaction.atomic
def reject(adjustment: Adjustment, *, by: User) -> Adjustment:
    """Put another person's proposal aside. Raises PermissionDenied and ValidationError."""
    return _decide(adjustment, AdjustmentState.REJECTED, by)


def about(month: Month) -> QuerySet[Adjustment]:
    """Return the adjustments of a month's bill, with who made them."""
    rows = Adjustment.objects.select_related("proposed_by", "decided_by")
    return rows.filter(month=month.first)


def posted_in(month: Month) -> QuerySet[Adjustment]:
    """Return the adjustments of earlier months that stand on a month's statement."""
    rows = Adjustment.objects.select_related("proposed_by", "decided_by")
    return rows.filter(posted_in=month.first)


def total(rows: Iterable[Adjustment]) -> int:
    """Return what adjustments add to a bill, in nano-USD; below 0 when credits are more."""
    return sum(row.change_nano_usd for row in rows)


def _decide(adjustment: Adjustment, state: AdjustmentState, by: User) -> Adjustment:
    _require(by, MAY_CONFIRM)
    rows = Adjustment.objects.select_for_update(of=("self",)).select_related("proposed_by")
    row = rows.get(pk=adjustment.pk)
    if row.state != AdjustmentState.PROPOSED:
        raise ValidationError("This adjustment was decided before.")
    if row.proposed_by_id == by.pk:
        raise ValidationError("Nobody decides about an adjustment of their own.")
    row.state, row.decided_by, row.decided_at = state, by, clock.now()
    if state == AdjustmentState.CONFIRMED:
        row.posted_in = _next_open(Month(row.month)).first
    row.save(update_fields=["state", "decided_by", "decided_at", "posted_in"])
    _record(f"adjustment.{state.value}", row, by)
    return row


def _next_open(month: Month) -> Month:
    """Return the first month after a closed one that is neither closed nor being closed."""
    taken = MonthClose.objects.exclude(state=MonthClose.State.REFUSED)
    shut = set(taken.filter(month__gt=month.first).values_list("month", flat=True))
    found = month.after
    while found.first in shut:
        found = found.after
    return found


def _refuse_what_is_known(row: Adjustment) -> None:
    same = Adjustment.objects.exclude(state=AdjustmentState.REJECTED).filter(
        month=row.month, provider=row.provider, reference=row.reference
    )
    if row.amount_nano_usd <= 0:
        raise ValidationError({"amount_usd": "It is above $0; a credit has a kind of its own."})
    if same.exists():
        raise ValidationError({"reference": "This line was adjusted before."})


def _require(by: User, permission: str) -> None:
    if not by.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")


def _record(kind: str, row: Adjustment, by: User) -> None:
    record = {
        "adjustment": row.pk,
        "month": f"{row.month:%Y-%m}",
        "posted_in": f"{row.posted_in:%Y-%m}" if row.posted_in else None,
        "kind": str(row.kind),
        "amount_usd": usd_text(row.amount_nano_usd),
    }
    audit.append_now(
        tenant_id=audit.INSTALLATION, kind=kind, record=record, actor=by.get_username()
    )
