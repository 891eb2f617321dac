"""All that the page of the cost report shows, from one reading of the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict

from usage.dashboard.filters import Selection
from usage.dashboard.queries import in_rank_order
from usage.reports import drawing, groups, hours, ledger_facts, projection, quality
from usage.reports.facts import Facts, Key, by, total, waterfall
from usage.reports.forms import WhatIfForm
from usage.reports.names import Names
from usage.rollups.scope import Scope

MOST_GROUPED: Final = 500_000  # requests of which a page finds the sessions and journeys


def content(selection: Selection, asked: QueryDict, now: datetime) -> dict[str, Any]:
    """Return the figures of a selection, or only that there are none."""
    rows = hours.facts_of(selection.scope, selection.zone)
    facts = total(rows.values())
    if not facts.requests:
        return {"facts": facts}
    steps = waterfall(facts)
    tiers = list(ledger_facts.default_models())
    return {
        "facts": facts,
        "uniform": [(tier, facts.uniform.get(tier, 0)) for tier in tiers],
        "steps": steps,
        "chart": drawing.waterfall_chart(steps),
        "under_routing": quality.under_routing(selection.scope),
        **_dearest(selection.scope, facts),
        **_breakdowns(rows),
        **_projections(facts, rows, selection, asked, now),
    }


def _dearest(scope: Scope, facts: Facts) -> dict[str, Any]:
    """Return the dearest sessions and journeys, unless so many requests take too long to read."""
    if facts.requests > MOST_GROUPED:
        return {"most_grouped": MOST_GROUPED}
    return {
        "sessions": groups.dearest(scope, "session"),
        "journeys": groups.dearest(scope, "case"),
    }


def _breakdowns(rows: Mapping[Key, Facts]) -> dict[str, Any]:
    names = Names.load()
    by_tier = dict(by(rows, lambda key: key.tier))
    by_client = by(rows, lambda key: key.client_id)
    by_month = by(rows, lambda key: (key.month, key.task_type))
    return {
        "by_tier": [(tier, by_tier[tier]) for tier in in_rank_order(by_tier)],
        "by_task": by(rows, lambda key: key.task_type),
        "by_month": sorted(by_month, key=lambda each: each[0][0], reverse=True),
        "by_client": [(names.client(key), names.department(key), x) for key, x in by_client],
        "by_department": by(rows, lambda key: names.department(key.client_id)),
    }


def _projections(
    facts: Facts,
    rows: Mapping[Key, Facts],
    selection: Selection,
    asked: QueryDict,
    now: datetime,
) -> dict[str, Any]:
    """Return what a month would cost at the measured rate, at multiples of it, and as asked."""
    until = min(now, selection.scope.end)
    days = (until - selection.scope.start).total_seconds() / 86_400
    answers = projection.monthly_answers(facts, days)
    given = {tier: each.answered for tier, each in by(rows, lambda key: key.tier)}
    counts = {tier: given.get(tier, 0) for tier in ledger_facts.default_models()}
    mix = projection.measured_mix(counts)
    is_asked = any(name == "answers" or name.startswith("mix_") for name in asked)
    form = WhatIfForm(asked if is_asked else None, mix=mix, answers=answers)
    return {
        "scales": projection.scales(facts, answers),
        "what_if_form": form,
        "what_if": form.projection(facts),
    }
