"""Closing a month: checked, locked and written down in one transaction, by the worker."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from kombu.exceptions import OperationalError as NoQueue

from routerproject.shared import clock
from routerproject.shared.figures import exact_usd
from routerproject.shared.money import usd_text
from usage import audit
from usage.closing import adjusting, comparing, months
from usage.closing.months import Month, Standing, standing
from usage.models import Bill, BillDifference, MonthClose, StatementLine
from usage.pricing import TokenCounts

SETTLES_WITHIN: Final = timedelta(hours=1)  # after a month's end, for clocks that differ
TASK: Final = "usage.worker_tasks.close_month"
# A call stands on the statement of the month it was admitted in, with the client and case of its
# request, which a clock that was set back in between may have dated after it.
_LINES: Final = """
    INSERT INTO usage_statementline (close_id, tenant, client, department, case_hash, case_label,
        begins_journey, requests, calls, cost_nano_usd, {tokens})
    SELECT %s, COALESCE(t.slug, ''), COALESCE(c.slug, r.client_id::text, ''),
        COALESCE(c.department, ''), r.case_hash, COALESCE(max(r.case_label), ''),
        1 = row_number() OVER (PARTITION BY t.slug, r.case_hash ORDER BY sum(a.cost_nano_usd) DESC),
        count(DISTINCT a.request_id), count(*), sum(a.cost_nano_usd), {sums}
    FROM usage_attempt a
    LEFT JOIN ai_usage r ON r.id = a.request_id
        AND r.id >= usage_first_id(%s::timestamptz - interval '2 days')
        AND r.id < usage_first_id(%s::timestamptz + interval '1 day')
    LEFT JOIN usage_client c ON c.id = r.client_id
    LEFT JOIN usage_tenant t ON t.id = a.tenant_id
    WHERE a.id >= usage_first_id(%s) AND a.id < usage_first_id(%s)
    GROUP BY t.slug, c.slug, r.client_id, c.department, r.case_hash
    ORDER BY 2, 4, 3, 10 DESC
""".format(  # noqa: S608 (names of ours)
    tokens=", ".join(TokenCounts.__dataclass_fields__),
    sums=", ".join(f"sum(a.{name})" for name in TokenCounts.__dataclass_fields__),
)


def obstacles(
    month: Month, now: datetime, by: User | None = None, *, found: Standing | None
) -> list[str]:
    """Return why a month cannot be closed; nothing when it can.

    Without what was found in the ledger only the rest is looked at.
    """
    if now < month.end + SETTLES_WITHIN:
        return [f"{month} ends {month.end:%Y-%m-%d %H:%M} UTC; it can be closed an hour later."]
    bills = comparing.newest(month)
    open_ones = BillDifference.objects.filter(bill__in=bills)
    said = _of_calls(found, bills) if found else []
    if number := open_ones.filter(reason="").count():
        said.append(f"{number:,} differences are not explained.")
    if by is not None and open_ones.filter(explained_by=by).exists():
        said.append("You explained differences of it, so somebody else has to close it.")
    return said


def _of_calls(found: Standing, bills: Sequence[Bill]) -> list[str]:
    said = []
    if found.running:
        said.append(f"{found.running:,} calls are still under way.")
    if found.unknown:
        worst = exact_usd(found.unknown_cost)
        said.append(f"Nobody knows what {found.unknown:,} calls cost, at most {worst}.")
    if found.calls and not bills:
        said.append("No bill was held against it.")
    elif unbilled := set(found.paid).difference(*(bill.deployments for bill in bills)):
        said.append(f"No bill was held against the calls of {', '.join(sorted(unbilled))}.")
    return said


@transaction.atomic
def ask(month: Month, *, by: User) -> MonthClose:
    """Have a month closed by the worker. Raises PermissionDenied and ValidationError."""
    if not by.has_perm(comparing.PERMISSION):
        raise PermissionDenied(f"This needs the permission {comparing.PERMISSION}.")
    now = clock.now()
    months.hold_calendar()  # adjustments are posted before a close begins, or later
    _forget_broken_off(month, now)
    if MonthClose.objects.filter(month=month.first).exclude(state="refused").exists():
        raise ValidationError(f"{month} is closed, or being closed.")
    # The worker looks again, and has the time to count the calls of any month.
    if said := obstacles(month, now, by, found=months.standing_in_time(month)):
        raise ValidationError(said)
    close = MonthClose.objects.create(month=month.first, asked_by=by, asked_at=now)
    transaction.on_commit(lambda: _send(close))
    return close


def is_under_way(row: MonthClose, now: datetime) -> bool:
    """Say whether a worker may be at a close, or come to it."""
    return row.state == MonthClose.State.CLOSING and row.asked_at >= now - months.STOPPED_AFTER


def close(number: int) -> None:
    """Close a month that was asked for, or keep why not. Begun anew, it starts afresh."""
    row = MonthClose.objects.select_related("asked_by").filter(pk=number, state="closing").first()
    if row is None:
        return
    try:
        with transaction.atomic():
            _close(row)
    except ValidationError as refused:
        _refuse(row, " ".join(refused.messages))
    except (SoftTimeLimitExceeded, OperationalError):
        _refuse(row, "The database did not answer in time. Try again.")
    except BaseException:
        _refuse(row, "It was broken off. Try again.")
        raise


def _close(row: MonthClose) -> None:
    """Lock first, so that what is checked and summed cannot change any more."""
    month = Month(row.month)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # the task's own limit holds
        months.hold(month)  # a comparison that has begun is committed first
        cursor.execute("SELECT usage_close_month(%s)", [month.first])
        found = standing(month)
        if said := obstacles(month, clock.now(), row.asked_by, found=found):
            raise ValidationError(said)
        cursor.execute(_LINES, [row.pk, month.start, month.end, month.start, month.end])
    lines = StatementLine.objects.filter(close=row).order_by()
    if lines.aggregate(cost=Sum("cost_nano_usd", default=0))["cost"] != found.cost:
        raise ValidationError("The lines do not add up to the ledger.")
    row.state, row.closed_at = MonthClose.State.CLOSED, clock.now()
    row.calls, row.cost_nano_usd = found.calls, found.cost
    row.save(update_fields=["state", "closed_at", "calls", "cost_nano_usd"])
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="month.closed",
        record={
            "month": str(month),
            "cost_usd": usd_text(found.cost),
            "calls": found.calls,
            "adjustments_usd": usd_text(adjusting.total(adjusting.posted_in(month))),
        },
        actor=row.asked_by.get_username(),
    )


def _send(row: MonthClose) -> None:
    try:
        current_app.send_task(TASK, args=[row.pk])
    except NoQueue:
        _refuse(row, "The queue is away. Try again.")


def _refuse(row: MonthClose, problem: str) -> None:
    MonthClose.objects.filter(pk=row.pk, state="closing").update(
        state=MonthClose.State.REFUSED, problem=problem[:500]
    )


def _forget_broken_off(month: Month, now: datetime) -> None:
    broken = MonthClose.objects.filter(month=month.first, state="closing")
    broken.filter(asked_at__lt=now - months.STOPPED_AFTER).update(
        state=MonthClose.State.REFUSED, problem="It was broken off."
    )
