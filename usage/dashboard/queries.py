"""What the dashboard and `/api/v1/usage/summary` read: typed results, a constant number of queries.

Hours that ended are read from their roll-ups, the rest from the records themselves, so a finished
request is in the very next answer (usage/rollups).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, F, Func, Q, Value

from routerproject.shared import clock
from usage import periods
from usage.budgets import zone_of
from usage.dashboard.percentiles import Latency, PercentileCont, exact, from_buckets
from usage.models import Budget, BudgetPeriod, RequestState, Tier, UsageRecord
from usage.pricing import TokenCounts
from usage.rollups import Reading
from usage.rollups import Scope as Scope
from usage.rollups.figures import TOKEN_KINDS as TOKEN_KINDS
from usage.rollups.reading import MOMENT, Histograms, Sums

ANY = None  # the key of the figures of all tiers together
MOST_EXACT = 20_000  # completed requests whose percentiles are exact; more go by buckets
MOST_TASK_TYPES = 200
MEASURED = Q(state=RequestState.COMPLETED, latency_ms__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a set of requests came to. Money in nano-USD; latency of completed requests."""

    requests: int = 0
    attempts: int = 0
    tokens: TokenCounts = field(default_factory=TokenCounts)
    cost_nano_usd: int = 0
    held_nano_usd: int = 0
    unknown_nano_usd: int = 0
    uniform_opus_nano_usd: int = 0
    cache_hits: int = 0  # requests that got a kept answer
    cache_misses: int = 0  # requests for which one was looked for in vain
    latency: Latency = field(default_factory=Latency)

    @property
    def cache_hit_share(self) -> float | None:
        """Return the part of the requests that could get a kept answer and did."""
        looked = self.cache_hits + self.cache_misses
        return self.cache_hits / looked if looked else None

    @property
    def thinking_share(self) -> float | None:
        """Return the part of the output tokens that the models thought with."""
        written = self.tokens.output_tokens
        return self.tokens.thinking_tokens / written if written else None

    @property
    def saved_nano_usd(self) -> int:
        """Return what was saved against Opus for everything; negative when nothing was."""
        return self.uniform_opus_nano_usd - self.cost_nano_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFigures(Figures):
    """The figures of requests that one tier answered; empty when none did."""

    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Figures):
    """The figures of all requests in scope, and of each tier by rank."""

    tiers: tuple[TierFigures, ...] = ()


def summary(
    *,
    tenant_id: int | None,
    start: datetime,
    end: datetime,
    tier: str | None = None,
    task_type: str | None = None,
    client_id: int | None = None,
    session_hash: bytes | None = None,
    case_hash: bytes | None = None,
) -> Summary:
    """Return the figures of the requests begun from `start` until before `end`."""
    return summarize(
        Scope(
            tenant_id=tenant_id,
            start=start,
            end=end,
            tier=tier,
            task_type=task_type,
            client_id=client_id,
            session_hash=session_hash,
            case_hash=case_hash,
        )
    )


def summarize(scope: Scope) -> Summary:
    """Return the figures of a scope. The sums of the tiers are the sums of the whole."""
    reading = Reading(scope)
    return _summary(reading, {key[0]: each for key, each in reading.sums("tier").items()})


def overview(scope: Scope, *, step: str, zone: ZoneInfo) -> "tuple[Summary, Series]":
    """Return what `summarize` and `series` do, from one look at the scope."""
    reading = Reading(scope, step=step, zone=zone)
    over_time = reading.sums(MOMENT, "tier")
    by_tier: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, tier), sums in over_time.items():
        by_tier[tier].update(sums)
    if _measured(over_time) <= MOST_EXACT:
        return _summary(reading, by_tier), _series(reading, over_time, step, zone)
    buckets = reading.latencies(MOMENT, "tier")
    of_tiers: dict[str, Counter[int]] = defaultdict(Counter)
    for (_, tier), counts in buckets.items():
        of_tiers[tier].update(counts)
    series_ = _series(reading, over_time, step, zone, buckets)
    return _summary(reading, by_tier, _from_tiers(of_tiers)), series_


def _measured(sums: Sums) -> int:
    return sum(each["measured"] for each in sums.values())


def _summary(
    reading: Reading,
    sums: Mapping[str, Counter[str]],
    latencies: Mapping[str | None, Latency] | None = None,
) -> Summary:
    whole = sum(sums.values(), Counter())
    latencies = latencies or latencies_by_tier(reading, whole["measured"])
    tiers = (
        TierFigures(tier=tier, latency=latencies.get(tier, Latency()), **_figures(sums[tier]))
        for tier in in_rank_order(sums)
    )
    return Summary(tiers=tuple(tiers), latency=latencies[ANY], **_figures(whole))


def latencies_by_tier(reading: Reading, measured: int) -> dict[str | None, Latency]:
    """Return percentiles of each tier and, under ANY, of all of them."""
    if measured > MOST_EXACT:
        return _from_tiers({key[0]: each for key, each in reading.latencies("tier").items()})
    rows = reading.scope.requests().filter(MEASURED)
    whole = rows.aggregate(percentiles=PercentileCont("latency_ms"))
    tiers = rows.values("tier").annotate(percentiles=PercentileCont("latency_ms"))
    return {ANY: exact(whole["percentiles"])} | {
        row["tier"]: exact(row["percentiles"]) for row in tiers
    }


def _from_tiers(counts: Mapping[str, Counter[int]]) -> dict[str | None, Latency]:
    whole: Counter[int] = Counter()
    for each in counts.values():
        whole.update(each)
    return {ANY: from_buckets(whole)} | {t: from_buckets(each) for t, each in counts.items()}


def tier_ranks() -> dict[str, int]:
    """Return the rank of each tier of the catalog."""
    return dict(Tier.objects.values_list("slug", "rank"))


def in_rank_order(tiers: Iterable[str]) -> list[str]:
    """Return tiers from the cheapest to the dearest; what is no tier of the catalog comes first."""
    ranks = tier_ranks()
    return sorted(tiers, key=lambda tier: (ranks.get(tier, 0), tier))


def _figures(sums: Mapping[str, int]) -> dict[str, Any]:
    """Return sums as the fields of Figures."""
    names = (
        *("requests", "attempts", "cost_nano_usd", "held_nano_usd", "unknown_nano_usd"),
        *("uniform_opus_nano_usd", "cache_hits", "cache_misses"),
    )
    tokens = TokenCounts(**{kind: sums[kind] for kind in TOKEN_KINDS})
    return {"tokens": tokens, **{name: sums[name] for name in names}}


def recent_task_types() -> list[str]:
    """Return the task types of the last 30 days, by name."""
    now = clock.now()
    start, end = now - timedelta(days=30), now + timedelta(days=1)
    found = Reading(Scope(tenant_id=None, start=start, end=end)).sums("task_type")
    return sorted(name for (name,) in found if name)[:MOST_TASK_TYPES]


@dataclass(frozen=True, slots=True)
class Column:
    """One hour or day of one tier."""

    tier: str
    cost_nano_usd: int
    requests: int
    latency: Latency


@dataclass(frozen=True, slots=True)
class Series:
    """Hours or days, oldest first, with the columns of those in which something happened."""

    moments: tuple[datetime, ...]
    tiers: tuple[str, ...]
    columns: dict[tuple[datetime, str], Column]  # by the moment in UTC: a clock shows some twice

    def at(self, moment: datetime, tier: str) -> Column | None:
        return self.columns.get((moment.astimezone(UTC), tier))


def series(scope: Scope, *, step: str, zone: ZoneInfo) -> Series:
    """Return cost and latency per tier over time.

    A request counts with its whole cost in the hour or day in which it began. Days follow the
    clock of the zone.
    """
    reading = Reading(scope, step=step, zone=zone)
    return _series(reading, reading.sums(MOMENT, "tier"), step, zone)


def _series(
    reading: Reading,
    sums: Sums,
    step: str,
    zone: ZoneInfo,
    buckets: Histograms | None = None,
) -> Series:
    if buckets is None and _measured(sums) > MOST_EXACT:
        buckets = reading.latencies(MOMENT, "tier")
    latencies = (
        {(moment, tier): from_buckets(each) for (moment, tier), each in buckets.items()}
        if buckets
        else _latencies_over_time(reading, step, zone)
    )
    columns = {
        (moment, tier): Column(
            tier,
            each["cost_nano_usd"],
            each["requests"],
            latencies.get((moment, tier), Latency()),
        )
        for (moment, tier), each in sums.items()
    }
    tiers = in_rank_order({tier for _, tier in columns})
    moments = _moments(reading.scope, step, zone)
    return Series(tuple(moments), tuple(tiers), columns)


def _latencies_over_time(
    reading: Reading, step: str, zone: ZoneInfo
) -> dict[tuple[datetime, str], Latency]:
    # Not Trunc: it would take the two hours that a clock shows twice for one.
    names = Value(step), F("created_at"), Value(zone.key)
    moment = Func(*names, function="date_trunc", output_field=DateTimeField())
    rows = reading.scope.requests().filter(MEASURED).values("tier", moment=moment)
    found = rows.annotate(percentiles=PercentileCont("latency_ms"))
    return {(row["moment"], row["tier"]): exact(row["percentiles"]) for row in found}


def _moments(scope: Scope, step: str, zone: ZoneInfo) -> Iterator[datetime]:
    """Return the beginnings of all hours or days in scope; a day may have 23 or 25 hours."""
    if step == "hour":
        at = scope.start
        while at < scope.end:
            yield at.astimezone(zone)
            at += timedelta(hours=1)
        return
    day = scope.start.astimezone(zone)
    while day < scope.end:
        yield day
        day += timedelta(days=1)  # wall clock: the zone's offset is found anew


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A budget and what its present period has spent, in nano-USD."""

    name: str
    scope: str
    period: str
    cap_nano_usd: int
    posted_nano_usd: int
    held_nano_usd: int
    unknown_nano_usd: int
    resets_at: datetime | None
    zone: ZoneInfo

    @property
    def used_nano_usd(self) -> int:
        return self.posted_nano_usd + self.held_nano_usd + self.unknown_nano_usd

    @property
    def left_nano_usd(self) -> int:
        return max(0, self.cap_nano_usd - self.used_nano_usd)

    @property
    def share(self) -> float:
        return self.used_nano_usd / self.cap_nano_usd


def budget_uses(tenant_id: int | None, now: datetime) -> list[BudgetUse]:
    """Return the active budgets a tenant falls under (all, for None), in two queries."""
    budgets = Budget.objects.filter(is_active=True).select_related(*Budget.SCOPE)
    if tenant_id is not None:
        budgets = budgets.filter(Q(tenant_id=tenant_id) | Q(tenant_id=None))
    # Where each user or journey has a cap, the fullest one is shown.
    fullest = BudgetPeriod.objects.fullest(now).filter(budget__in=budgets)
    found = {period.budget_id: period for period in fullest}
    return [_budget_use(budget, found.get(budget.pk), now) for budget in budgets]


def _budget_use(budget: Budget, period: BudgetPeriod | None, now: datetime) -> BudgetUse:
    zone = zone_of(budget)
    spent = period or BudgetPeriod()
    return BudgetUse(
        name=budget.name,
        scope=budget.scope_text,
        period=budget.get_period_display(),
        cap_nano_usd=budget.cap_nano_usd + spent.carried_nano_usd,
        posted_nano_usd=spent.posted_nano_usd,
        held_nano_usd=spent.held_nano_usd,
        unknown_nano_usd=spent.unknown_nano_usd,
        resets_at=period.ends_at if period else periods.bounds(budget.period, zone, now)[1],
        zone=ZoneInfo(zone),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Some requests, newest first, and whether there are older ones."""

    requests: tuple[UsageRecord, ...]
    older_than: UUID | None  # the key after which the next page begins


def recent(scope: Scope, *, before: UUID | None, size: int = 20) -> Page:
    """Return a page of requests by key, so that the hundredth page costs what the first does."""
    found = scope.requests()
    if before is not None:
        found = found.filter(id__lt=before)
    rows = tuple(found.order_by("-id").defer("decision", "phi_counts")[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)
