"""Tenants, clients and keys as tests need them."""

from uuid import uuid4

from usage import accounts
from usage.models import Client, Tenant


def make_tenant(**fields) -> Tenant:
    return Tenant.objects.create(
        **{"slug": f"clinic-{uuid4().hex[:8]}", "name": "Riverside Clinic", **fields}
    )


def make_client(**fields) -> Client:
    tenant = fields.pop("tenant", None) or make_tenant()
    return Client.objects.create(**{"tenant": tenant, "slug": "pms", "name": "PMS", **fields})


def make_key(**fields) -> accounts.NewKey:
    client = fields.pop("client", None) or make_client()
    return accounts.create_key(
        **{"client": client, "name": "server", "scopes": ["route"], "by": None, **fields}
    )
