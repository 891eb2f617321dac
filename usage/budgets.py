"""Budgets: which ones a call falls under, and why its worst case does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from routerproject.shared.money import usd_text
from usage import periods
from usage.models import Budget, ConfigVersion, Tenant


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """One active budget as the ledger's writer sees it."""

    id: int
    name: str
    tenant_id: int | None
    period: str
    time_zone: str

    def covers(self, tenant_id: int) -> bool:
        return self.tenant_id is None or self.tenant_id == tenant_id


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a worst case does not fit: the budget, its sums and when it starts anew."""

    budget_id: int
    worst_case: int
    cap: int
    posted: int
    held: int
    unknown: int
    resets_at: datetime | None

    @property
    def may_fit_later(self) -> bool:
        """True when only calls in flight stand in the way."""
        return self.posted + self.unknown + self.worst_case <= self.cap

    def facts(self, name: str) -> Mapping[str, Any]:
        return {
            "budget": name,
            "cap_usd": usd_text(self.cap),
            "spent_usd": usd_text(self.posted),
            "held_usd": usd_text(self.held),
            "unknown_usd": usd_text(self.unknown),
            "worst_case_usd": usd_text(self.worst_case),
            "resets_at": self.resets_at.isoformat() if self.resets_at else None,
        }


def configuration_version() -> int:
    """Return the version that every edit of a budget counts up."""
    return ConfigVersion.objects.values_list("version", flat=True).get()


def rules() -> tuple[BudgetRule, ...]:
    """Return all active budgets, in the order in which their periods are locked."""
    rows = Budget.objects.filter(is_active=True).select_related("tenant").order_by("id")
    return tuple(
        BudgetRule(
            row.pk,
            row.name,
            row.tenant_id,
            row.period,
            row.time_zone or (row.tenant.time_zone if row.tenant else "UTC"),
        )
        for row in rows
    )


def current_start(rule: BudgetRule, at: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end of the period in which a call admitted now is counted."""
    return periods.bounds(rule.period, rule.time_zone, at)


@transaction.atomic
def create_starter(*, tenant: Tenant, tenant_cap_nano_usd: int, global_cap_nano_usd: int) -> None:
    """Make the two monthly budgets a new installation begins with, unless they exist."""
    Budget.objects.get_or_create(
        tenant=None, name="Installation", defaults={"cap_nano_usd": global_cap_nano_usd}
    )
    Budget.objects.get_or_create(
        tenant=tenant, name="Clinic", defaults={"cap_nano_usd": tenant_cap_nano_usd}
    )
