"""Requests of every kind that costs money, with faults among them: the ledger against the bill.

Answers, streams, streams that the caller leaves, answers that break off, kept answers, fallbacks,
escalations, refusals by the provider. Calls with an unknown outcome are cleared up by the sandbox's
bill at the end of each chunk, as Celery does it ten minutes later.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.test import override_settings

from bench import recording, servers
from bench.clinic import CappedClinic, make_capped
from bench.money.asking import ask_all, control, scripted
from routerproject.shared import clock
from routerproject.shared.money import from_usd
from routing.providers import sandbox_bill
from usage import sweeper, verification
from usage.models import Attempt, AttemptState, BudgetPeriod, RequestState, UsageRecord

HAIKU = "claude-haiku-4-5-20251001"
CHUNK = 1_000  # the sandbox keeps the bytes of 10,000 requests
CALLERS = 16
LATER = timedelta(hours=1)  # when nothing can be billed any more
FRESH = {"cache": False}
# How a request is asked, and its weight. The marker in its text finds the sandbox's rule for it.
KINDS: dict[str, tuple[int, Mapping[str, Any]]] = {
    "usual": (40, FRESH),
    "stream": (15, {**FRESH, "stream": True}),
    "left stream": (8, {**FRESH, "stream": True, "leaves": True}),
    "kept answer": (12, {"cache": True}),
    "overloaded": (6, FRESH),
    "escalated": (6, {**FRESH, "task_type": "patient_lookup"}),
    "broken stream": (4, {**FRESH, "stream": True}),
    "broken off": (3, FRESH),
    "failed": (2, FRESH),
    "lost": (2, FRESH),
    "refused": (2, FRESH),
}
RULES: tuple[Mapping[str, Any], ...] = (
    {"nonce": "kind overloaded", "model": HAIKU, "status": 529},
    {"nonce": "kind escalated", "model": HAIKU, "text": "No.", "stop_reason": "refusal"},
    {"nonce": "kind left stream", "chunk_ms": 2},
    {"nonce": "kind broken stream", "cut": {"after_events": 4, "how": "rst"}},
    {"nonce": "kind broken off", "cut": {"after_bytes": 60, "how": "rst"}},
    {"nonce": "kind failed", "status": 500},
    {"nonce": "kind lost", "status": 502, "billed": True},
    {"nonce": "kind refused", "status": 400},
)


def measure(requests: int = 2_000) -> dict[str, Any]:
    """Return how many of each kind were sent and by how much ledger and bill differ."""
    clinic = make_capped(cap_nano_usd=from_usd(1_000_000))
    settings = {"ANSWER_CACHE_MB": "64", "RETRY_RESERVE": "100000"}
    with (
        servers.sandbox() as provider,
        servers.router(provider.url, workers=2, settings=settings) as router,
    ):
        figures = campaign(router.url, provider.url, clinic, requests=requests)
    print("mixed: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def campaign(
    router: str, sandbox: str, clinic: CappedClinic, *, requests: int, seed: int = 6
) -> dict[str, Any]:
    """Send that many requests in chunks; return what came of them and how the books compare."""
    dice = random.Random(seed)
    asked: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    billed = unsettled = late = 0
    began = time.monotonic()
    for start in range(0, requests, CHUNK):
        control(sandbox, "reset", is_post=True)
        scripted(sandbox, *RULES)
        kinds = dice.choices(
            list(KINDS), [weight for weight, _ in KINDS.values()], k=min(CHUNK, requests - start)
        )
        asked.update(kinds)
        # One call before all others shows that the bill goes back so far.
        for part in (["usual"], kinds[1:]):
            answers = asyncio.run(
                ask_all(router, clinic.key, _bodies(part, start, dice), callers=CALLERS)
            )
            statuses.update(each.status for each in answers)
        late += still_running(clinic)
        unsettled += _unknown(clinic)
        clear_up(sandbox)
        billed += scripted(sandbox)["nano_usd"]
        _tell(start + len(kinds), requests, clinic, billed, began)
    return {
        "requests": requests,
        "kinds": dict(asked.most_common()),
        "statuses": dict(statuses),
        "cleared_up_by_the_bill": unsettled,
        "left_to_the_sweeper": late,
        **compare(clinic, billed),
    }


def _tell(sent: int, requests: int, clinic: CappedClinic, billed: int, began: float) -> None:
    """Print how far it is, what the ledger says less what was billed, and how long it will take."""
    spent = time.monotonic() - began
    posted = BudgetPeriod.objects.get(budget_id=clinic.budget_id).posted_nano_usd
    left = spent / sent * (requests - sent) / 60
    recording.tell(
        f"mixed: {sent:,} of {requests:,}  budget minus book {posted - billed} nano-USD"
        f"  {spent:.0f} s, about {left:.0f} min left"
    )


def compare(clinic: CappedClinic, billed: int) -> dict[str, Any]:
    """Return what the ledger says in each of its rooms, less what was billed, in nano-USD."""
    period = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    attempts = Attempt.objects.filter(tenant_id=clinic.tenant_id)
    requests = UsageRecord.objects.filter(tenant_id=clinic.tenant_id)
    kinds = attempts.values_list("kind").annotate(Count("id")).order_by("kind")
    return {
        "calls": dict(kinds),
        "kept_answers": requests.filter(cache_status="hit").count(),
        "budget_minus_book_nano_usd": period.posted_nano_usd - billed,
        "attempts_minus_book_nano_usd": _sum(attempts) - billed,
        "requests_minus_book_nano_usd": _sum(requests) - billed,
        "held_or_unknown_nano_usd": period.held_nano_usd + period.unknown_nano_usd,
        "not_ended": _running(clinic),
        "audit_findings": len(list(verification.verify(clinic.tenant_id))),
    }


def still_running(clinic: CappedClinic, seconds: float = 60.0) -> int:
    """Return how many calls and requests have no end in the ledger after a time.

    Streams that were left are read to their end; what remains is a call whose admission the
    database committed without saying so, which the sweeper finds.
    """
    until = time.monotonic() + seconds
    while (running := _running(clinic)) and time.monotonic() < until:
        time.sleep(0.1)
    return running


def clear_up(sandbox: str) -> None:
    """Do what Celery does when nothing can be billed any more."""
    later = clock.now() + LATER
    with override_settings(SANDBOX_URL=sandbox, ANTHROPIC_BASE_URL=sandbox, USES_SANDBOX=True):
        while sweeper.mark_overdue_attempts(later):
            pass
        while sandbox_bill.reconcile(later):
            pass
    while sweeper.close_abandoned_requests(later):
        pass


def _bodies(kinds: list[str], start: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    for number, kind in enumerate(kinds, start=start):
        # Kept answers are asked for again and again; every other text is new.
        about = dice.randrange(20) if kind == "kept answer" else number
        prompt = f"Is this positive or negative: thank you for kind {kind}, number {about}?"
        asked = {"task_type": "sentiment", "llm_classifier": False, **KINDS[kind][1]}
        yield {"prompt": prompt, "max_tokens": 400, **asked}


def _running(clinic: CappedClinic) -> int:
    attempts = Attempt.objects.filter(tenant_id=clinic.tenant_id, state=AttemptState.ADMITTED)
    requests = UsageRecord.objects.filter(Q(tenant_id=clinic.tenant_id), state=RequestState.OPEN)
    return attempts.count() + requests.count()


def _unknown(clinic: CappedClinic) -> int:
    return Attempt.objects.filter(tenant_id=clinic.tenant_id, state=AttemptState.UNKNOWN).count()


def _sum(rows: Any) -> int:
    return sum(rows.values_list("cost_nano_usd", flat=True).iterator())
