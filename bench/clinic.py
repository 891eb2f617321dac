"""The clinic that asks in the benchmarks; its budgets are wide enough never to refuse."""

from routerproject.shared.money import from_usd
from usage import accounts, budgets
from usage.models import Client, Tenant


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
