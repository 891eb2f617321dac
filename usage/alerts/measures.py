"""What each kind of alert looks at: a value for a rule's scope and period, or nothing to say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Sum

from routerproject.shared.figures import exact_usd
from routerproject.shared.money import to_usd
from usage.dashboard.percentiles import from_buckets
from usage.models import AlertKind, AlertRule
from usage.rollups import Reading, Scope

Sums = Counter[str]
WEEK_PERIODS: Final = 7  # what thinking is compared with: so many periods before


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen; `is_less` when too little is what is told of."""

    value: Decimal
    unit: str  # usd | percent | ms | tokens
    is_less: bool = False

    @property
    def text(self) -> str:
        return written(self.value, self.unit)


def written(value: Decimal, unit: str) -> str:
    """Return a value with its unit, for people."""
    if unit == "usd":
        return exact_usd(int(value.scaleb(9)))
    number = f"{value:,.1f}".removesuffix(".0")
    return f"{number} %" if unit == "percent" else f"{number} {unit}"


def measure(rule: AlertRule, start: datetime, end: datetime) -> Measured | None:
    """Return what a rule sees from `start` until before `end`; None when too little happened."""
    scope = Scope(
        tenant_id=rule.tenant_id,
        client_id=rule.client_id,
        task_type=rule.task_type or None,
        tier=rule.tier.slug if rule.tier else None,
        start=start,
        end=end,
    )
    if rule.kind == AlertKind.JOURNEY:
        return _dearest_journey(scope)
    reading = Reading(scope)
    sums = reading.sums().get((), Counter())
    if rule.kind == AlertKind.SPEND:
        return Measured(to_usd(sums["cost_nano_usd"]), "usd")
    if sums["requests"] < rule.least_requests:
        return None
    if rule.kind == AlertKind.LATENCY_P95:
        return _p95(reading)
    if rule.kind == AlertKind.THINKING_SPIKE:
        return _spike(scope, sums, rule.least_requests)
    return _OF_SUMS[rule.kind](sums)


def _share(part: int, whole: int, unit: str = "percent", scale: int = 100) -> Measured | None:
    return Measured(Decimal(part) * scale / Decimal(whole), unit) if whole else None


def _cache(sums: Sums) -> Measured | None:
    found = _share(sums["cache_hits"], sums["cache_hits"] + sums["cache_misses"])
    return Measured(found.value, found.unit, is_less=True) if found else None


def _input(sums: Sums) -> Measured | None:
    kinds = ("input_tokens", "cache_read_input_tokens")
    written = ("cache_creation_5m_input_tokens", "cache_creation_1h_input_tokens")
    tokens = sum(sums[kind] for kind in (*kinds, *written))
    return _share(tokens, sums["attempts"], "tokens", 1)


_OF_SUMS: Final[dict[str, Callable[[Sums], Measured | None]]] = {
    AlertKind.FALLBACK: lambda sums: _share(sums["fallbacks"], sums["requests"]),
    AlertKind.FAILURE: lambda sums: _share(sums["failed"] + sums["unknown"], sums["requests"]),
    AlertKind.LATENCY: lambda sums: _share(sums["latency_ms"], sums["measured"], "ms", 1),
    AlertKind.THINKING: lambda sums: _share(sums["thinking_tokens"], sums["output_tokens"]),
    AlertKind.INPUT: _input,
    AlertKind.CACHE: _cache,
}


def _p95(reading: Reading) -> Measured | None:
    (counts,) = reading.latencies().values() or (Counter[int](),)
    p95 = from_buckets(counts).p95
    return Measured(Decimal(f"{p95:.1f}"), "ms") if p95 is not None else None


def _spike(scope: Scope, sums: Sums, least_requests: int) -> Measured | None:
    """Compare the thinking of a request with that of the periods before."""
    length = scope.end - scope.start
    before = Scope(
        tenant_id=scope.tenant_id,
        client_id=scope.client_id,
        task_type=scope.task_type,
        tier=scope.tier,
        start=scope.start - WEEK_PERIODS * length,
        end=scope.start,
    )
    usual = Reading(before).sums().get((), Counter())
    if usual["requests"] < least_requests or not usual["thinking_tokens"]:
        return None
    now = Decimal(sums["thinking_tokens"]) / sums["requests"]
    then = Decimal(usual["thinking_tokens"]) / usual["requests"]
    return Measured((now / then - 1) * 100, "percent")


def _dearest_journey(scope: Scope) -> Measured | None:
    """Return what the dearest journey cost in the period; whose it was is not looked at."""
    rows = scope.requests().filter(case_hash__isnull=False).values("case_hash")
    dearest = rows.annotate(cost=Sum("cost_nano_usd")).order_by("-cost").first()
    return Measured(to_usd(int(dearest["cost"])), "usd") if dearest else None
