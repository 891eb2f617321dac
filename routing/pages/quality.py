"""How good decisions are, as people judged them: HTTP only, each table with its file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from routerproject.shared import clock
from routerproject.shared.pages import for_holders_of
from routerproject.shared.spreadsheet import csv_response
from routing.evaluation import settled
from routing.evaluation.drawing import calibration_chart, trend_chart
from routing.pages import quality_tables as tables
from routing.pages.quality_tables import Table

SEE: Final = "routing.view_review"
PERIODS: Final = {"7": "Last week", "30": "Last 30 days", "90": "Last 90 days", "365": "Last year"}
USUAL: Final = "30"
MONTHLY_FROM: Final = 100  # days from which a period is told by months


class PeriodForm(forms.Form):
    """Which decisions are meant."""

    days = forms.ChoiceField(choices=list(PERIODS.items()), label="Period")


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is said of one period."""

    days: str
    found: settled.Settled
    tables: dict[str, Table]


@require_safe
@for_holders_of(SEE)
def quality(request: HttpRequest) -> HttpResponse:
    """Show under- and over-routing, confusion, calibration, stages and drift of a period."""
    now = clock.now()
    shown = _shown(request, now)
    found = shown.found
    context: dict[str, Any] = {
        "here": "quality",
        "form": PeriodForm({"days": shown.days}, label_suffix=""),
        "shown": shown,
        "cards": tables.cards(found.estimate),
        "trend_chart": trend_chart(found.trend) if found.trend else None,
        "calibration_chart": calibration_chart(found.triples) if found.bins else None,
        "drift": found.drift,
    }
    return render(request, "routing/quality.html", context)


@require_safe
@for_holders_of(SEE)
def quality_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Give one table of the page as a file."""
    table = _shown(request, clock.now()).tables.get(name)
    if table is None:
        raise Http404
    return csv_response(f"routing-{name}", table.heads, table.lines)


def _shown(request: HttpRequest, now: datetime) -> Shown:
    days = request.GET.get("days", USUAL)
    days = days if days in PERIODS else USUAL
    monthly = int(days) > MONTHLY_FROM
    found = settled.settled(now - timedelta(days=int(days)), now, monthly=monthly)
    return Shown(days, found, {table.name: table for table in tables.tables(found)})
