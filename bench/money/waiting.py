"""Calls that wait for money which other calls hold: how soon they go on, and what asking costs."""

import asyncio
import time
from typing import Any

from bench.clinic import CappedClinic, make_capped
from bench.money.commits import CALL_SECONDS, one_call, plan
from routerproject.shared.money import from_usd
from usage import ledger
from usage.ledger.operations import Admit, Operation, Outcome
from usage.models import Budget, BudgetPeriod

WRITERS = 4  # each is the ledger of a worker
FITTING = 10  # calls that the cap holds at once
COST_SHARE = 20  # a call's worst case, as a multiple of what it costs, at least


class CountingWriter(ledger.Writer):
    """A writer that counts how often it is asked for money."""

    asked = 0

    async def submit(self, operation: Operation, *, patience: float | None = None) -> Outcome:
        self.asked += isinstance(operation, Admit)
        return await super().submit(operation, patience=patience)


def measure(calls: int = 400) -> dict[str, Any]:
    """Return how long calls took of which a few fit under the cap at once, and how they asked."""
    clinic = make_capped(cap_nano_usd=from_usd(1))
    worst_case = plan().worst_case
    cap = worst_case * FITTING + calls * worst_case // COST_SHARE
    Budget.objects.filter(pk=clinic.budget_id).update(cap_nano_usd=cap)
    began, cpu = time.perf_counter(), time.process_time()
    asked = asyncio.run(_wait_for_money(clinic, calls))
    seconds = time.perf_counter() - began
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    assert period.held_nano_usd + period.unknown_nano_usd == 0
    figures = {
        "calls": calls,
        "fitting_at_once": FITTING,
        "seconds": round(seconds, 2),
        "calls_at_once": round(calls * CALL_SECONDS / seconds, 1),
        "asked_per_call": round(asked / calls, 2),
        "cpu_ms_per_call": round((time.process_time() - cpu) * 1000 / calls, 2),
    }
    print("waiting: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


async def _wait_for_money(clinic: CappedClinic, calls: int) -> int:
    """Make all calls at once; a refusal, which would be a false one, is raised."""
    writers = [CountingWriter() for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        turns = (one_call(clinic, writers[n % WRITERS]) for n in range(calls))
        await asyncio.gather(*turns)
    finally:
        for writer in writers:
            await writer.close()
    return sum(writer.asked for writer in writers)
