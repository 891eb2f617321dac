"""Prices and caps that are none: refused where they are typed, with the field named, and by SQL."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.usage.conftest import Clinic, plan
from usage import ledger
from usage.errors import BudgetExceeded
from usage.models import Budget, BudgetPeriod, ModelCard, Price
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
SOUND_PRICE = {
    "input_usd": "1",
    "output_usd": "5",
    "cache_write_5m_usd": "1.25",
    "cache_write_1h_usd": "2",
    "cache_read_usd": "0.1",
}
BAD_PRICES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing for output": ({"output_usd": "0"}, "__all__"),
    "negative": ({"input_usd": "-1"}, "input_usd"),
    "NaN": ({"input_usd": "NaN"}, "input_usd"),
    "infinite": ({"input_usd": "Infinity"}, "input_usd"),
    "2^63": ({"output_usd": str(2**63)}, "output_usd"),
    "13 decimals": ({"cache_read_usd": "0.1234567890123"}, "cache_read_usd"),
    "dearer than any": ({"cache_write_1h_usd": "100001"}, "cache_write_1h_usd"),
    "no number": ({"input_usd": "free"}, "input_usd"),
    "batches dearer than single calls": ({"batch_multiplier": "1.5"}, "batch_multiplier"),
    "no model": ({"model": None}, "model"),
}
BAD_BUDGETS: dict[str, tuple[dict[str, Any], str]] = {
    "cap 0": ({"cap_nano_usd": 0}, "cap_nano_usd"),
    "cap negative": ({"cap_nano_usd": -1}, "cap_nano_usd"),
    "cap 2^63": ({"cap_nano_usd": 2**63}, "cap_nano_usd"),
    "cap a fraction of a nano-USD": ({"cap_nano_usd": "0.5"}, "cap_nano_usd"),
    "time zone that is none": ({"time_zone": "Mars/Olympus"}, "time_zone"),
    "period that is none": ({"period": "fortnight"}, "period"),
    "threshold above the cap": ({"soft_percents": [50, 101]}, "soft_percents"),
    "all of it kept": ({"reserve_percent": 101}, "reserve_percent"),
    "more rolled over than there is": ({"roll_over_percent": 101}, "roll_over_percent"),
    "acting from nothing on": ({"act_at_percent": 0}, "act_at_percent"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("why", BAD_PRICES)
def test_price_that_is_none_is_refused_with_its_field(why: str):
    changes, field = BAD_PRICES[why]
    haiku = ModelCard.objects.get(model_id="claude-haiku-4-5-20251001")
    values: dict[str, Any] = {**SOUND_PRICE, "valid_from": clock.now(), "model": haiku, **changes}
    with pytest.raises(ValidationError) as refused:
        Price(**values).full_clean()
    assert set(refused.value.message_dict) == {field}


@pytest.mark.django_db
@pytest.mark.parametrize("rate", ["-1", "100001"])
def test_price_beyond_all_prices_is_told_what_it_may_be(rate: str):
    haiku = ModelCard.objects.get(model_id="claude-haiku-4-5-20251001")
    values: dict[str, Any] = {**SOUND_PRICE, "valid_from": clock.now(), "input_usd": rate}
    with pytest.raises(ValidationError, match=r"between \$0 and \$100,000"):
        Price(model=haiku, **values).full_clean()


@pytest.mark.django_db
def test_two_prices_from_the_same_moment_on_are_refused():
    """So periods of prices cannot overlap: each row holds until the next one begins."""
    price = Price.objects.latest("valid_from")
    other = Price(model=price.model, valid_from=price.valid_from, **SOUND_PRICE)
    with pytest.raises(ValidationError, match="already exists"):
        other.full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("why", BAD_BUDGETS)
def test_budget_that_is_none_is_refused_with_its_field(why: str):
    changes, field = BAD_BUDGETS[why]
    with pytest.raises(ValidationError) as refused:
        Budget(**{"name": "Bad", "cap_nano_usd": 1, **changes}).full_clean()
    assert set(refused.value.message_dict) == {field}


@pytest.mark.django_db
@pytest.mark.parametrize("cap", ["0", "-1", str(2**63), "'NaN'::numeric"])
def test_database_refuses_a_cap_that_is_none(cap: str):
    Budget.objects.create(name="Sound", cap_nano_usd=1)
    statement = f"UPDATE usage_budget SET cap_nano_usd = {cap}"  # noqa: S608
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


async def test_cap_below_what_is_used_refuses_and_forgets_nothing(
    clinic: Clinic, writer: ledger.Writer
):
    """What runs is settled to the end, above the new cap; when it is raised again, calls go on."""
    used = TokenCounts(input_tokens=40, output_tokens=20)
    page = clinic.page(writer)
    async with page.admitted(plan()) as running:
        await in_database(_cap, clinic, 1)
        with pytest.raises(BudgetExceeded):
            async with clinic.page(writer).admitted(plan()):
                pytest.fail("nothing may be sent")
        cost = running.settle(used, outcome="end_turn", latency_ms=5.0)
    assert await in_database(_sums, clinic) == (cost, 0, 0)
    await in_database(_cap, clinic, cost + plan().worst_case)
    async with clinic.page(writer).admitted(plan()) as entry:
        entry.settle(used, outcome="end_turn", latency_ms=5.0)
    assert await in_database(_sums, clinic) == (2 * cost, 0, 0)


async def test_period_split_in_the_middle_keeps_what_it_counted(
    clinic: Clinic, writer: ledger.Writer
):
    """A month made into days goes on to its end, and its calls are in one period."""
    await in_database(Budget.objects.filter(pk=clinic.budget_id).update, period="day")
    for _ in range(2):
        async with clinic.page(writer).admitted(plan()) as entry:
            entry.void(outcome="busy", latency_ms=1.0)
        zone = {"time_zone": "Asia/Kathmandu", "period": "month"}
        await in_database(Budget.objects.filter(pk=clinic.budget_id).update, **zone)
    periods = await in_database(_periods, clinic)
    assert len(periods) == 1
    assert periods[0].ends_at is not None
    assert periods[0].ends_at - periods[0].starts_at <= timedelta(hours=25)


def _cap(clinic: Clinic, nano_usd: int) -> None:
    Budget.objects.filter(pk=clinic.budget_id).update(cap_nano_usd=nano_usd)


def _sums(clinic: Clinic) -> tuple[int, int, int]:
    (period,) = _periods(clinic)
    return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd


def _periods(clinic: Clinic) -> list[BudgetPeriod]:
    return list(BudgetPeriod.objects.filter(budget_id=clinic.budget_id))
