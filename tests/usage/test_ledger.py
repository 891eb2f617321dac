"""Money: held before byte one, settled to the actual cost, exact under concurrency."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.db.utils import DatabaseError

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import PRICE, Clinic, make_clinic, plan
from usage import audit, ledger, pricing, sweeper, verification
from usage.catalog import LongContext, Price
from usage.closing import months
from usage.errors import BudgetExceeded, DatabaseUnavailable, MonthClosed, Unauthenticated
from usage.ledger.closing import Closing
from usage.ledger.operations import Admit, Admitted, Refused
from usage.models import (
    ApiKey,
    Attempt,
    AuditEntry,
    AuditHead,
    Budget,
    BudgetPeriod,
    LedgerEntry,
    Tenant,
    UsageRecord,
)
from usage.pricing import TokenCounts

USED = TokenCounts(input_tokens=40, output_tokens=20)
pytestmark = pytest.mark.service


async def answered(clinic: Clinic, writer: ledger.Writer, **changes) -> ledger.Page:
    page = clinic.page(writer)
    async with page.admitted(plan(**changes)) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=5.0)
        entry.close(Closing("completed", "end_turn", 6.0))
    return page


def sums(clinic: Clinic) -> tuple[int, int, int]:
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd


async def test_worst_case_is_held_while_the_call_runs(clinic: Clinic, writer: ledger.Writer):
    """Before byte one the hold, the attempt and the audit intent are committed."""
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        assert await in_database(sums, clinic) == (0, plan().worst_case, 0)
        assert await in_database(Attempt.objects.get, pk=entry.attempt.id)
        assert await in_database(
            AuditEntry.objects.filter(request_id=page.row.id, kind="attempt.admitted").exists
        )
        entry.settle(USED, outcome="end_turn", latency_ms=5.0)


async def test_settling_posts_the_actual_cost_and_releases_the_rest(
    clinic: Clinic, writer: ledger.Writer
):
    page = await answered(clinic, writer)
    cost = pricing.cost(USED, PRICE)
    assert await in_database(sums, clinic) == (cost, 0, 0)
    record = await in_database(UsageRecord.objects.get, pk=page.row.id)
    assert (record.state, record.cost_nano_usd, record.attempts) == ("completed", cost, 1)
    assert record.input_tokens == 40


async def test_long_request_is_held_and_settled_at_the_rates_of_its_step(
    clinic: Clinic, writer: ledger.Writer
):
    """Held at the dearer rates, which its bytes allow; settled by what it turned out to read."""
    step = LongContext(200, Decimal(2), Decimal("7.5"), Decimal("2.5"), Decimal(4), Decimal("0.2"))
    stepped = replace(PRICE, long_context=step)
    posted = 0
    for read, rates in ((200, (1_000, 5_000)), (201, (2_000, 7_500))):
        long = plan(price=stepped, body=b"x" * 137)
        async with clinic.page(writer).admitted(long) as entry:
            assert entry.attempt.hold_nano_usd == (137 + 64) * 4_000 + 100 * 7_500
            kept = await in_database(Attempt.objects.get, pk=entry.attempt.id)
            assert Price.restored(1, kept.model_id, kept.price) == stepped
            used = TokenCounts(input_tokens=read, output_tokens=10)
            entry.settle(used, outcome="end_turn", latency_ms=5.0)
        posted += read * rates[0] + 10 * rates[1]
        assert await in_database(sums, clinic) == (posted, 0, 0)


async def test_leaving_without_settling_keeps_the_hold_as_unknown(
    clinic: Clinic, writer: ledger.Writer
):
    page = clinic.page(writer)
    with pytest.raises(TimeoutError):
        async with page.admitted(plan()):
            raise TimeoutError
    assert await in_database(sums, clinic) == (0, 0, plan().worst_case)


async def test_void_attempt_frees_its_hold(clinic: Clinic, writer: ledger.Writer):
    page = clinic.page(writer)
    async with page.admitted(plan()) as entry:
        entry.void(outcome="busy", latency_ms=1.0, http_status=529)
    assert await in_database(sums, clinic) == (0, 0, 0)


async def test_call_over_the_cap_is_refused_with_the_sums(transactional_db, writer: ledger.Writer):
    """The refusal names the budget, what is spent and held, the cap and the reset."""
    clinic = await in_database(make_clinic, cap_nano_usd=plan().worst_case - 1)
    page = clinic.page(writer)
    with pytest.raises(BudgetExceeded) as refused:
        async with page.admitted(plan()):
            pytest.fail("nothing may be sent")
    assert refused.value.extra["budget"] == "Clinic"
    assert refused.value.extra["spent_usd"] == "0.000000000"
    assert refused.value.extra["resets_at"]
    assert not await in_database(Attempt.objects.filter(tenant_id=clinic.tenant_id).exists)


async def test_parallel_calls_never_pass_a_small_cap(transactional_db):
    """200 calls on two writers against a cap with room for seven worst cases: no overshoot."""
    worst = plan().worst_case
    clinic = await in_database(make_clinic, cap_nano_usd=7 * worst + worst // 2)
    writers = [ledger.Writer(), ledger.Writer()]
    highest = 0

    async def call(number: int) -> bool:
        nonlocal highest
        page = clinic.page(writers[number % 2])
        try:
            async with page.admitted(plan()) as entry:
                highest = max(highest, sum(await in_database(sums, clinic)))
                entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        except BudgetExceeded:
            return False
        return True

    for each in writers:
        each.start()
    granted = sum(await asyncio.gather(*(call(n) for n in range(200))))
    for each in writers:
        await each.close()
    cap = (await in_database(Budget.objects.get, pk=clinic.budget_id)).cap_nano_usd
    posted, held, unknown = await in_database(sums, clinic)
    assert highest <= cap
    assert (held, unknown) == (0, 0)
    assert posted == granted * pricing.cost(USED, PRICE)
    assert posted + worst > cap or granted == 200


async def test_counters_can_be_derived_from_the_entries(clinic: Clinic, writer: ledger.Writer):
    """What a period says is the sum of its entries, after settled, void and unknown attempts."""
    await asyncio.gather(*(answered(clinic, writer) for _ in range(5)))
    for outcome in ("void", "doubt"):
        page = clinic.page(writer)
        async with page.admitted(plan()) as entry:
            getattr(entry, outcome)(outcome="scripted", latency_ms=1.0)

    def derived() -> tuple[int, int]:
        period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
        entries = LedgerEntry.objects.filter(period_id=period.pk).order_by()
        totals = dict(entries.values_list("kind").annotate(Sum("amount_nano_usd")))
        return totals["post"], totals["hold"] - totals["release"]

    posted, held, unknown = await in_database(sums, clinic)
    assert await in_database(derived) == (posted, held + unknown)


async def test_revoked_key_is_refused_although_the_snapshot_still_knows_it(
    clinic: Clinic, writer: ledger.Writer
):
    def revoke() -> None:
        ApiKey.objects.filter(pk=clinic.key_id).update(revoked_at="2026-01-01T00:00:00Z")

    await in_database(revoke)
    with pytest.raises(Unauthenticated):
        async with clinic.page(writer).admitted(plan()):
            pytest.fail("nothing may be sent")


async def test_a_new_budget_counts_for_the_very_next_call(clinic: Clinic, writer: ledger.Writer):
    await answered(clinic, writer)
    await in_database(
        Budget.objects.create, tenant_id=clinic.tenant_id, name="Tiny", period="day", cap_nano_usd=1
    )
    with pytest.raises(BudgetExceeded):
        await answered(clinic, writer)


async def test_ledger_and_audit_only_grow(clinic: Clinic, writer: ledger.Writer):
    """Triggers refuse what no code of ours attempts."""
    page = await answered(clinic, writer)

    def tamper(statement: str) -> None:
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute(statement, [page.row.id])

    for statement in (
        "UPDATE usage_auditentry SET kind = 'x' WHERE request_id = %s",
        "DELETE FROM usage_auditentry WHERE request_id = %s",
        "DELETE FROM usage_ledgerentry WHERE %s::uuid IS NOT NULL",
        "UPDATE ai_usage SET state = 'open' WHERE id = %s",
        "UPDATE usage_attempt SET state = 'admitted' WHERE request_id = %s",
    ):
        await in_database(tamper, statement)


async def test_audit_chain_is_whole_under_concurrent_writers(clinic: Clinic, writer: ledger.Writer):
    second = ledger.Writer()
    second.start()
    await asyncio.gather(*(answered(clinic, w) for w in (writer, second) for _ in range(20)))
    await second.close()

    def check() -> tuple[list, int]:
        entries = AuditEntry.objects.filter(tenant_id=clinic.tenant_id)
        return list(verification.verify()), entries.count()

    assert await in_database(check) == ([], 80)


@pytest.mark.parametrize(
    "edit",
    [{"time_zone": "Asia/Tokyo"}, {"period": "day"}, {"period": "hour"}, {"period": "total"}],
)
async def test_editing_a_budget_never_resets_what_is_spent(
    transactional_db, writer: ledger.Writer, edit: dict[str, str]
):
    """The running period goes on until it ends, whatever becomes of the budget's kind or zone."""
    clinic = await in_database(make_clinic, cap_nano_usd=plan().worst_case)
    await answered(clinic, writer)

    def change() -> None:
        Budget.objects.filter(pk=clinic.budget_id).update(**edit)
        Tenant.objects.filter(pk=clinic.tenant_id).update(time_zone="Pacific/Auckland")

    await in_database(change)
    with pytest.raises(BudgetExceeded):
        await answered(clinic, writer)
    assert await in_database(BudgetPeriod.objects.filter(budget_id=clinic.budget_id).count) == 1


async def test_the_next_period_begins_where_the_edited_one_ends(
    clinic: Clinic, writer: ledger.Writer
):
    """A day that became a month does not write on the day's row once the day is over."""
    await answered(clinic, writer)

    def end_the_period() -> None:
        ends_at = clock.now() - timedelta(seconds=1)
        BudgetPeriod.objects.filter(budget_id=clinic.budget_id).update(ends_at=ends_at)

    await in_database(end_the_period)
    other = ledger.Writer()
    other.start()
    await answered(clinic, other)
    await other.close()
    first, second = await in_database(
        lambda: list(BudgetPeriod.objects.filter(budget_id=clinic.budget_id).order_by("starts_at"))
    )
    assert second.starts_at == first.ends_at
    assert second.posted_nano_usd == pricing.cost(USED, PRICE)


async def test_clinic_whose_books_are_locked_does_not_hold_up_another(
    clinic: Clinic, writer: ledger.Writer
):
    """One member of a group that cannot be written fails alone."""
    other = await in_database(make_clinic, cap_nano_usd=1_000_000_000)
    await answered(clinic, writer)
    await answered(other, writer)
    locked, release = threading.Event(), threading.Event()

    def hold_the_head() -> None:
        with transaction.atomic():
            AuditHead.objects.select_for_update().get(tenant_id=clinic.tenant_id)
            locked.set()
            release.wait(10)

    holding = asyncio.create_task(in_database(hold_the_head))
    await asyncio.to_thread(locked.wait, 5)
    stuck, free = await asyncio.gather(
        answered(clinic, writer), answered(other, writer), return_exceptions=True
    )
    release.set()
    await holding
    assert isinstance(stuck, DatabaseUnavailable)
    assert isinstance(free, ledger.Page)


def admission(clinic: Clinic, max_output_tokens: int) -> Admit:
    page = clinic.page(ledger.Writer())
    attempt = plan(max_output_tokens=max_output_tokens).row(page.row, 1, clock.now())
    fact = audit.Fact("attempt.admitted", {"attempt": attempt.id}, page.row.id)
    spendings = (page._spending(attempt),)
    return Admit(
        clinic.tenant_id, clinic.key_id, 0, (attempt,), spendings, (fact,), request=page.row
    )


async def test_one_refusal_in_a_group_does_not_fail_the_others(transactional_db):
    """They are decided in the order of their arrival: a small call fits after a big one did not."""
    clinic = await in_database(make_clinic, cap_nano_usd=2 * plan().worst_case)
    writer, held = ledger.Writer(), plan().worst_case
    sizes = (100, 400, 100, 100)
    waiting = [asyncio.create_task(writer.submit(admission(clinic, size))) for size in sizes]
    await asyncio.sleep(0)  # all are in the queue before the writer looks at it
    writer.start()
    outcomes = await asyncio.gather(*waiting)
    await writer.close()
    assert [type(each) for each in outcomes] == [Admitted, Refused, Admitted, Refused]
    refusals = [each.refusal for each in outcomes if isinstance(each, Refused)]
    assert [each.held for each in refusals] == [held, 2 * held]
    assert await in_database(lambda: list(verification.verify(clinic.tenant_id))) == []


async def test_server_that_left_while_nobody_asked_costs_no_call(
    clinic: Clinic, writer: ledger.Writer
):
    """A restart of the database between two requests is noticed before anything is sent."""
    await answered(clinic, writer)

    def end_the_writers_session() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) "
                "FROM pg_stat_activity WHERE application_name = 'ledger writer'"
                " AND datname = current_database()"
            )
            return int(cursor.fetchone()[0])

    assert await in_database(end_the_writers_session) == 1
    await answered(clinic, writer)
    assert (await in_database(sums, clinic))[1:] == (0, 0)


async def test_number_of_an_entry_is_written_where_sorted_keys_put_it():
    """The database puts the number into a text that is prepared without it."""
    at = clock.now()
    link, head = audit.extend(audit.Head(7, 41, audit.GENESIS), audit.Fact("x", {"b": 1}), at)
    assert audit.canonical(json.loads(link.record)) == link.record
    assert (json.loads(link.record)["seq"], head.seq) == (42, 42)


async def two_at_once(page: ledger.Page, **wishes: Any) -> tuple[ledger.Entry, ...]:
    return await page.held(plan(kind="classifier"), plan(kind="speculation"), **wishes)


async def test_calls_made_at_once_are_held_for_together_or_not_at_all(
    transactional_db, writer: ledger.Writer
):
    """Also where less would be left than is asked for; then nobody counts it as a refusal."""
    worst = plan().worst_case
    clinic = await in_database(make_clinic, cap_nano_usd=2 * worst)
    for page, wishes in (
        (clinic.page(writer), {"spare": 1}),
        (clinic.page(writer), {"spare": worst}),
    ):
        with pytest.raises(BudgetExceeded):
            await two_at_once(page, **wishes)
    assert await in_database(sums, clinic) == (0, 0, 0)
    period = await in_database(BudgetPeriod.objects.get, budget_id=clinic.budget_id)
    assert (period.refusals, period.used_at_refusal_nano_usd) == (0, None)
    await two_at_once(clinic.page(writer))
    assert await in_database(sums, clinic) == (0, 2 * worst, 0)


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("outcome", ["end_turn", ledger.DISCARDED])
async def test_a_request_gains_the_cost_of_a_call_that_ends_after_it(
    clinic: Clinic, writer: ledger.Writer, outcome: str, is_late: bool
):
    """In whatever order the two are written, all ways of adding up agree."""
    page = clinic.page(writer)
    question, likely = await two_at_once(page)
    closing = Closing(state="completed", outcome="end_turn", latency_ms=1.0)
    async with page.carried(question) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=1.0)
        entry.closing = closing if is_late else None
    assert page.is_running
    async with page.carried(likely) as entry:
        entry.settle(USED, outcome=outcome, latency_ms=1.0)
        entry.closing = None if is_late else closing
    cost, is_used = pricing.cost(USED, PRICE), outcome != ledger.DISCARDED
    record = await in_database(UsageRecord.objects.get, pk=page.row.id)
    assert (record.attempts, record.cost_nano_usd, record.classifier_nano_usd) == (
        2,
        2 * cost,
        cost,
    )
    assert (record.model_nano_usd, record.other_nano_usd) == ((cost, 0) if is_used else (0, cost))
    assert record.input_tokens == 2 * USED.input_tokens
    derived = await in_database(sweeper.totals_of, page.row.id)
    assert {name: getattr(record, name) for name in derived} == derived
    assert page.spent_on("other") == record.other_nano_usd


def _in_sql(statement: str, *values: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
async def closed_month(clinic: Clinic) -> AsyncIterator[None]:
    """The present month is closed, as it is for a clock that was set back."""
    month = months.of(clock.now()).first
    await in_database(_in_sql, "SELECT usage_close_month(%s)", month)
    yield
    for table in ("usage_attempt", "usage_ledgerentry"):
        for trigger in ("month_is_closed", "month_is_not_emptied"):
            await in_database(_in_sql, f"DROP TRIGGER {trigger} ON {table}_{month:%Y_%m}")


@pytest.mark.usefixtures("closed_month")
async def test_call_into_a_closed_month_is_told_so(clinic: Clinic, writer: ledger.Writer):
    """Not that the ledger is away; and a denial beside it in the same commit is written."""
    page = clinic.page(writer)

    async def call() -> None:
        async with clinic.page(writer).admitted(plan()):
            raise AssertionError("It was sent.")

    denial = page.close(Closing("denied", "phi-blocked", 1.0))
    told, written = await asyncio.gather(call(), denial, return_exceptions=True)
    assert isinstance(told, MonthClosed)
    assert (told.problem, told.is_retryable, written) == ("month-closed", False, None)
    assert await in_database(lambda: list(UsageRecord.objects.values_list("outcome"))) == [
        ("phi-blocked",)
    ]
    assert await in_database(sums, clinic) == (0, 0, 0)
