"""The usage dashboard: HTTP only. What is read is in queries, how it is drawn in charts."""

from collections.abc import Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from routerproject.shared.pages import View, for_holders_of
from routerproject.shared.spreadsheet import csv_response
from usage.dashboard import charts, queries
from usage.dashboard.filters import FilterForm, Selection
from usage.dashboard.percentiles import Latency

PERMISSION = "usage.view_usagerecord"


def for_readers_of_usage(view: View) -> View:
    """Ask for a sign-in, then for the permission to see requests; never let a page be stored."""
    return wraps(view)(require_safe(for_holders_of(PERMISSION)(view)))


@for_readers_of_usage
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show cost and latency per tier over the chosen time, budgets, and the latest requests."""
    now = clock.now()
    form = FilterForm(request.GET or {"range": "7d"})
    selection = form.selection(now)
    summary, series = queries.overview(selection.scope, step=selection.step, zone=selection.zone)
    colors = queries.tier_ranks()
    may_see_budgets = request.user.has_perm("usage.view_budget")
    context = {
        "form": form,
        "selection": selection,
        "summary": summary,
        "saved_share": _saved_share(summary),
        "series": _rows(series),
        "cost_chart": charts.cost_chart(series, colors) if summary.requests else None,
        "latency_chart": charts.latency_chart(series, colors) if summary.latency.p50 else None,
        "budgets": queries.budget_uses(selection.scope.tenant_id, now) if may_see_budgets else [],
        "here": "usage",
        "page": queries.recent(selection.scope, before=_uuid(request.GET.get("before"))),
        "is_first_page": "before" not in request.GET,
        "query": _query(request.GET),
    }
    return render(request, "usage/dashboard.html", context)


@for_readers_of_usage
def cost_csv(request: HttpRequest) -> HttpResponse:
    """Give the cost chart as a file, with exact USD."""
    selection = _selection(request)
    series = queries.series(selection.scope, step=selection.step, zone=selection.zone)
    header = ["begins", "time_zone", "tier", "requests", "cost_usd"]
    return csv_response("cost-per-tier", header, _cost_lines(series, selection))


@for_readers_of_usage
def latency_csv(request: HttpRequest) -> HttpResponse:
    """Give the latency chart as a file, in milliseconds."""
    selection = _selection(request)
    series = queries.series(selection.scope, step=selection.step, zone=selection.zone)
    header = ["begins", "time_zone", "tier", "p50_ms", "p95_ms", "p99_ms"]
    return csv_response("latency-per-tier", header, _latency_lines(series, selection))


@for_readers_of_usage
def tiers_csv(request: HttpRequest) -> HttpResponse:
    """Give the figures of each tier as a file."""
    header = [
        "tier", "requests", "attempts", *queries.TOKEN_KINDS, "cost_usd", "uniform_opus_usd",
        "held_usd", "unknown_usd", "cache_hits", "cache_misses", "p50_ms", "p95_ms", "p99_ms",
    ]  # fmt: skip
    tiers = queries.summarize(_selection(request).scope).tiers
    return csv_response("tiers", header, (_tier_line(tier) for tier in tiers))


def _selection(request: HttpRequest) -> Selection:
    return FilterForm(request.GET or {"range": "7d"}).selection(clock.now())


def _rows(series: queries.Series) -> list[tuple[Any, queries.Column]]:
    """Return what happened, newest first, for the tables beside the charts."""
    return [
        (moment, column)
        for moment in reversed(series.moments)
        for tier in series.tiers
        if (column := series.at(moment, tier))
    ]


def _cost_lines(series: queries.Series, selection: Selection) -> Iterable[list[Any]]:
    for moment, column in _rows(series):
        cost = usd_text(column.cost_nano_usd)
        yield [moment.isoformat(), selection.zone.key, column.tier, column.requests, cost]


def _latency_lines(series: queries.Series, selection: Selection) -> Iterable[list[Any]]:
    for moment, column in _rows(series):
        yield [moment.isoformat(), selection.zone.key, column.tier, *_percentiles(column.latency)]


def _tier_line(tier: queries.TierFigures) -> list[Any]:
    money = (
        tier.cost_nano_usd,
        tier.uniform_opus_nano_usd,
        tier.held_nano_usd,
        tier.unknown_nano_usd,
    )
    tokens = (getattr(tier.tokens, kind) for kind in queries.TOKEN_KINDS)
    return [
        *(tier.tier, tier.requests, tier.attempts),
        *tokens,
        *map(usd_text, money),
        *(tier.cache_hits, tier.cache_misses),
        *_percentiles(tier.latency),
    ]


def _percentiles(latency: Latency) -> list[str]:
    values = (latency.p50, latency.p95, latency.p99)
    return ["" if value is None else f"{value:.1f}" for value in values]


def _saved_share(summary: queries.Summary) -> float | None:
    """Return the saved part of what Opus for everything would have cost."""
    whole = summary.uniform_opus_nano_usd
    return summary.saved_nano_usd / whole if whole else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _query(given: QueryDict) -> str:
    """Return the chosen filters as a query string, for links that keep them."""
    kept = given.copy()
    kept.pop("before", None)
    return kept.urlencode()
