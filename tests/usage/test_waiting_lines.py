"""Calls that wait for money: called when holds end, in order, and no small one behind a large."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import PRICE, make_clinic, plan
from usage import ledger, pricing
from usage.budgets import Refusal
from usage.ledger.operations import Hold, Settle
from usage.ledger.rows import SettlementRow
from usage.ledger.waiting import Waiter, WaitingLines
from usage.models import BudgetPeriod
from usage.pricing import TokenCounts

PERIOD = 7


def refusal(worst_case: int = 10, *, room: int = 0, period_id: int = PERIOD) -> Refusal:
    return Refusal(
        budget_id=1,
        period_id=period_id,
        worst_case=worst_case,
        cap=100,
        kept=0,
        posted=0,
        held=100 - room,
        unknown=0,
        resets_at=None,
    )


def settle(held: int, cost: int = 0, state: str = "settled") -> Settle:
    row = SettlementRow(
        id=uuid4(),
        state=state,
        settled_at=clock.now(),
        cost_nano_usd=cost,
        outcome="end_turn",
        http_status=200,
        provider_request_id="",
        latency_ms=5.0,
        time_to_first_token_ms=None,
        **asdict(TokenCounts()),
    )
    return Settle(1, row, (Hold(PERIOD, held),), ())


class Line:
    """Some calls that wait, each for as long as it is in the block."""

    def __init__(self) -> None:
        self.lines = WaitingLines()
        self.places = ExitStack()
        self.waiting: list[asyncio.Task[None]] = []

    async def join(self, refused: Refusal) -> Waiter:
        waiter = self.places.enter_context(self.lines.place())
        self.waiting.append(asyncio.create_task(self.lines.wait(waiter, refused, 600)))
        await asyncio.sleep(0)
        return waiter


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    with found.places:
        yield found
    for each in found.waiting:
        each.cancel()


def called(*waiters: Waiter) -> list[bool]:
    return [waiter.called.is_set() for waiter in waiters]


async def test_hold_that_ends_calls_as_many_as_it_left_money_for(line: Line):
    first, second, third = [await line.join(refusal()) for _ in range(3)]
    line.lines.ended([settle(held=25, cost=6)])
    assert called(first, second, third) == [True, True, False]


async def test_hold_that_ends_calls_the_first_whatever_it_needs(line: Line):
    """What was left before may be enough with it."""
    first, second = [await line.join(refusal(worst_case=90)) for _ in range(2)]
    line.lines.ended([settle(held=3)])
    assert called(first, second) == [True, False]


async def test_money_that_stays_in_doubt_or_is_of_another_budget_calls_nobody(line: Line):
    first, other = await line.join(refusal()), await line.join(refusal(period_id=8))
    line.lines.ended([settle(held=50, state="unknown")])
    assert called(first, other) == [False, False]
    line.lines.ended([settle(held=50)])
    assert called(first, other) == [True, False]


async def test_refusal_calls_the_first_for_whom_there_is_room(line: Line):
    large, middle, small = [await line.join(refusal(worst)) for worst in (90, 50, 20)]
    await line.join(refusal(worst_case=60, room=30))
    assert called(large, middle, small) == [False, False, True]


async def test_who_leaves_calls_the_next(line: Line):
    with line.lines.place() as leaving:
        going = asyncio.create_task(line.lines.wait(leaving, refusal(), 600))
        await asyncio.sleep(0)
        following, last = [await line.join(refusal()) for _ in range(2)]
        line.lines.ended([settle(held=10)])
        await going
        assert called(following, last) == [False, False]
    assert called(following, last) == [True, False]


@pytest.mark.service
async def test_calls_of_several_workers_wait_and_none_is_refused(transactional_db):
    """Sixty calls at once on three writers, against a cap with room for two: all of them go."""
    patient = plan(deadline_at=clock.now() + timedelta(minutes=10))
    used = TokenCounts(input_tokens=1)
    room = patient.worst_case * 2 + 60 * pricing.cost(used, PRICE)
    clinic = await in_database(make_clinic, cap_nano_usd=room)
    writers = [ledger.Writer() for _ in range(3)]

    async def call(number: int) -> None:
        async with clinic.page(writers[number % 3]).admitted(patient) as entry:
            entry.settle(used, outcome="end_turn", latency_ms=1.0)

    for writer in writers:
        writer.start()
    await asyncio.gather(*(call(number) for number in range(60)))
    for writer in writers:
        await writer.close()
    period = await in_database(BudgetPeriod.objects.get, budget_id=clinic.budget_id)
    assert period.held_nano_usd == 0
    assert period.posted_nano_usd == 60 * pricing.cost(used, PRICE)
