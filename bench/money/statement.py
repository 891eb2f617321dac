"""The close of a month with many calls, and its statement as a page reads it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import Sum

from bench.clinic import make_capped
from bench.money.commits import plan
from bench.money.summary import fill, let_statements_take
from routerproject import celery
from routerproject.shared import clock
from routerproject.shared.money import from_usd
from usage import bill_rows
from usage.bill_rows import Bucket
from usage.closing import locking, months, report, statement
from usage.closing.months import Month
from usage.dashboard.queries import Scope
from usage.models import Deployment
from usage.pricing import TokenCounts
from usage.reports import hours
from usage.reports.facts import total

CALLS_OF_A_JOURNEY = 8
T = TypeVar("T")


def measure(rows: int = 200_000) -> dict[str, Any]:
    """Return the times of the cost report, the close and the statement, in milliseconds."""
    celery.app.set_current()  # closes are asked for through it
    clinic = make_capped(cap_nano_usd=from_usd(1_000_000))
    month = months.of(clock.now()).before.before
    fill(clinic, month.start, rows, calls_of_a_journey=CALLS_OF_A_JOURNEY)
    scope = Scope(tenant_id=clinic.tenant_id, start=month.start, end=month.end)
    let_statements_take("0")  # there are no roll-ups: millions of rows are read
    rows_ms, facts = _timed(lambda: hours.facts_of(scope, ZoneInfo("UTC")))
    bill = _bill(month)
    let_statements_take("DEFAULT")
    person = User.objects.create_superuser(f"bench-{clinic.tenant_id}")
    report.compare_report([bill], month=month, provider="anthropic", by=person, now=clock.now())
    asked = locking.ask(month, by=person)
    close_ms, _ = _timed(lambda: locking.close(asked.pk))
    statement_ms, found = _timed(lambda: statement.find(month))
    assert found
    assert found.cost == total(facts.values()).cost
    figures = {
        "calls": found.calls,
        "journeys": found.journey_count,
        "cost_report_from_rows_ms": rows_ms,
        "close_ms": close_ms,
        "statement_ms": statement_ms,
    }
    print("statement: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _bill(month: Month) -> Bucket:
    """Return the month's only row of a report, which agrees."""
    kinds = bill_rows.COLUMNS.values()
    sums = month.calls().aggregate(**{kind: Sum(kind, default=0) for kind in kinds})
    place = Deployment.objects.select_related("model").get(slug=plan().deployment)
    name = place.provider_model_id or place.model.model_id
    return Bucket(
        1, month.start, month.end, name, TokenCounts(**{kind: int(sums[kind]) for kind in kinds})
    )


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = work()
    return round((time.perf_counter() - began) * 1000, 1), found
