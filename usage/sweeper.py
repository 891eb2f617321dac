"""What becomes of calls whose process died: marked unknown, their holds kept.

No timer frees a hold. An attempt that is still `admitted` a minute after its deadline may have
been billed, so its worst case moves from held to unknown money until it is reconciled. A late
owner may still settle it once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Sum

from routerproject.shared.money import usd_text
from usage import audit
from usage.audit import Fact
from usage.ledger.bill import OF_THE_CLASSIFIER, OF_THE_MODEL
from usage.models import (
    Attempt,
    AttemptState,
    BudgetPeriod,
    EntryKind,
    IdempotencyClaim,
    LedgerEntry,
    RequestState,
    UsageRecord,
)
from usage.pricing import TokenCounts

BATCH = 500
TOKEN_COLUMNS = tuple(field.name for field in fields(TokenCounts))


@transaction.atomic
def mark_overdue_attempts(now: datetime) -> int:
    """Mark attempts unknown whose deadline passed over a minute ago; return how many.

    Locks in the order of the ledger: attempts, budget periods, audit heads.
    """
    overdue = now - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    attempts = list(
        Attempt.objects.select_for_update(skip_locked=True)
        .filter(state=AttemptState.ADMITTED, deadline_at__lt=overdue)
        .order_by("id")[:BATCH]
    )
    if not attempts:
        return 0
    _move_to_unknown(attempts)
    Attempt.objects.filter(pk__in=[a.pk for a in attempts]).update(
        state=AttemptState.UNKNOWN, settled_at=now, outcome="abandoned"
    )
    for tenant_id, facts in sorted(_facts(attempts).items()):
        audit.append_all(tenant_id, facts)
    return len(attempts)


@transaction.atomic
def close_abandoned_requests(now: datetime) -> int:
    """End open requests past their deadline that have no call in flight; return how many.

    One with an unknown attempt becomes unknown; one whose attempts all ended is failed. Locks audit
    heads in order of tenant, then requests.
    """
    overdue = now - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    found = UsageRecord.objects.filter(state=RequestState.OPEN, deadline_at__lt=overdue)
    candidates = dict(found.order_by("id").values_list("pk", "tenant_id")[:BATCH])
    if not candidates:
        return 0
    audit.lock_heads(sorted(set(candidates.values())))
    requests = list(
        UsageRecord.objects.select_for_update(skip_locked=True)
        .filter(pk__in=candidates, state=RequestState.OPEN)
        .order_by("id")
    )
    states: dict[UUID, set[str]] = defaultdict(set)
    for request_id, state in Attempt.objects.filter(
        request_id__in=[request.pk for request in requests]
    ).values_list("request_id", "state"):
        states[request_id].add(state)
    ended = [r for r in requests if AttemptState.ADMITTED not in states[r.pk]]
    facts: dict[int, list[Fact]] = defaultdict(list)
    for request in ended:
        facts[request.tenant_id].append(_close(request, states[request.pk], now))
    for tenant_id, tenant_facts in sorted(facts.items()):
        audit.append_all(tenant_id, tenant_facts)
    return len(ended)


def forget_expired_claims(now: datetime) -> int:
    """Delete idempotency claims, and the answers kept with them, that have expired."""
    return IdempotencyClaim.objects.filter(expires_at__lt=now).delete()[0]


def _move_to_unknown(attempts: Iterable[Attempt]) -> None:
    sums: dict[int, int] = defaultdict(int)
    holds = LedgerEntry.objects.filter(
        attempt_id__in=[a.pk for a in attempts], kind=EntryKind.HOLD
    ).values_list("period_id", "amount_nano_usd")
    for period_id, amount in holds:
        sums[period_id] += amount
    list(BudgetPeriod.objects.select_for_update().filter(pk__in=sums).order_by("pk"))
    for period_id, amount in sums.items():
        BudgetPeriod.objects.filter(pk=period_id).update(
            held_nano_usd=F("held_nano_usd") - amount,
            unknown_nano_usd=F("unknown_nano_usd") + amount,
        )


def _facts(attempts: Iterable[Attempt]) -> dict[int, list[Fact]]:
    facts: dict[int, list[Fact]] = defaultdict(list)
    for attempt in attempts:
        held = {"attempt": attempt.pk, "held_usd": usd_text(attempt.hold_nano_usd)}
        facts[attempt.tenant_id].append(
            Fact("attempt.unknown", {**held, "outcome": "abandoned"}, attempt.request_id, "sweeper")
        )
    return facts


def totals_of(request_id: UUID) -> dict[str, int]:
    """Return what the request's attempts came to, in the columns of its record."""
    made = Attempt.objects.filter(request_id=request_id).order_by()
    tokens = {name: Sum(name, default=0) for name in TOKEN_COLUMNS}
    kinds = {"model_nano_usd": OF_THE_MODEL, "classifier_nano_usd": OF_THE_CLASSIFIER}
    costs = {name: Sum("cost_nano_usd", filter=kind, default=0) for name, kind in kinds.items()}
    totals: dict[str, int] = made.aggregate(
        attempts=Count("id"), total=Sum("cost_nano_usd", default=0), **tokens, **costs
    )
    totals["cost_nano_usd"] = total = totals.pop("total")
    totals["other_nano_usd"] = total - totals["model_nano_usd"] - totals["classifier_nano_usd"]
    return totals


def _close(request: UsageRecord, attempt_states: set[str], now: datetime) -> Fact:
    is_unknown = AttemptState.UNKNOWN in attempt_states
    state = RequestState.UNKNOWN if is_unknown else RequestState.FAILED
    UsageRecord.objects.filter(pk=request.pk).update(
        state=state, finished_at=now, outcome="abandoned", **totals_of(request.pk)
    )
    claims = IdempotencyClaim.objects.filter(request_id=request.pk)
    if attempt_states - {AttemptState.VOID}:
        claims.update(state=IdempotencyClaim.State.UNKNOWN)
    else:
        claims.delete()
    return Fact("request.closed", {"state": state, "outcome": "abandoned"}, request.pk, "sweeper")
