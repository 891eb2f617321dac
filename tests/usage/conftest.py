"""Actors of the ledger's tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from model_bakery import baker

from routerproject.shared import clock
from routerproject.shared.database import in_database
from tests.factories.people import make_member
from usage import ledger
from usage.catalog import Price
from usage.models import ApiKey, Budget, Client, Tenant

PRICE = Price(
    id=1,
    model_id="claude-haiku-4-5-20251001",
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    input_usd=Decimal(1),
    output_usd=Decimal(5),
    cache_write_5m_usd=Decimal("1.25"),
    cache_write_1h_usd=Decimal(2),
    cache_read_usd=Decimal("0.1"),
)


@dataclass(frozen=True)
class Clinic:
    """A tenant with one client, one key and one budget."""

    tenant_id: int
    client_id: int
    key_id: int
    budget_id: int

    def page(self, writer: ledger.Writer, **row: Any) -> ledger.Page:
        """Return a page of the ledger for a new request of this clinic."""
        at = clock.now()
        request = ledger.RequestRow(
            id=clock.new_id(at),
            tenant_id=self.tenant_id,
            client_id=self.client_id,
            key_prefix="cmr_test",
            created_at=at,
            deadline_at=at + timedelta(seconds=30),
            boot_id=uuid4(),
            **row,
        )
        return ledger.Page(request, key_id=self.key_id, writer=writer)


def plan(**changes) -> ledger.AttemptPlan:
    """Return a plan whose worst case is (100 + 64) * 2 * 1000 + 100 * 5 * 1000 nano-USD."""
    values = {
        "kind": "main",
        "tier": "haiku",
        "model_id": PRICE.model_id,
        "deployment": "anthropic-direct",
        "price": PRICE,
        "body": b"x" * 100,
        "max_output_tokens": 100,
        "deadline_at": clock.now() + timedelta(seconds=30),
    }
    return ledger.AttemptPlan(**{**values, **changes})


def make_clinic(*, cap_nano_usd: int) -> Clinic:
    tenant = baker.make(Tenant, slug=f"clinic-{uuid4().hex[:8]}", time_zone="America/New_York")
    client = baker.make(Client, tenant=tenant, slug="pms")
    key = baker.make(ApiKey, client=client, prefix=uuid4().hex[:8], scopes=["route"])
    budget = Budget.objects.create(
        tenant=tenant, name="Clinic", period="month", cap_nano_usd=cap_nano_usd
    )
    return Clinic(tenant.pk, client.pk, key.pk, budget.pk)


@pytest.fixture
async def clinic(transactional_db: None) -> Clinic:
    return await in_database(make_clinic, cap_nano_usd=1_000_000_000)


@pytest.fixture
async def writer(transactional_db: None) -> AsyncIterator[ledger.Writer]:
    running = ledger.Writer()
    running.start()
    yield running
    await running.close()


@pytest.fixture
def finance():
    return make_member("finance")


@pytest.fixture
def colleague():
    return make_member("finance", "a-second-one")
