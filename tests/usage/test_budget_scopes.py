"""Which calls a budget counts, whose cap it is, and by which clock its periods end."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st
from model_bakery import baker

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.factories.accounts import make_client, make_tenant
from tests.usage.conftest import PRICE, Clinic, plan
from usage import budgets, ledger, pricing
from usage.budgets import BudgetRule, Spending, reference_hash
from usage.errors import BudgetExceeded
from usage.ledger.closing import Closing
from usage.models import Budget, BudgetPeriod, Client, ModelCard, Tenant, Tier
from usage.pricing import TokenCounts

USED = TokenCounts(input_tokens=40, output_tokens=20)
CALL = Spending(1, 2, "sentiment", "haiku", PRICE.model_id, b"user", b"case")
OTHER = Spending(9, 9, "radiology", "opus", "claude-opus-4-6", b"else", b"other")
ASKED = [field.name for field in fields(Spending)]


@given(
    asked=st.dictionaries(st.sampled_from(ASKED), st.sampled_from([CALL, OTHER])),
    call=st.sampled_from([CALL, *(replace(CALL, **{n: getattr(OTHER, n)}) for n in ASKED)]),
)
def test_a_call_counts_when_all_that_the_scope_asks_is_true_of_it(asked, call):
    """Any combination of tenant, client, task type, tier, model, user and journey."""
    scope = {name: getattr(source, name) for name, source in asked.items()}
    rule = BudgetRule(1, "Any", scope.pop("tenant_id", None), "day", "UTC", **scope)
    counts = rule.concerns(call.tenant_id, call.client_id) and rule.covers(call)
    assert counts == all(getattr(s, name) == getattr(call, name) for name, s in asked.items())


pytestmark = pytest.mark.service


async def spend(clinic: Clinic, writer: ledger.Writer, *, user: str = "", **row) -> None:
    page = clinic.page(writer, **row)
    page._user_hash = reference_hash(user)
    async with page.admitted(plan()) as entry:
        entry.settle(USED, outcome="end_turn", latency_ms=5.0)
        entry.close(Closing("completed", "end_turn", 6.0))


async def budget(clinic: Clinic, *, room_for: int = 1, **scope) -> Budget:
    cap = (room_for - 1) * pricing.cost(USED, PRICE) + plan().worst_case
    values = {"tenant_id": clinic.tenant_id, "name": "Narrow", "cap_nano_usd": cap, **scope}
    return await in_database(Budget.objects.create, **values)


def posted(row: Budget) -> list[int]:
    periods = BudgetPeriod.objects.filter(budget=row).order_by("id")
    return list(periods.values_list("posted_nano_usd", flat=True))


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        ({"task_type": "sentiment"}, {"task_type": "sentiment"}, {"task_type": "radiology"}),
        ({"task_type": "sentiment"}, {"declared_task_type": "sentiment"}, {}),
        ({"user": "dr.lee@clinic.example"}, {"user": "dr.lee@clinic.example"}, {"user": "nurse"}),
        (
            {"case_hash": reference_hash("case 7")},
            {"case_hash": reference_hash("case 7")},
            {"case_hash": reference_hash("case 8")},
        ),
    ],
)
async def test_full_budget_refuses_what_it_counts_and_nothing_else(
    clinic: Clinic, writer: ledger.Writer, scope, inside, outside
):
    row = await budget(clinic, **scope)
    await spend(clinic, writer, **inside)
    await spend(clinic, writer, **outside)
    with pytest.raises(BudgetExceeded) as refused:
        await spend(clinic, writer, **inside)
    assert refused.value.extra["budget"] == "Narrow"
    assert await in_database(posted, row) == [pricing.cost(USED, PRICE)]


async def test_client_tier_and_model_narrow_a_budget(clinic: Clinic, writer: ledger.Writer):
    """A budget of another client, tier or model counts nothing of a call; its own counts it."""

    def make() -> tuple[list[Budget], list[Budget]]:
        other = baker.make(Client, tenant_id=clinic.tenant_id, slug="portal")
        opus = Tier.objects.get(slug="opus")
        model = ModelCard.objects.get(model_id=PRICE.model_id)
        common = {"tenant_id": clinic.tenant_id, "cap_nano_usd": 10**12}
        own: list[dict[str, Any]] = [
            {"client_id": clinic.client_id},
            {"tier": model.tier},
            {"model": model},
        ]
        others: list[dict[str, Any]] = [
            {"client": other},
            {"tier": opus},
            {"model": ModelCard.objects.filter(tier=opus)[0]},
        ]
        return (
            [Budget.objects.create(name=f"own {n}", **common, **s) for n, s in enumerate(own)],
            [Budget.objects.create(name=f"not {n}", **common, **s) for n, s in enumerate(others)],
        )

    own, others = await in_database(make)
    await spend(clinic, writer)
    cost = pricing.cost(USED, PRICE)
    assert [await in_database(posted, row) for row in own] == [[cost]] * 3
    assert [await in_database(posted, row) for row in others] == [[]] * 3


async def test_each_user_has_a_cap_of_their_own(clinic: Clinic, writer: ledger.Writer):
    """One who is at the cap does not stop another; calls that name nobody share one cap."""
    row = await budget(clinic, each="user")
    for user in ("lee", "ann", ""):
        await spend(clinic, writer, user=user)
        with pytest.raises(BudgetExceeded):
            await spend(clinic, writer, user=user)
    assert await in_database(posted, row) == [pricing.cost(USED, PRICE)] * 3


async def test_refusal_says_all_that_is_needed_to_judge_it(clinic: Clinic, writer: ledger.Writer):
    await budget(clinic, period="day")
    await spend(clinic, writer)
    with pytest.raises(BudgetExceeded) as refused:
        await spend(clinic, writer)
    ends_at = refused.value.extra["resets_at"][:16].replace("T", " ")
    for part in ("'Narrow'", "spent $0.000140000", "held $0", "unknown $0", "cap $", ends_at):
        assert part in str(refused.value.detail)


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=1)])
async def test_clock_of_a_worker_that_jumps_a_day_neither_resets_nor_doubles_a_cap(
    clinic: Clinic, writer: ledger.Writer, monkeypatch, jump: timedelta
):
    """The database's clock alone ends a period, for every process."""
    row = await budget(clinic, period="day")
    await spend(clinic, writer)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + jump)
    for each in (writer, ledger.Writer()):
        if each is not writer:
            each.start()
        with pytest.raises(BudgetExceeded):
            await spend(clinic, each)
    await each.close()
    assert len(await in_database(posted, row)) == 1


async def test_period_that_ended_by_the_databases_clock_takes_no_more(
    clinic: Clinic, writer: ledger.Writer
):
    """Although the worker that found it running still believes so."""
    row = await budget(clinic, period="day")
    await spend(clinic, writer)

    def end_the_period() -> None:
        ends_at = clock.now() - timedelta(seconds=1)
        BudgetPeriod.objects.filter(budget=row).update(ends_at=ends_at)

    await in_database(end_the_period)
    await spend(clinic, writer)
    assert await in_database(posted, row) == [pricing.cost(USED, PRICE)] * 2


async def test_unknown_time_zone_in_the_table_does_not_lift_a_cap(
    clinic: Clinic, writer: ledger.Writer
):
    row = await budget(clinic, period="day", time_zone="Mars/Olympus")
    await spend(clinic, writer)
    with pytest.raises(BudgetExceeded):
        await spend(clinic, writer)
    assert len(await in_database(posted, row)) == 1


async def test_what_a_budget_has_counted_cannot_be_deleted(clinic: Clinic, writer: ledger.Writer):
    """Neither with its own row nor with the client or tenant that it names."""
    row = await budget(clinic, client_id=clinic.client_id)
    await spend(clinic, writer)

    def delete_all() -> None:
        for scope in (row, Client.objects.get(pk=clinic.client_id)):
            with pytest.raises(ProtectedError):
                scope.delete()
        with pytest.raises(ProtectedError):
            Tenant.objects.get(pk=clinic.tenant_id).delete()

    await in_database(delete_all)
    assert await in_database(posted, row) == [pricing.cost(USED, PRICE)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: {"time_zone": "Mars/Olympus"}, "time_zone"),
        (lambda: {"client": make_client()}, "client"),
        (
            lambda: {
                "tier": Tier.objects.get(slug="opus"),
                "model": ModelCard.objects.filter(tier__slug="haiku")[0],
            },
            "model",
        ),
        (lambda: {"cap_nano_usd": 0}, "cap_nano_usd"),
        (lambda: {"cap_nano_usd": 2**63}, "cap_nano_usd"),
        (lambda: {"period": "fortnight"}, "period"),
        (lambda: {"each": "shoe"}, "each"),
        (lambda: {"task_type": "No such; type"}, "task_type"),
    ],
)
def test_budget_that_could_not_be_counted_is_refused_in_its_field(wrong, field):
    tenant = make_tenant()
    values = {"tenant": tenant, "name": "Odd", "cap_nano_usd": 5, **wrong()}
    with pytest.raises(ValidationError) as refused:
        Budget(**values).full_clean()
    assert field in refused.value.message_dict


@pytest.mark.django_db
def test_clients_budget_without_its_tenant_is_refused_by_the_database():
    client = make_client()
    with pytest.raises(IntegrityError):
        Budget.objects.create(name="Lost", client=client, cap_nano_usd=5)


@pytest.mark.django_db
def test_names_of_users_and_cases_are_compared_as_keyed_hashes():
    Budget.objects.create(name="Lee", user="lee", cap_nano_usd=5, each="journey")
    (rule,) = [rule for rule in budgets.rules() if rule.name == "Lee"]
    assert rule.user_hash == reference_hash("lee")
    assert rule.subject(Spending(1, 2, case_hash=b"c")) == b"c"
