"""Each budget can be shown to refuse, and how much of it was usable before it did."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.factories.accounts import make_client
from tests.usage.conftest import Clinic, plan
from usage import ledger, proof
from usage.errors import BudgetExceeded
from usage.ledger import commit_group
from usage.models import Attempt, AuditEntry, Budget, BudgetPeriod, LedgerEntry
from usage.pricing import TokenCounts

pytestmark = [pytest.mark.service, pytest.mark.django_db]
SPENT = {"posted_nano_usd": 5, "held_nano_usd": 7, "unknown_nano_usd": 11}


def make_budget(*, used: bool, **fields) -> Budget:
    budget = Budget.objects.create(**{"name": "Lab", "cap_nano_usd": 100, **fields})
    if used:
        now = clock.now()
        BudgetPeriod.objects.create(
            budget=budget, starts_at=now, ends_at=now + timedelta(hours=1), **SPENT
        )
    return budget


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"period": "total"},
        {"reserve_percent": 50},
        {"at_cap": "batch", "act_at_percent": 1},
        {"each": "user"},
        {"cap_nano_usd": 23},
        {"cap_nano_usd": 3},
        {"cap_nano_usd": 9_000_000_000_000_000_000},
    ],
    ids=lambda fields: next(iter(fields), "plain"),
)
def test_budget_refuses_one_nano_usd_too_much_and_holds_what_fits(used, fields):
    found = proof.prove(make_budget(used=used, **fields))
    assert found.is_sound
    assert found.used == (23 if used else 0)


def test_proof_leaves_nothing_behind():
    """No attempt, hold, audit entry or period, and no function in the session."""
    client = make_client()
    budget = make_budget(used=True, tenant=client.tenant, client=client)
    before = list(BudgetPeriod.objects.values())
    proof.prove(budget)
    proof.prove(make_budget(used=False, name="Fresh"))
    assert list(BudgetPeriod.objects.values()) == before
    assert not any(model.objects.exists() for model in (Attempt, LedgerEntry, AuditEntry))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'commit_group'")
        assert cursor.fetchone() == (0,)


def test_proof_needs_permission():
    with pytest.raises(PermissionDenied):
        proof.prove(make_budget(used=False), is_permitted=False)


def test_cap_that_does_not_hold_is_found(monkeypatch):
    """The command exits with an error when the function lets everything pass."""
    Budget.objects.all().delete()
    make_budget(used=True)
    holes = commit_group.definition().replace("IS NOT TRUE THEN", "IS NOT TRUE AND false THEN")
    monkeypatch.setattr(commit_group, "definition", lambda: holes)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("prove_budgets", stdout=said)
    assert "Lab: DOES NOT HOLD" in said.getvalue()


def test_command_says_of_each_budget_that_it_holds():
    Budget.objects.all().delete()
    make_budget(used=True)
    said = StringIO()
    call_command("prove_budgets", stdout=said)
    assert "Lab: holds; used $0.000000023 of $0.000000100" in said.getvalue()


@pytest.mark.django_db(transaction=True)
async def test_period_keeps_what_was_used_when_refusals_began(
    clinic: Clinic, writer: ledger.Writer
):
    """Only of refusals for good; the next period begins without."""
    worst = plan().worst_case
    cap = 2 * worst + worst // 2
    await in_database(Budget.objects.filter(pk=clinic.budget_id).update, cap_nano_usd=cap)
    async with clinic.page(writer).admitted(plan()) as first:
        for _ in range(2):
            with pytest.raises(BudgetExceeded):
                async with clinic.page(writer).admitted(plan(max_output_tokens=2_000)):
                    pytest.fail("nothing may be sent")
        first.settle(TokenCounts(), outcome="end_turn", latency_ms=1.0)
    period = await in_database(BudgetPeriod.objects.get, budget_id=clinic.budget_id)
    assert (period.refusals, period.used_at_refusal_nano_usd) == (2, worst)
