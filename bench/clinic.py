"""The clinic that asks in the benchmarks; its budgets are wide enough never to refuse."""

from dataclasses import dataclass
from uuid import uuid4

from routerproject.shared.money import from_usd
from usage import accounts, budgets
from usage.models import Budget, Client, Tenant


@dataclass(frozen=True)
class CappedClinic:
    """A clinic of its own with one budget."""

    tenant_id: int
    client_id: int
    key_id: int
    budget_id: int
    key: str
    config_version: int = 0  # that requests carry; with another one the key is looked up again


def make_clinic() -> str:
    """Return the key of a new clinic's client."""
    tenant, _ = Tenant.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    client, _ = Client.objects.get_or_create(
        tenant=tenant, slug="pms", defaults={"name": "PMS", "requests_per_minute": 1_000_000}
    )
    budgets.create_starter(
        tenant=tenant,
        tenant_cap_nano_usd=from_usd(1_000_000),
        global_cap_nano_usd=from_usd(1_000_000),
    )
    return accounts.create_key(client=client, name="bench", scopes=["route"], by=None).text


def make_capped(*, cap_nano_usd: int) -> CappedClinic:
    """Return a new clinic whose one budget has this cap for a month."""
    tenant = Tenant.objects.create(slug=f"bench-{uuid4().hex[:8]}", name="Bench")
    client = Client.objects.create(
        tenant=tenant, slug="pms", name="PMS", requests_per_minute=1_000_000
    )
    budget = Budget.objects.create(tenant=tenant, name="Cap", cap_nano_usd=cap_nano_usd)
    key = accounts.create_key(client=client, name="bench", scopes=["route"], by=None)
    version = budgets.configuration_version()
    return CappedClinic(tenant.pk, client.pk, key.row.pk, budget.pk, key.text, version)
