"""The cost report: HTTP only. What is shown is put together in page, and read by hours."""

from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from psycopg.errors import QueryCanceled

from routerproject.shared import clock
from routerproject.shared.pages import View
from routerproject.shared.spreadsheet import csv_response
from usage.dashboard.filters import FilterForm, Selection
from usage.dashboard.views import for_readers_of_usage
from usage.models import ExportKind
from usage.reports import groups, hours, journeys, ledger_facts, page, table
from usage.reports.groups import Kind
from usage.reports.names import Names

DEFAULT = {"range": "month"}
OFFERED = [choice for choice in ExportKind.choices if choice[0] != ExportKind.STATEMENT]


def answered_in_time(view: View) -> View:
    """Say what to do instead when the database gives up on so many calls."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            query = _query({**DEFAULT, **request.GET.dict()})
            return render(request, "usage/too_much.html", {"query": query}, status=503)

    return answer


@for_readers_of_usage
@answered_in_time
def cost_report(request: HttpRequest) -> HttpResponse:
    """Show what was paid, what it would have been on one tier, and by what it became less."""
    now = clock.now()
    form = _form(request)
    selection = form.selection(now)
    context = page.content(selection, request.GET, now)
    chosen = {name: form[name].value() or "" for name in form.fields}
    context |= {"form": form, "selection": selection, "here": "cost", "chosen": chosen}
    context |= {"query": _query(chosen), "kinds": OFFERED}
    return render(request, "usage/cost_report.html", context)


@for_readers_of_usage
@answered_in_time
def report_csv(request: HttpRequest) -> HttpResponse:
    """Give the report as a file, with exact USD."""
    selection = _selection(request)
    rows = hours.facts_of(selection.scope, selection.zone)
    tiers = list(ledger_facts.default_models())
    return csv_response("cost-report", table.header(tiers), table.lines(rows, Names.load(), tiers))


@for_readers_of_usage
@answered_in_time
def sessions_csv(request: HttpRequest) -> HttpResponse:
    """Give the cost of the dearest sessions as a file."""
    return _groups_csv(request, "session", "cost-per-session")


@for_readers_of_usage
@answered_in_time
def journeys_csv(request: HttpRequest) -> HttpResponse:
    """Give the cost of the dearest patient journeys as a file."""
    return _groups_csv(request, "case", "cost-per-journey")


@for_readers_of_usage
@answered_in_time
def journey(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what each step of one patient journey cost."""
    found = journeys.find(_selection(request), reference)
    if found is None:
        raise Http404
    context: dict[str, Any] = {"journey": found, "here": "cost", "query": request.GET.urlencode()}
    return render(request, "usage/journey.html", context)


def _groups_csv(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    found = groups.dearest(_selection(request).scope, kind, limit=groups.MOST_IN_FILE)
    return csv_response(name, table.GROUP_HEADER, table.group_lines(found))


def _form(request: HttpRequest) -> FilterForm:
    return FilterForm({**DEFAULT, **request.GET.dict()})


def _selection(request: HttpRequest) -> Selection:
    return _form(request).selection(clock.now())


def _query(chosen: dict[str, Any]) -> str:
    """Return the chosen filters as a query string, for links that keep them."""
    kept = QueryDict(mutable=True)
    kept.update({name: str(value) for name, value in chosen.items() if value})
    return kept.urlencode()
