"""Calls whose process died: marked, their money kept; a late owner still settles once."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.patience import LIMIT_SECONDS
from tests.usage.conftest import PRICE, Clinic, plan
from usage import ledger, pricing, sweeper, verification
from usage.ledger.closing import Closing
from usage.models import Attempt, AuditEntry, BudgetPeriod, LedgerEntry, UsageRecord
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
USED = TokenCounts(input_tokens=40, output_tokens=20)
LATER = timedelta(hours=1)


def sums(clinic: Clinic) -> tuple[int, int, int]:
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd


def sweep(after: timedelta = LATER) -> tuple[int, int]:
    now = clock.now() + after
    return sweeper.mark_overdue_attempts(now), sweeper.close_abandoned_requests(now)


def states(page: ledger.Page) -> tuple[str, list[str]]:
    attempts = Attempt.objects.filter(request_id=page.row.id).order_by("ordinal")
    return UsageRecord.objects.get(pk=page.row.id).state, [each.state for each in attempts]


async def test_call_that_may_still_be_running_is_left_alone(clinic: Clinic, writer: ledger.Writer):
    """Until a minute after its deadline."""
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        assert await in_database(sweep, timedelta(seconds=89)) == (0, 0)
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        entry.close(Closing("completed", "end_turn", 1.0))


async def test_abandoned_call_becomes_unknown_and_keeps_its_hold(
    clinic: Clinic, writer: ledger.Writer
):
    page = clinic.page(writer)
    await page.held(plan())
    assert await in_database(sweep) == (1, 1)
    assert await in_database(states, page) == ("unknown", ["unknown"])
    assert await in_database(sums, clinic) == (0, 0, plan().worst_case)
    for days in (1, 30, 400):
        assert await in_database(sweep, timedelta(days=days)) == (0, 0)
    assert await in_database(sums, clinic) == (0, 0, plan().worst_case)
    kinds = AuditEntry.objects.filter(request_id=page.row.id).order_by("seq")
    assert await in_database(lambda: [each.kind for each in kinds]) == [
        *("attempt.admitted", "attempt.unknown", "request.closed"),
    ]
    assert await in_database(lambda: list(verification.verify())) == []


async def test_request_whose_calls_did_nothing_is_failed(clinic: Clinic, writer: ledger.Writer):
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        entry.void(outcome="529-overloaded_error", latency_ms=1.0, http_status=529)
    assert await in_database(sweep) == (0, 1)
    assert await in_database(states, page) == ("failed", ["void"])
    assert await in_database(sums, clinic) == (0, 0, 0)


async def test_late_owner_settles_once(clinic: Clinic, writer: ledger.Writer):
    """A process that slept through its deadline and the sweep still writes what it knows."""
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        assert await in_database(sweep) == (1, 1)
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        entry.close(Closing("completed", "end_turn", 1.0))
    cost = pricing.cost(USED, PRICE)
    assert await in_database(states, page) == ("completed", ["settled"])
    assert await in_database(sums, clinic) == (cost, 0, 0)
    await page._settle(entry)
    assert await in_database(sums, clinic) == (cost, 0, 0)
    entries = LedgerEntry.objects.filter(attempt_id=entry.attempt.id).order_by("kind")
    assert await in_database(lambda: [(e.kind, e.amount_nano_usd) for e in entries]) == [
        *(("hold", plan().worst_case), ("post", cost), ("release", plan().worst_case)),
    ]
    assert not page.is_settlement_pending
    assert await in_database(lambda: list(verification.verify())) == []


async def test_settlement_that_finds_the_ledgers_line_full_is_written_later(
    clinic: Clinic, writer: ledger.Writer, monkeypatch: pytest.MonkeyPatch
):
    """It is money that was spent, so it is no request to be turned away."""
    page = clinic.page(writer)
    monkeypatch.setattr("usage.ledger.settling.SETTLE_RETRY_SECONDS", 0.01)
    async with page.admitted(plan()) as entry:
        monkeypatch.setattr("usage.ledger.writer.MOST_WAITING", 0)
        asyncio.get_running_loop().call_later(
            0.05, monkeypatch.setattr, "usage.ledger.writer.MOST_WAITING", 10_000
        )
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        entry.close(Closing("completed", "end_turn", 1.0))
    assert await in_database(states, page) == ("completed", ["settled"])
    assert await in_database(sums, clinic) == (pricing.cost(USED, PRICE), 0, 0)


async def test_late_owner_who_failed_does_not_lose_its_word(clinic: Clinic, writer: ledger.Writer):
    """A request that the sweeper ended stays ended; whoever closes it again is not held up."""
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        entry.void(outcome="529", latency_ms=1.0, http_status=529)
    assert await in_database(sweep) == (0, 1)
    async with asyncio.timeout(LIMIT_SECONDS):
        await page.close(Closing("failed", "provider-failed", 1.0))
    assert await in_database(states, page) == ("failed", ["void"])


async def test_sweepers_at_once_mark_each_call_once(clinic: Clinic, writer: ledger.Writer):
    """Beat may run twice, and a task may be delivered twice."""
    pages = [clinic.page(writer) for _ in range(20)]
    for page in pages:
        await page.held(plan())
    counts = await asyncio.gather(*(in_database(sweep) for _ in range(5)))
    assert sum(marked for marked, _ in counts) == 20
    assert await in_database(sums, clinic) == (0, 0, 20 * plan().worst_case)
    assert await in_database(lambda: list(verification.verify())) == []


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        *(("usage_attempt", "settled", state) for state in ("admitted", "void", "unknown")),
        *(("usage_attempt", "void", state) for state in ("admitted", "settled", "unknown")),
        *(("usage_attempt", "unknown", state) for state in ("admitted", "void")),
        *(("ai_usage", "completed", state) for state in ("open", "failed", "unknown", "denied")),
        *(("ai_usage", "failed", state) for state in ("open", "completed", "unknown")),
        *(("ai_usage", "unknown", state) for state in ("open", "denied")),
    ],
)
async def test_illegal_transition_is_refused_by_the_database(
    clinic: Clinic, writer: ledger.Writer, table: str, before: str, after: str
):
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        if before in ("settled", "completed"):
            entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        elif before == "unknown":
            entry.doubt(outcome="timeout", latency_ms=1.0)
        else:
            entry.void(outcome="529", latency_ms=1.0)
    if table == "ai_usage":
        await in_database(UsageRecord.objects.filter(pk=page.row.id).update, state=before)

    def move() -> None:
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="cannot go from"):
            cursor.execute(f"UPDATE {table} SET state = %s WHERE state = %s", [after, before])  # noqa: S608

    await in_database(move)


async def test_what_was_admitted_cannot_be_changed(clinic: Clinic, writer: ledger.Writer):
    page = clinic.page(writer)
    await page.held(plan())

    def change(column: str, value: str) -> None:
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="cannot be changed"):
            cursor.execute(f"UPDATE usage_attempt SET state = 'unknown', {column} = {value}")  # noqa: S608

    for column, value in (
        *(("hold_nano_usd", "1"), ("price", "'{}'"), ("tenant_id", "9"), ("model_id", "'x'")),
        *(("body_hash", "'\\x00'"), ("kind", "'shadow'"), ("ordinal", "2")),
    ):
        await in_database(change, column, value)
