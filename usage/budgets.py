"""Budgets: which ones a call falls under, and why its worst case does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.db import transaction

from routerproject.shared import crypto
from routerproject.shared.money import usd_text
from usage import periods
from usage.models import AtCap, Budget, BudgetEach, ConfigVersion, Tenant

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Spending:
    """What one call is for, as far as a budget may ask. Users and cases are keyed hashes."""

    tenant_id: int
    client_id: int
    task_type: str = ""
    tier: str = ""
    model_id: str = ""
    user_hash: bytes = b""
    case_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """One active budget as the ledger's writer sees it; what is empty of its scope asks nothing."""

    id: int
    name: str
    tenant_id: int | None
    period: str
    time_zone: str
    client_id: int | None = None
    task_type: str = ""
    tier: str = ""
    model_id: str = ""
    user_hash: bytes = b""
    case_hash: bytes = b""
    at_cap: str = AtCap.BLOCK
    act_at_percent: int = 90
    each: str = ""  # user | journey: a cap for each of them

    def concerns(self, tenant_id: int, client_id: int) -> bool:
        """Say whether calls of a client can fall under it at all."""
        return self.tenant_id in (None, tenant_id) and self.client_id in (None, client_id)

    def covers(self, spending: Spending) -> bool:
        """Say whether a call of a client it concerns falls under it."""
        return (
            self.task_type in ("", spending.task_type)
            and self.tier in ("", spending.tier)
            and self.model_id in ("", spending.model_id)
            and self.user_hash in (b"", spending.user_hash)
            and self.case_hash in (b"", spending.case_hash)
        )

    def subject(self, spending: Spending) -> bytes:
        """Return whose own cap a call counts against; calls that name nobody share one."""
        if not self.each:
            return b""
        return spending.user_hash if self.each == BudgetEach.USER else spending.case_hash


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a worst case does not fit: the budget, its sums and when it starts anew."""

    budget_id: int
    period_id: int
    worst_case: int
    cap: int  # with what was carried over
    kept: int  # of it, for point-of-care or batch work, which this call is not
    posted: int
    held: int
    unknown: int
    resets_at: datetime | None

    @property
    def may_fit_later(self) -> bool:
        """True when only calls in flight stand in the way."""
        return self.posted + self.unknown + self.worst_case <= self.cap - self.kept

    @property
    def room(self) -> int:
        """Return how much such a call may cost, at most, to fit now."""
        return self.cap - self.kept - self.posted - self.held - self.unknown

    def facts(self, name: str) -> Mapping[str, Any]:
        return {
            "budget": name,
            "cap_usd": usd_text(self.cap),
            "kept_usd": usd_text(self.kept),
            "spent_usd": usd_text(self.posted),
            "held_usd": usd_text(self.held),
            "unknown_usd": usd_text(self.unknown),
            "worst_case_usd": usd_text(self.worst_case),
            "resets_at": self.resets_at.isoformat() if self.resets_at else None,
        }

    def sentence(self, name: str) -> str:
        """Return why the call is refused, with all that somebody needs to judge it."""
        end = self.resets_at
        return (
            f"The budget {name!r} does not leave room for this call: it may cost up to"
            f" {_dollars(self.worst_case)}; spent {_dollars(self.posted)}, held"
            f" {_dollars(self.held)}, unknown {_dollars(self.unknown)}, cap {_dollars(self.cap)}"
            + (f" ({_dollars(self.kept)} of it kept for other work)" if self.kept else "")
            + "; "
            + (f"it starts anew at {end:%Y-%m-%d %H:%M} UTC." if end else "it never starts anew.")
        )


def _dollars(nano: int) -> str:
    return "$" + usd_text(nano)


def reference_hash(reference: str | None) -> bytes:
    """Return the keyed hash by which a user or a case is known; of none, nothing."""
    return crypto.keyed_hash(reference.encode(), purpose="reference") if reference else b""


def configuration_version() -> int:
    """Return the version that every edit of a budget counts up."""
    return ConfigVersion.objects.values_list("version", flat=True).get()


def rules() -> tuple[BudgetRule, ...]:
    """Return all active budgets, in the order in which their periods are locked."""
    rows = Budget.objects.filter(is_active=True).select_related("tenant", "tier", "model")
    return tuple(rule_of(row) for row in rows.order_by("id"))


def task_types() -> list[tuple[str, str]]:
    """Return the name and the task type of each active budget that asks for one."""
    rows = Budget.objects.filter(is_active=True).exclude(task_type="").order_by("id")
    return list(rows.values_list("name", "task_type"))


def zone_of(row: Budget) -> str:
    """Return the clock of a budget's days: its own, the tenant's, else UTC."""
    try:
        return ZoneInfo(_zone_as_written(row)).key
    except (ZoneInfoNotFoundError, ValueError):  # plain SQL can write any word
        return "UTC"


def _zone_as_written(row: Budget) -> str:
    return row.time_zone or (row.tenant.time_zone if row.tenant else "UTC")


def rule_of(row: Budget) -> BudgetRule:
    """Return a budget as the ledger's writer sees it."""
    return BudgetRule(
        id=row.pk,
        name=row.name,
        tenant_id=row.tenant_id,
        period=row.period,
        time_zone=_zone_as_written(row),
        client_id=row.client_id,
        task_type=row.task_type,
        tier=row.tier.slug if row.tier else "",
        model_id=row.model.model_id if row.model else "",
        user_hash=reference_hash(row.user),
        case_hash=bytes(row.case_hash or b""),
        at_cap=row.at_cap,
        act_at_percent=row.act_at_percent,
        each=row.each,
    )


def current_start(rule: BudgetRule, at: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end of the period in which a call admitted now is counted."""
    try:
        return periods.bounds(rule.period, rule.time_zone, at)
    except (ZoneInfoNotFoundError, ValueError):
        # Only plain SQL can have put it there. The cap goes on to hold, by another clock.
        log.error("budget.unknown_time_zone", budget=rule.id)
        return periods.bounds(rule.period, "UTC", at)


@transaction.atomic
def create_starter(*, tenant: Tenant, tenant_cap_nano_usd: int, global_cap_nano_usd: int) -> None:
    """Make the two monthly budgets a new installation begins with, unless they exist."""
    Budget.objects.get_or_create(
        tenant=None, name="Installation", defaults={"cap_nano_usd": global_cap_nano_usd}
    )
    Budget.objects.get_or_create(
        tenant=tenant, name="Clinic", defaults={"cap_nano_usd": tenant_cap_nano_usd}
    )
