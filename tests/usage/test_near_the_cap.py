"""What becomes of calls near a cap: reserve, batch work, stepping down, roll-over, crossings."""

from datetime import timedelta

import pytest

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import PRICE, Clinic, plan
from usage import crossings, ledger, pricing
from usage.errors import BudgetExceeded
from usage.ledger.closing import Closing
from usage.models import Budget, BudgetCrossing, BudgetPeriod
from usage.pricing import TokenCounts

USED = TokenCounts(input_tokens=40, output_tokens=20)
COST = pricing.cost(USED, PRICE)
pytestmark = pytest.mark.service


async def spend(clinic: Clinic, writer: ledger.Writer, **changes) -> ledger.Page:
    page = clinic.page(writer)
    async with page.admitted(plan(**changes)) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=5.0)
        entry.close(Closing("completed", "end_turn", 6.0))
    return page


async def edit(clinic: Clinic, **fields) -> None:
    await in_database(Budget.objects.filter(pk=clinic.budget_id).update, **fields)


def period(clinic: Clinic) -> BudgetPeriod:
    return BudgetPeriod.objects.filter(budget_id=clinic.budget_id).latest("starts_at")


async def end_the_period(clinic: Clinic, *, ago: timedelta = timedelta(seconds=1)) -> None:
    def end() -> None:
        running = BudgetPeriod.objects.filter(pk=period(clinic).pk)
        at = clock.now() - ago
        running.update(starts_at=at - timedelta(days=1), ends_at=at)

    await in_database(end)


async def test_reserve_is_for_point_of_care_work_alone(clinic: Clinic, writer: ledger.Writer):
    """Other work is refused at the reserve and told so; real-time work may use the whole cap."""
    await edit(clinic, cap_nano_usd=4 * plan().worst_case, reserve_percent=80)
    with pytest.raises(BudgetExceeded) as refused:
        await spend(clinic, writer)
    assert "kept for other work" in str(refused.value.detail)
    assert refused.value.extra["kept_usd"] > "0"
    await spend(clinic, writer, is_urgent=True)


async def test_near_the_cap_only_batch_work_goes_on(clinic: Clinic, writer: ledger.Writer):
    worst = plan().worst_case
    await edit(clinic, cap_nano_usd=2 * worst, at_cap="batch", act_at_percent=49)
    with pytest.raises(BudgetExceeded):
        await spend(clinic, writer)
    await spend(clinic, writer, kind="batch")


async def test_budget_near_its_cap_asks_for_a_lower_tier(clinic: Clinic, writer: ledger.Writer):
    """From its share on, and not before; what another budget's calls do is none of its business."""
    room = plan().worst_case + COST
    await edit(clinic, cap_nano_usd=room, at_cap="step_down", act_at_percent=5)
    assert clinic.page(writer).pressure(None) is None
    page = await spend(clinic, writer)
    pressing = page.pressure("sentiment")
    assert pressing is not None
    assert (pressing.name, pressing.tier) == ("Clinic", "")


async def test_refusal_of_a_budget_that_steps_down_says_so(clinic: Clinic, writer: ledger.Writer):
    await edit(clinic, cap_nano_usd=plan().worst_case - 1, at_cap="step_down")
    with pytest.raises(BudgetExceeded) as refused:
        await spend(clinic, writer)
    assert refused.value.steps_down


@pytest.mark.parametrize(
    ("share", "carried"), [(0, 0), (10, 100_000_000), (100, 1_000_000_000 - COST)]
)
async def test_what_a_period_left_unused_goes_to_the_next(
    clinic: Clinic, writer: ledger.Writer, share: int, carried: int
):
    await edit(clinic, roll_over_percent=share, period="hour")
    await spend(clinic, writer)
    await end_the_period(clinic, ago=timedelta(0))
    await spend(clinic, writer)
    assert (await in_database(period, clinic)).carried_nano_usd == carried


async def test_carried_money_can_be_spent_and_no_more(clinic: Clinic, writer: ledger.Writer):
    worst = plan().worst_case
    await edit(clinic, cap_nano_usd=worst, roll_over_percent=100)
    await spend(clinic, writer)
    await end_the_period(clinic, ago=timedelta(0))
    calls = (2 * worst - COST - worst) // COST + 1
    for _ in range(calls):
        await spend(clinic, writer)
    with pytest.raises(BudgetExceeded):
        await spend(clinic, writer)


async def test_what_is_still_in_flight_at_the_end_of_a_period_is_not_carried(
    clinic: Clinic, writer: ledger.Writer
):
    await edit(clinic, roll_over_percent=100)
    async with clinic.page(writer).admitted(plan()) as entry:
        await end_the_period(clinic, ago=timedelta(0))
        await spend(clinic, writer)
        entry.settle(USED, outcome="end_turn", latency_ms=5.0)
    carried = (await in_database(period, clinic)).carried_nano_usd
    assert carried == 1_000_000_000 - plan().worst_case


async def test_passed_threshold_is_recorded_once(clinic: Clinic, writer: ledger.Writer):
    """Also when the period is over; each threshold for itself, in every period anew."""
    await edit(clinic, cap_nano_usd=plan().worst_case, soft_percents=[10, 20, 100])
    await spend(clinic, writer)
    used = COST * 100 // plan().worst_case
    expected = [percent for percent in (10, 20, 100) if percent <= used]
    await end_the_period(clinic)
    assert expected
    assert await in_database(crossings.note, clock.now()) == len(expected)
    assert await in_database(crossings.note, clock.now()) == 0

    def recorded() -> list[tuple[int, int]]:
        rows = BudgetCrossing.objects.filter(period__budget_id=clinic.budget_id)
        return sorted(rows.values_list("percent", "used_nano_usd"))

    assert await in_database(recorded) == [(percent, COST) for percent in expected]
