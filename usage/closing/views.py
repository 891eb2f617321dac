"""The pages of the month close: HTTP only. A bill comes as an upload, is read line by line."""

import io
from collections.abc import Callable
from typing import Any

from celery import current_app
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError as NoQueue

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
from usage.closing.months import Month
from usage.dashboard.views import for_readers_of_usage
from usage.models import BillDifference, ExportKind, MonthClose, Provider

MOST_BYTES = 50_000_000
AT_ONCE_BYTES = 1_000_000  # more is left to the worker
MONTHS_SHOWN = 13
DIFFERENCES_SHOWN = 500
BOOK_TASK = "routing.tasks.compare_sandbox_book"


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
    for _ in range(MONTHS_SHOWN):
        rows.append((month, months.standing(month), closed.get(month.first)))
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
    try:
        current_app.send_task(BOOK_TASK, args=[str(found), request.user.get_username()])
    except NoQueue:
        messages.error(request, "The queue is away. Try again.")
    else:
        messages.success(request, "The sandbox's book is being compared: load this page again.")
    return redirect("closing:month", month)


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
    bills = comparing.newest(month)
    differences = BillDifference.objects.filter(bill__in=bills).select_related("bill")
    closes = MonthClose.objects.filter(month=month.first).select_related("asked_by")
    close = closes.order_by("-id").first()
    is_closed = close is not None and close.state == MonthClose.State.CLOSED
    context = {
        **adjustment_views.context(month, request.user),
        "standing": months.standing(month),
        "bills": bills,
        "upload": uploads.newest(month),
        "differences": differences.order_by("reason", "id")[:DIFFERENCES_SHOWN],
        "number_of_differences": differences.count(),
        "close": close,
        "is_closed": is_closed,
        "obstacles": [] if is_closed else locking.obstacles(month, clock.now(), _user(request)),
        "form": form,
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
