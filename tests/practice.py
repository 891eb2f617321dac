"""A practice: a tenant with a client, a key and a budget of its own, and what the ledger says.

Tests that open one each can share a database, a router and a run of the sandbox.
"""

import os
import time
from dataclasses import dataclass
from uuid import uuid4

import redis
from django.db import transaction

from tests.gateway_server import Gateway, Pms
from tests.patience import wait_until
from usage import accounts
from usage.configuration import current_version
from usage.models import (
    Attempt,
    AuditEntry,
    Budget,
    BudgetPeriod,
    Client,
    ConfigVersion,
    IdempotencyClaim,
    LedgerEntry,
    Tenant,
    UsageRecord,
)

SCOPES = ("route", "route:override", "usage:read", "phi:test")


def outrun_older_versions() -> None:
    """Give the configuration a version that no database of an earlier test had.

    A router that outlives a database would else take the next one's for one that it knows.
    """
    ConfigVersion.objects.update(version=time.time_ns() // 1_000)


def forget_failures(server: Gateway) -> None:
    """Close all breakers, so that no test pays for the failures of another one."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        for key in client.scan_iter("breaker:*"):
            client.delete(key)
    server.wait_until(lambda: server.ready().get("breakers_open") == 0)


@dataclass
class Practice:
    """A tenant, its client and budget, and the caller who uses them."""

    tenant: Tenant
    client: Client
    budget: Budget
    pms: Pms
    key_id: int
    server: Gateway

    @property
    def sums(self) -> tuple[int, int, int]:
        """Posted, held and unknown money of the budget, in nano-USD."""
        period = BudgetPeriod.objects.filter(budget=self.budget).first()
        if period is None:
            return 0, 0, 0
        return period.posted_nano_usd, period.held_nano_usd, period.unknown_nano_usd

    def wait_for_configuration(self) -> None:
        """Return once the router answers from the configuration as it is now."""
        self.server.wait_for_version(current_version())

    def wait_until_settled(self) -> None:
        """Return once no call and no request of this practice is under way."""
        wait_until(self._has_ended, what="A call is still under way.")

    def _has_ended(self) -> bool:
        states = {each.state for each in self.attempts()}
        states |= {each.state for each in self.requests()}
        return bool(states) and not states & {"admitted", "open"}

    def requests(self) -> list[UsageRecord]:
        return list(UsageRecord.objects.filter(tenant_id=self.tenant.pk).order_by("id"))

    def attempts(self) -> list[Attempt]:
        return list(Attempt.objects.filter(tenant_id=self.tenant.pk).order_by("id"))

    def entries(self) -> list[LedgerEntry]:
        ids = [attempt.pk for attempt in self.attempts()]
        return list(LedgerEntry.objects.filter(attempt_id__in=ids).order_by("id"))

    def claims(self) -> list[IdempotencyClaim]:
        return list(IdempotencyClaim.objects.filter(client_id=self.client.pk))

    def audited(self) -> list[AuditEntry]:
        return list(AuditEntry.objects.filter(tenant_id=self.tenant.pk).order_by("seq"))


def open_practices(
    server: Gateway,
    count: int,
    *,
    scopes: tuple[str, ...] = SCOPES,
    cap_nano_usd: int = 50_000_000_000,
    requests_per_minute: int = 100_000,
) -> list[Practice]:
    """Return new practices, once the router knows their keys.

    They are one edit: the router reads its configuration anew once, however many they are.
    """
    forget_failures(server)
    with transaction.atomic():
        opened = [
            _write_practice(server, scopes, cap_nano_usd, requests_per_minute) for _ in range(count)
        ]
    server.wait_for_version(current_version())
    return opened


def _write_practice(
    server: Gateway, scopes: tuple[str, ...], cap_nano_usd: int, requests_per_minute: int
) -> Practice:
    tenant = Tenant.objects.create(slug=f"practice-{uuid4().hex[:8]}", name="Practice")
    client = Client.objects.create(
        tenant=tenant, slug="pms", name="PMS", requests_per_minute=requests_per_minute
    )
    budget = Budget.objects.create(tenant=tenant, name="Practice", cap_nano_usd=cap_nano_usd)
    key = accounts.create_key(client=client, name="test", scopes=list(scopes), by=None)
    return Practice(tenant, client, budget, Pms(server.url, key.text), key.row.pk, server)
