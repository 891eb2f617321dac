"""Clearing up: an unknown attempt gets the cost that somebody or something has proved.

Until then its worst case counts against every budget it was held on. No timer frees it.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, QuerySet

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from usage import audit, freezes, pricing
from usage.catalog import Price
from usage.ledger.group import entry_id
from usage.ledger.rows import token_columns
from usage.models import (
    Attempt,
    AttemptKind,
    AttemptState,
    BudgetPeriod,
    EntryKind,
    LedgerEntry,
    RequestState,
    UsageRecord,
)
from usage.pricing import TokenCounts
from usage.sweeper import totals_of

NO_TOKENS = TokenCounts()
BILLED_WITHIN = timedelta(minutes=10)  # after its deadline no call is billed any more
NEARBY = timedelta(days=1)  # between calls with the same bytes that could be taken for each other
MOST_AT_ONCE = 200
SOME = secrets.SystemRandom()
log = structlog.get_logger(__name__)
# The states in which a request may gain the cost of a call that was cleared up late.
ENDED = (RequestState.FAILED, RequestState.CANCELLED, RequestState.COMPLETED)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One call on a provider's bill that cost something."""

    provider_request_id: str
    body_hash: bytes  # the keyed hash of the bytes that it was asked with
    tokens: TokenCounts
    cost: int  # nano-USD


def clear_up(
    bill: Sequence[BillLine], *, deployments: Collection[str], now: datetime, is_whole: bool
) -> int:
    """Resolve unknown attempts by a provider's bill; return how many.

    Calls with the same bytes take their lines in order: which is whose does not change the sum. One
    without a line cost nothing if the bill `is_whole` from a call on that was answered before it.
    Where cost and line differ, or another call with the same bytes is under way, it stays unknown.
    """
    by_body: dict[bytes, list[BillLine]] = defaultdict(list)
    for line in bill:
        by_body[line.body_hash].append(line)
    billed = {line.provider_request_id for line in bill}
    cleared = 0
    for attempt in _due(deployments, now):
        ended, is_running = _same_bytes(attempt)
        if is_running:
            continue
        free = [x for x in by_body[bytes(attempt.body_hash)] if x.provider_request_id not in ended]
        if free:
            cleared += _take(attempt, free[0])
        elif is_whole and _last_answered(attempt, deployments) in billed:
            cleared += resolve(
                attempt_id=attempt.pk, cost=0, by="reconciliation", evidence={"bill": "no line"}
            )
    return cleared


def is_needed(*, deployments: Collection[str], now: datetime) -> bool:
    """Say whether an attempt waits to be cleared up by a bill."""
    return _waiting(deployments, now).exists()


def _due(deployments: Collection[str], now: datetime) -> list[Attempt]:
    """Return unknown attempts that nothing can be billed for any more, oldest first.

    Of too many some by chance: those that no bill ever proves keep none of the others waiting.
    """
    found = _waiting(deployments, now)
    keys = list(found.order_by("id").values_list("id", flat=True))
    if len(keys) > MOST_AT_ONCE:
        keys = SOME.sample(keys, MOST_AT_ONCE)
    return list(found.filter(id__in=keys).order_by("id"))


def _waiting(deployments: Collection[str], now: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        state=AttemptState.UNKNOWN, deployment__in=deployments, deadline_at__lt=now - BILLED_WITHIN
    )


def _same_bytes(attempt: Attempt) -> tuple[set[str], bool]:
    """Return the ids of calls with the same bytes that have a cost, and whether one still runs."""
    around = attempt.admitted_at - NEARBY, attempt.admitted_at + NEARBY
    found = Attempt.objects.filter(
        id__gte=clock.first_id(around[0]),
        id__lt=clock.first_id(around[1]),
        body_hash=attempt.body_hash,
    )
    rows = list(found.values_list("state", "provider_request_id"))
    return {name for _, name in rows if name}, any(s == AttemptState.ADMITTED for s, _ in rows)


def _last_answered(attempt: Attempt, deployments: Collection[str]) -> str:
    """Return the provider's id of the last call on the same bill that was settled before."""
    found = Attempt.objects.filter(
        deployment__in=deployments, state=AttemptState.SETTLED, id__lt=attempt.pk
    ).exclude(provider_request_id="")
    return found.order_by("-id").values_list("provider_request_id", flat=True).first() or ""


def _take(attempt: Attempt, line: BillLine) -> bool:
    cost = pricing.cost(line.tokens, _frozen(attempt), is_batch=attempt.kind == AttemptKind.BATCH)
    if cost != line.cost:
        log.error(
            "reconciliation.bill_differs", attempt=str(attempt.pk), difference=line.cost - cost
        )
        return False
    return resolve(
        attempt_id=attempt.pk,
        cost=cost,
        by="reconciliation",
        evidence={"bill": line.provider_request_id},
        tokens=line.tokens,
        provider_request_id=line.provider_request_id,
    )


@transaction.atomic
def resolve(
    *,
    attempt_id: UUID,
    cost: int,
    by: str,
    evidence: Mapping[str, Any],
    tokens: TokenCounts = NO_TOKENS,
    provider_request_id: str = "",
) -> bool:
    """Post what an unknown attempt cost and free the rest; False when it is not unknown any more.

    Locks in the order of the ledger: attempt, budget periods, audit head, request. It is complete
    or nothing of it is.
    """
    attempt = (
        Attempt.objects.select_for_update()
        .filter(pk=attempt_id, state=AttemptState.UNKNOWN)
        .first()
    )
    if attempt is None:
        return False
    now = clock.now()
    _move_money(attempt, cost, now)
    Attempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.RESOLVED,
        cost_nano_usd=cost,
        settled_at=now,
        outcome="reconciled",
        provider_request_id=provider_request_id[:128],
        **token_columns(tokens),
    )
    _record(attempt, cost, by, evidence)
    freezes.freeze_late(attempt, cost, now)
    _add_to_request(attempt.request_id)
    return True


def _record(attempt: Attempt, cost: int, by: str, evidence: Mapping[str, Any]) -> None:
    audit.append_now(
        tenant_id=attempt.tenant_id,
        kind="attempt.resolved",
        record={"attempt": attempt.pk, "cost_usd": usd_text(cost), **evidence},
        actor=by,
        request_id=attempt.request_id,
    )


def _move_money(attempt: Attempt, cost: int, now: datetime) -> None:
    entries = LedgerEntry.objects.filter(attempt_id=attempt.pk, kind=EntryKind.HOLD)
    holds = dict(entries.values_list("period_id", "amount_nano_usd"))
    list(BudgetPeriod.objects.select_for_update().filter(pk__in=holds).order_by("pk"))
    for period_id, amount in holds.items():
        BudgetPeriod.objects.filter(pk=period_id).update(
            unknown_nano_usd=F("unknown_nano_usd") - amount,
            posted_nano_usd=F("posted_nano_usd") + cost,
        )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            id=entry_id(attempt.pk, period_id, kind),
            attempt_id=attempt.pk,
            period_id=period_id,
            kind=kind,
            amount_nano_usd=moved,
            created_at=now,
        )
        for period_id, amount in holds.items()
        for kind, moved in ((EntryKind.RELEASE.value, amount), (EntryKind.POST.value, cost))
    )


def _add_to_request(request_id: UUID) -> None:
    """Write the new totals on the request; one that was unknown is resolved with its last call."""
    request = UsageRecord.objects.select_for_update().filter(pk=request_id).first()
    if request is None or request.state not in (RequestState.UNKNOWN, *ENDED):
        return
    changes: dict[str, Any] = dict(totals_of(request_id))
    is_open = Attempt.objects.filter(request_id=request_id, state=AttemptState.UNKNOWN).exists()
    if request.state == RequestState.UNKNOWN:
        if is_open:
            return
        changes["state"] = RequestState.RESOLVED
    UsageRecord.objects.filter(pk=request_id).update(**changes)


def _frozen(attempt: Attempt) -> Price:
    return Price.restored(attempt.price_id, attempt.model_id, attempt.price)
