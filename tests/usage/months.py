"""A month of calls, and bills that are held against it."""

from datetime import timedelta
from typing import Any

from routerproject.shared import clock
from tests.factories.requests import make_attempt, make_request
from usage import configuration, pricing
from usage.bill_rows import Bucket
from usage.catalog import Price
from usage.closing import comparing, locking, months, report
from usage.closing.comparing import Line
from usage.ledger.rows import token_columns
from usage.models import (
    Attempt,
    Bill,
    MonthClose,
)
from usage.pricing import TokenCounts

MONTH = months.of(clock.now()).before.before
HERE = "anthropic-direct-haiku"
MODEL = "claude-haiku-4-5-20251001"
USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = 140_000  # nano-USD: 40 at $1, 20 at $5 per million


def call(name: str = "", *, state: str = "settled", hours: float = 30, **fields: Any) -> Attempt:
    at = MONTH.start + timedelta(hours=hours)
    request = make_request(at=at, **fields.pop("request", {}))
    is_ended = state in ("settled", "resolved")
    return make_attempt(
        request,
        **{
            "state": state,
            "deployment": HERE,
            "model_id": MODEL,
            "provider_request_id": name,
            "cost_nano_usd": COST if is_ended else 0,
            **(token_columns(USED) if is_ended else {}),
            **fields,
        },
    )


def line(name: str, cost: int = COST, tokens: TokenCounts = USED, row: int = 1) -> Line:
    return Line(row, name, tokens, cost)


def compared(*lines: Line) -> Bill:
    return comparing.compare_book(
        lines, month=MONTH, provider="sandbox", deployments={HERE}, resolved=0, by="ada"
    )


def compared_elsewhere() -> Bill:
    """Hold an empty bill of a provider without deployments against the month."""
    return comparing.compare_book(
        [], month=MONTH, provider="elsewhere", deployments=(), resolved=0, by="ada"
    )


def compared_with_all() -> None:
    """Hold a bill against the month that has each of its calls, under the one name they share."""
    Bill.objects.create(
        **{"month": MONTH.first, "provider": "anthropic", "kind": "report", "compared_by": "ada"},
        **{"compared_at": clock.now(), "lines": 1, "equal": 1, "resolved": 0},
        deployments=list(Attempt.objects.values_list("deployment", flat=True).distinct()),
    )


def kinds(bill: Bill) -> list[str]:
    return list(bill.differences.values_list("kind", flat=True))


def closed(by) -> MonthClose:
    row = locking.ask(MONTH, by=by)
    locking.close(row.pk)
    row.refresh_from_db()
    return row


def bucket(tokens: TokenCounts = USED, *, row: int = 1, days: int = 28, **fields: Any) -> Bucket:
    return Bucket(row, MONTH.start, MONTH.start + timedelta(days=days), MODEL, tokens, **fields)


def reported(by, *found: Bucket) -> Bill:
    return report.compare_report(found, month=MONTH, provider="anthropic", by=by, now=clock.now())


def price_paid() -> Price:
    """Return what the calls cost by, which is what COST says."""
    catalog = configuration.load_catalog()
    found = catalog.price_at(MODEL, MONTH.start)
    assert found
    assert pricing.cost(USED, found) == COST
    return found
