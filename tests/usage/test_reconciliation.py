"""Unknown calls are cleared up by a bill or by two people; nothing else frees their money."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.utils import DatabaseError

from routerproject.shared import clock, crypto
from routerproject.shared.database import in_database
from tests.factories.people import make_member
from tests.usage.conftest import PRICE, Clinic, plan
from usage import ledger, postings, pricing, reconciliation, verification
from usage.ledger.closing import Closing
from usage.models import Attempt, BudgetPeriod, LedgerEntry, Posting, UsageRecord
from usage.pricing import TokenCounts
from usage.reconciliation import BillLine

pytestmark = pytest.mark.service
USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = pricing.cost(USED, PRICE)
LATER = timedelta(hours=1)
HERE = {"anthropic-direct"}


def sums(clinic: Clinic) -> tuple[int, int, int]:
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd


async def doubted(
    clinic: Clinic, writer: ledger.Writer, *, state: str = "unknown", **planned: Any
) -> ledger.Page:
    """Return the page of a request whose only call has an unknown outcome."""
    page = clinic.page(writer)
    async with page.admitted(plan(**planned)) as entry:
        entry.doubt(outcome="timeout", latency_ms=1.0)
        entry.close(Closing(state, "deadline-exceeded", 2.0))
    return page


async def answered(clinic: Clinic, writer: ledger.Writer, name: str) -> None:
    page = clinic.page(writer)
    async with page.admitted(plan(body=b"y" * 100)) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=5.0, provider_request_id=name)
        entry.close(Closing("completed", "end_turn", 6.0))


def line(name: str, *, body: bytes = plan().body, cost: int = COST) -> BillLine:
    return BillLine(name, crypto.keyed_hash(body, purpose="attempt body"), USED, cost)


def clear_up(*lines: BillLine, after: timedelta = LATER, is_whole: bool = True) -> int:
    return reconciliation.clear_up(
        lines, deployments=HERE, now=clock.now() + after, is_whole=is_whole
    )


def states(page: ledger.Page) -> tuple[str, int, str]:
    attempt = Attempt.objects.get(request_id=page.row.id)
    request = UsageRecord.objects.get(pk=page.row.id)
    return attempt.state, request.cost_nano_usd, request.state


@pytest.mark.parametrize(
    ("before", "after"), [("unknown", "resolved"), ("failed", "failed"), ("cancelled", "cancelled")]
)
async def test_line_of_the_bill_replaces_the_worst_case(
    clinic: Clinic, writer: ledger.Writer, before: str, after: str
):
    """On budget, entries, attempt and request, and in the audit trail; once."""
    page = await doubted(clinic, writer, state=before)
    assert await in_database(clear_up, line("req_1")) == 1
    assert await in_database(clear_up, line("req_1")) == 0
    assert await in_database(sums, clinic) == (COST, 0, 0)
    assert await in_database(states, page) == ("resolved", COST, after)

    def entries() -> list[tuple[str, int]]:
        rows = LedgerEntry.objects.filter(attempt_id=Attempt.objects.get().pk)
        return sorted(rows.values_list("kind", "amount_nano_usd"))

    worst = plan().worst_case
    assert await in_database(entries) == [("hold", worst), ("post", COST), ("release", worst)]
    assert await in_database(lambda: list(verification.verify(clinic.tenant_id))) == []


async def test_calls_with_the_same_bytes_share_out_their_lines(
    clinic: Clinic, writer: ledger.Writer
):
    """A line that a call has already is not given to another one."""
    await answered(clinic, writer, "req_0")
    for _ in range(3):
        await doubted(clinic, writer)
    bill = (line("req_0", body=b"y" * 100), line("req_1"), line("req_2"))
    assert await in_database(clear_up, *bill) == 3
    assert await in_database(sums, clinic) == (3 * COST, 0, 0)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ({"after": timedelta(0)}, "it may still be billed"),
        ({"is_whole": False}, "the bill may have forgotten it"),
        ({}, "nothing shows that the bill goes back so far"),
        ({"cost": COST + 1}, "bill and price differ"),
    ],
)
async def test_doubt_that_remains_keeps_the_money(
    clinic: Clinic, writer: ledger.Writer, lines: dict, why: str
):
    await doubted(clinic, writer)
    bill = [line("req_1", cost=lines.pop("cost"))] if "cost" in lines else []
    assert await in_database(clear_up, *bill, **lines) == 0, why
    assert await in_database(sums, clinic) == (0, 0, plan().worst_case)


async def test_calls_that_no_bill_proves_keep_no_other_waiting(
    clinic: Clinic, writer: ledger.Writer, monkeypatch: pytest.MonkeyPatch
):
    """More of them than are looked at at once, and all of them older."""
    monkeypatch.setattr(reconciliation, "MOST_AT_ONCE", 2)
    for _ in range(3):
        await doubted(clinic, writer)
    await doubted(clinic, writer, body=b"z" * 100)
    bill = line("req_1", body=b"z" * 100)

    def until_cleared() -> None:
        while not clear_up(bill):  # which two are looked at is chance
            pass

    await asyncio.wait_for(in_database(until_cleared), timeout=60)
    assert await in_database(sums, clinic) == (COST, 0, 3 * plan().worst_case)


async def test_line_is_left_to_a_call_with_the_same_bytes_that_still_runs(
    clinic: Clinic, writer: ledger.Writer
):
    await doubted(clinic, writer)
    async with clinic.page(writer).admitted(plan()) as entry:
        assert await in_database(clear_up, line("req_1")) == 0
        entry.settle(USED, outcome="end_turn", latency_ms=1.0, provider_request_id="req_1")


async def test_ended_request_can_gain_a_late_cost_and_nothing_else(
    clinic: Clinic, writer: ledger.Writer
):
    page = await doubted(clinic, writer, state="failed")

    def tamper(statement: str) -> None:
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute(statement, [page.row.id])

    for statement in (
        "UPDATE ai_usage SET outcome = 'x', cost_nano_usd = 5 WHERE id = %s",
        "UPDATE ai_usage SET tier = 'opus' WHERE id = %s",
        "UPDATE ai_usage SET state = 'open' WHERE id = %s",
    ):
        await in_database(tamper, statement)


async def test_two_people_clear_up_what_no_bill_could(clinic: Clinic, writer: ledger.Writer):
    page = await doubted(clinic, writer)

    def decide() -> None:
        ada, bob = make_member("finance", "ada"), make_member("finance", "bob")
        attempt = Attempt.objects.get()
        wish: dict[str, Any] = {
            "attempt_id": attempt.pk,
            "cost_nano_usd": COST,
            "reason": "Line 7 of the bill",
        }
        with pytest.raises(ValidationError):
            postings.propose(**{**wish, "cost_nano_usd": attempt.hold_nano_usd + 1}, by=ada)
        posting = postings.propose(**wish, by=ada)
        with pytest.raises(ValidationError):  # one at a time
            postings.propose(**wish, by=bob)
        with pytest.raises(PermissionDenied):
            postings.confirm(posting=posting, by=ada)
        assert Attempt.objects.get().state == "unknown"
        postings.confirm(posting=posting, by=bob)
        with pytest.raises(ValidationError):
            postings.reject(posting=posting, by=bob)

    await in_database(decide)
    assert await in_database(sums, clinic) == (COST, 0, 0)
    assert await in_database(states, page) == ("resolved", COST, "resolved")


async def test_late_owner_wins_over_a_proposal(clinic: Clinic, writer: ledger.Writer):
    """Who confirms then is told, and nothing is half posted."""
    await doubted(clinic, writer)

    def decide() -> None:
        ada, bob = make_member("finance", "ada"), make_member("finance", "bob")
        attempt = Attempt.objects.get()
        posting = postings.propose(
            attempt_id=attempt.pk, cost_nano_usd=0, reason="Not on the bill", by=ada
        )
        assert clear_up(line("req_1")) == 1
        with pytest.raises(ValidationError):
            postings.confirm(posting=posting, by=bob)
        assert Posting.objects.get().state == "proposed"
        postings.reject(posting=posting, by=bob)

    await in_database(decide)
    assert await in_database(sums, clinic) == (COST, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("group", ["operations", "compliance", "developer"])
def test_only_those_who_may_post_can_propose(group: str):
    with pytest.raises(PermissionDenied):
        postings.propose(
            attempt_id=clock.new_id(), cost_nano_usd=0, reason="x", by=make_member(group)
        )
