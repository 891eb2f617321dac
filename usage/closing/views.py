"""The pages of the month close: HTTP only. A bill comes as an upload, is read line by line."""

import io
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from routerproject.shared import clock
from routerproject.shared.pages import for_holders_of
from usage import bill_rows
from usage.bill_rows import BadReport
from usage.closing import (
    adjustment_views,
    comparing,
    locking,
    months,
    report,
    statement,
    uploads,
)
from usage.closing.comparing import IsClosed
from usage.closing.months import Month, Standing
from usage.dashboard.views import for_readers_of_usage
from usage.models import BillDifference, ExportKind, MonthClose, Provider

MOST_BYTES = 50_000_000
AT_ONCE_BYTES = 1_000_000  # more is left to the worker
MONTHS_SHOWN = 13
DIFFERENCES_SHOWN = 500


class BillForm(forms.Form):
    """A provider's usage report."""

    provider = forms.ModelChoiceField(
        Provider.objects.all(), to_field_name="slug", empty_label="Whose bill?"
    )
    file = forms.FileField(label="Usage report (CSV)")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("The report is too large: import it with manage.py import_bill.")
        return file


@for_readers_of_usage
def months_list(request: HttpRequest) -> HttpResponse:
    """Show the last months, what the ledger has of them, and which are closed."""
    month, rows = months.of(clock.now()), []
    closed = {row.month: row for row in MonthClose.objects.filter(state="closed")}
    is_quick = True  # after one month of too many calls no other is counted
    for _ in range(MONTHS_SHOWN):
        if close := closed.get(month.first):
            found: Standing | None = months.standing_of(close)
        else:
            found = months.standing_in_time(month) if is_quick else None
            is_quick = found is not None
        rows.append((month, found, close))
        month = month.before
    return render(request, "usage/months.html", {"rows": rows, "here": "months"})


@for_readers_of_usage
def month_page(request: HttpRequest, month: str) -> HttpResponse:
    """Show how a month stands: its bills, their differences, and what is in the way of closing."""
    return _page(request, _month(month), BillForm())


@require_POST
@for_holders_of(comparing.PERMISSION)
def bill(request: HttpRequest, month: str) -> HttpResponse:
    """Hold an uploaded usage report against the ledger."""
    found, form = _month(month), BillForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            said = _compare(given["file"], found, given["provider"].slug, _user(request))
        except (BadReport, IsClosed, ValidationError) as refused:
            said = " ".join(getattr(refused, "messages", [str(refused)]))
            form.add_error("file", f"{said} Nothing was changed.")
        else:
            messages.success(request, said)
            return redirect("closing:month", month)
    return _page(request, found, form, status=400)


@require_POST
@for_holders_of(comparing.PERMISSION)
def book(request: HttpRequest, month: str) -> HttpResponse:
    """Have the worker hold the sandbox's book against the ledger."""
    found = _month(month)
    return _done(
        request,
        month,
        lambda: uploads.ask_for_book(found, by=_user(request)),
        "The sandbox's book is being compared.",
    )


@require_POST
@for_holders_of(comparing.PERMISSION)
def explain(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """Keep why a bill and the ledger do not agree."""
    row = get_object_or_404(BillDifference, pk=number, bill__month=_month(month).first)
    return _done(
        request,
        month,
        lambda: comparing.explain(row, reason=request.POST.get("reason", ""), by=_user(request)),
        "Explained.",
    )


@require_POST
@for_holders_of(comparing.PERMISSION)
def close(request: HttpRequest, month: str) -> HttpResponse:
    """Have the worker close a month."""
    found = _month(month)
    return _done(
        request, month, lambda: locking.ask(found, by=_user(request)), "It is being closed."
    )


@for_readers_of_usage
def statement_page(request: HttpRequest, month: str) -> HttpResponse:
    """Show the statement of a closed month, ready to be printed."""
    tenant = request.GET.get("tenant", "")
    found = statement.find(_month(month), tenant=tenant)
    if found is None:
        raise Http404
    if tenant and tenant not in found.tenants:
        raise Http404
    context = {"statement": found, "kind": ExportKind.STATEMENT, "here": "months"}
    return render(request, "usage/statement.html", context)


def _page(request: HttpRequest, month: Month, form: BillForm, status: int = 200) -> HttpResponse:
    now, bills, upload = clock.now(), comparing.newest(month), uploads.newest(month)
    differences = BillDifference.objects.filter(bill__in=bills).select_related("bill")
    closes = MonthClose.objects.filter(month=month.first).select_related("asked_by")
    close = closes.order_by("-id").first()
    is_closed = close is not None and close.state == MonthClose.State.CLOSED
    standing = months.standing_of(close) if close and is_closed else months.standing_in_time(month)
    context = {
        **adjustment_views.context(month, request.user),
        "standing": standing,
        "bills": bills,
        "upload": upload,
        "is_comparing": upload is not None and uploads.is_under_way(upload, now),
        "differences": differences.order_by("reason", "id")[:DIFFERENCES_SHOWN],
        "number_of_differences": differences.count(),
        "close": close,
        "is_closed": is_closed,
        "is_closing": close is not None and locking.is_under_way(close, now),
        "obstacles": []
        if is_closed
        else locking.obstacles(month, now, _user(request), found=standing),
        "form": form,
        "has_sandbox": settings.USES_SANDBOX and bool(settings.SANDBOX_URL),
        "may_close": request.user.has_perm(comparing.PERMISSION),
        "here": "months",
    }
    return render(request, "usage/month.html", context, status=status)


def _compare(file: Any, month: Month, provider: str, by: Any) -> str:
    """Hold an upload against the ledger, or have the worker do it; return what was done.

    Raises BadReport, IsClosed, and ValidationError while the worker compares another one.
    """
    if file.size > AT_ONCE_BYTES:
        uploads.ask(file.chunks(), month=month, provider=provider, by=by)
        return "The report is being held against the ledger: this page shows how far it is."
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = bill_rows.rows(bill_rows.lines_of(text))
    report.compare_report(rows, month=month, provider=provider, by=by, now=clock.now())
    return "The report was held against the ledger."


def _done(
    request: HttpRequest, month: str, change: Callable[[], Any], sentence: str
) -> HttpResponse:
    try:
        change()
    except ValidationError as refused:
        for text in refused.messages:
            messages.error(request, text)
    except IsClosed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, sentence)
    return redirect("closing:month", month)


def _month(text: str) -> Month:
    found = months.parse(text)
    if found is None:
        raise Http404
    return found


def _user(request: HttpRequest) -> Any:
    return request.user
