"""A deployment that billed more than a call could cost is left alone until a person has looked."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from routerproject.shared.database import in_database
from tests.factories.people import make_admin, make_member
from tests.usage.conftest import PRICE, Clinic, plan
from usage import configuration, freezes, ledger, pricing, reconciliation, verification
from usage.models import Attempt, AuditEntry, BudgetPeriod, Deployment, Freeze
from usage.pricing import TokenCounts

pytestmark = pytest.mark.service
SLUG = "anthropic-direct-haiku"
TOO_MUCH = TokenCounts(input_tokens=40, output_tokens=20_000)
COST = pricing.cost(TOO_MUCH, PRICE)


async def overcharged(clinic: Clinic, writer: ledger.Writer) -> None:
    async with clinic.page(writer).admitted(plan(deployment=SLUG)) as entry:
        entry.settle(TOO_MUCH, outcome="end_turn", latency_ms=5.0)


def is_frozen() -> bool:
    """Return what a process reads with its configuration."""
    catalog = configuration.load_catalog()
    (place,) = (p for each in catalog.deployments.values() for p in each if p.slug == SLUG)
    return place.is_frozen


def kinds(clinic: Clinic) -> list[str]:
    found = AuditEntry.objects.filter(tenant_id=clinic.tenant_id).order_by("seq")
    return list(found.values_list("kind", flat=True))


async def test_true_sum_is_posted_and_the_deployment_frozen_with_it(
    clinic: Clinic, writer: ledger.Writer
):
    """In one transaction, which every process learns of; in the tenant's audit trail."""
    before = await in_database(configuration.current_version)
    assert not await in_database(is_frozen)
    await overcharged(clinic, writer)
    period = await in_database(BudgetPeriod.objects.get, budget_id=clinic.budget_id)
    assert (period.posted_nano_usd, period.held_nano_usd) == (COST, 0)
    (found,) = await in_database(freezes.current)
    assert (found.deployment.slug, found.cost_nano_usd, found.hold_nano_usd) == (
        SLUG,
        COST,
        plan().worst_case,
    )
    assert await in_database(is_frozen)
    assert await in_database(configuration.current_version) > before
    assert await in_database(kinds, clinic) == [
        *("attempt.admitted", "attempt.settled", "deployment.frozen")
    ]
    assert await in_database(lambda: list(verification.verify(clinic.tenant_id))) == []


async def test_frozen_once_however_often(clinic: Clinic, writer: ledger.Writer):
    """Calls that were under way still end, and are paid for."""
    await overcharged(clinic, writer)
    await overcharged(clinic, writer)
    period = await in_database(BudgetPeriod.objects.get, budget_id=clinic.budget_id)
    assert period.posted_nano_usd == 2 * COST
    assert await in_database(Freeze.objects.count) == 1


async def test_usual_call_freezes_nothing(clinic: Clinic, writer: ledger.Writer):
    async with clinic.page(writer).admitted(plan(deployment=SLUG)) as entry:
        entry.settle(TokenCounts(input_tokens=9), outcome="end_turn", latency_ms=5.0)
    assert await in_database(Freeze.objects.count) == 0


async def test_sum_that_is_found_out_later_freezes_alike(clinic: Clinic, writer: ledger.Writer):
    async with clinic.page(writer).admitted(plan(deployment=SLUG)) as entry:
        entry.doubt(outcome="timeout", latency_ms=1.0)

    def resolve() -> None:
        attempt = Attempt.objects.get(tenant_id=clinic.tenant_id)
        reconciliation.resolve(attempt_id=attempt.pk, cost=COST, by="bill", evidence={})

    await in_database(resolve)
    assert await in_database(is_frozen)
    assert "deployment.frozen" in await in_database(kinds, clinic)


@pytest.fixture
def frozen(db: None) -> Freeze:
    held: dict[str, Any] = {"cost_nano_usd": 3_000_000_000, "hold_nano_usd": 2_000_000_000}
    return Freeze.objects.create(
        deployment=Deployment.objects.get(slug=SLUG),
        attempt_id="01a1fd8e-ca92-751c-a94b-8e9f26ba67e0",
        frozen_at=timezone.now(),
        **held,
    )


def test_people_are_told_and_lift_it(client, frozen: Freeze):
    """On the first page, in the list and on its own; who lifted it is kept."""
    client.force_login(make_admin())
    page = reverse("admin:usage_deployment_change", args=[frozen.deployment_id])
    assert SLUG in client.get("/admin/").content.decode()
    assert "frozen" in client.get(reverse("admin:usage_deployment_changelist")).content.decode()
    assert "cost $3.00, $2.00 were held; holds" in client.get(page).content.decode()
    lift = reverse("admin:usage_deployment_lift_freeze", args=[frozen.deployment_id])
    assert client.get(lift).status_code == 200
    assert is_frozen()
    assert client.post(lift).status_code == 302
    assert not is_frozen()
    assert AuditEntry.objects.latest("seq").kind == "freeze-lifted"
    frozen.refresh_from_db()
    assert f"lifted {frozen.lifted_at:%Y-%m-%d %H:%M} by {frozen.lifted_by}" in (
        client.get(page).content.decode()
    )
    assert SLUG not in client.get("/admin/").content.decode()
    assert client.post(lift).status_code == 302  # again: nothing is frozen, nothing is written
    assert AuditEntry.objects.filter(kind="freeze-lifted").count() == 1


def test_only_those_who_may_change_a_deployment_lift_its_freeze(client, frozen: Freeze):
    client.force_login(make_member("developer"))
    url = reverse("admin:usage_deployment_lift_freeze", args=[frozen.deployment_id])
    assert client.post(url).status_code == 403
    assert is_frozen()
