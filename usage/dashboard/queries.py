"""What the dashboard and `/api/v1/usage/summary` read: typed results, a constant number of queries.

Bounds on the time-ordered primary keys let PostgreSQL skip the partitions of other months. The
figures come from the records themselves, so a finished request is in the very next answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Trunc

from routerproject.shared import clock
from routerproject.shared.clock import first_id
from usage import periods
from usage.dashboard.percentiles import (
    LONGEST_EXACT,
    Bucket,
    Latency,
    PercentileCont,
    exact,
    from_buckets,
)
from usage.models import (
    Attempt,
    AttemptState,
    Budget,
    BudgetPeriod,
    RequestState,
    Tier,
    UsageRecord,
)
from usage.pricing import TokenCounts

ANY = None  # the key of the figures of all tiers together
TOKEN_KINDS = tuple(each.name for each in fields(TokenCounts))
LONGEST_REQUEST = timedelta(days=2)  # from a request's id to its last attempt's, batches included
MEASURED = Q(state=RequestState.COMPLETED, latency_ms__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which requests are meant; `end` is exclusive, None does not narrow."""

    tenant_id: int | None
    start: datetime
    end: datetime
    tier: str | None = None
    task_type: str | None = None
    client_id: int | None = None
    session_hash: bytes | None = None
    case_hash: bytes | None = None

    def requests(self) -> QuerySet[UsageRecord]:
        """Return the requests that were begun in scope, unordered."""
        names = ("tenant_id", "tier", "task_type", "client_id", "session_hash", "case_hash")
        chosen = {name: getattr(self, name) for name in names}
        narrowed = {name: value for name, value in chosen.items() if value is not None}
        return UsageRecord.objects.filter(
            id__gte=first_id(self.start), id__lt=first_id(self.end), **narrowed
        ).order_by()


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
    calls, latencies = _calls(scope), latencies_by_tier(scope)
    by_tier = scope.requests().values("tier")
    rows = by_tier.annotate(
        requests=Count("*"),
        uniform_opus=Sum("uniform_opus_nano_usd"),
        cache_hits=Count("id", filter=Q(cache_status="hit")),
        cache_misses=Count("id", filter=Q(cache_status="miss")),
    )
    figures = {
        row["tier"]: _figures(
            calls[row["tier"]],
            requests=row["requests"],
            uniform_opus_nano_usd=int(row["uniform_opus"]),
            cache_hits=row["cache_hits"],
            cache_misses=row["cache_misses"],
        )
        for row in rows
    }
    tiers = (
        TierFigures(tier=tier, latency=latencies.get(tier, Latency()), **figures[tier])
        for tier in in_rank_order(figures)
    )
    return Summary(tiers=tuple(tiers), latency=latencies[ANY], **_total(figures.values()))


def latencies_by_tier(scope: Scope) -> dict[str | None, Latency]:
    """Return percentiles of each tier and, under ANY, of all of them."""
    measured = scope.requests().filter(MEASURED)
    if scope.end - scope.start > LONGEST_EXACT:
        return _bucketed_latencies(measured)
    found = measured.aggregate(percentiles=PercentileCont("latency_ms"))
    tiers = measured.values("tier").annotate(percentiles=PercentileCont("latency_ms"))
    return {ANY: exact(found["percentiles"])} | {
        row["tier"]: exact(row["percentiles"]) for row in tiers
    }


def tier_ranks() -> dict[str, int]:
    """Return the rank of each tier of the catalog."""
    return dict(Tier.objects.values_list("slug", "rank"))


def in_rank_order(tiers: Iterable[str]) -> list[str]:
    """Return tiers from the cheapest to the dearest; what is no tier of the catalog comes first."""
    ranks = tier_ranks()
    return sorted(tiers, key=lambda tier: (ranks.get(tier, 0), tier))


def _bucketed_latencies(measured: QuerySet[UsageRecord]) -> dict[str | None, Latency]:
    counts: dict[str | None, Counter[int]] = defaultdict(Counter)
    rows = measured.values_list("tier", Bucket("latency_ms")).annotate(count=Count("*"))
    for tier, bucket, count in rows:
        counts[tier][bucket] += count
        counts[ANY][bucket] += count
    return {ANY: Latency()} | {tier: from_buckets(each) for tier, each in counts.items()}


CALLS = """
    SELECT r.tier, count(*) AS attempts, sum(a.cost_nano_usd) AS cost_nano_usd,
        sum(a.hold_nano_usd) FILTER (WHERE a.state = %s) AS held_nano_usd,
        sum(a.hold_nano_usd) FILTER (WHERE a.state = %s) AS unknown_nano_usd, {tokens}
    FROM {attempts} a JOIN ({requests}) r ON r.id = a.request_id
    WHERE a.id >= %s AND a.id < %s
    GROUP BY r.tier
"""


def _calls(scope: Scope) -> dict[str, Counter[str]]:
    """Return what the calls of each tier's requests came to.

    Read from the attempts, so that a request that is still open, or whose process died, counts with
    what it has cost so far. There is no foreign key, hence the written join.
    """
    requests, parameters = scope.requests().values("id", "tier").query.sql_with_params()
    statement = CALLS.format(
        tokens=", ".join(f"sum(a.{kind}) AS {kind}" for kind in TOKEN_KINDS),
        attempts=Attempt._meta.db_table,
        requests=requests,
    )
    bounds = first_id(scope.start), first_id(scope.end + LONGEST_REQUEST)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [AttemptState.ADMITTED, AttemptState.UNKNOWN, *parameters, *bounds]
        )
        names = [column.name for column in cursor.description or ()][1:]
        for tier, *sums in cursor:
            found[tier].update({name: int(s or 0) for name, s in zip(names, sums, strict=True)})
    return found


def _figures(sums: Counter[str], **more: int) -> dict[str, Any]:
    """Return sums as the fields of Figures."""
    money = {name: sums[name] for name in ("cost_nano_usd", "held_nano_usd", "unknown_nano_usd")}
    tokens = TokenCounts(**{kind: sums[kind] for kind in TOKEN_KINDS})
    return {"attempts": sums["attempts"], "tokens": tokens, **money, **more}


def _total(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum of several parts, field by field."""
    total: dict[str, Any] = {}
    for part in parts:
        total = {name: total[name] + value if total else value for name, value in part.items()}
    return total


def recent_task_types() -> list[str]:
    """Return the task types of the last 30 days, by name."""
    since = first_id(clock.now() - timedelta(days=30))
    found = UsageRecord.objects.filter(id__gte=since).exclude(task_type="").order_by("task_type")
    return list(found.values_list("task_type", flat=True).distinct()[:200])


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
    columns: dict[tuple[datetime, str], Column]


def series(scope: Scope, *, step: str, zone: ZoneInfo) -> Series:
    """Return cost and latency per tier over time, in two queries.

    A request counts with its whole cost in the hour or day in which it began. Days follow the
    clock of the zone.
    """
    moment = Trunc("created_at", step, tzinfo=zone)
    rows = (
        scope.requests()
        .values("tier", moment=moment)
        .annotate(
            requests=Count("*"),
            cost=Sum("cost_nano_usd"),
            percentiles=PercentileCont("latency_ms", filter=MEASURED),
        )
    )
    columns = {
        (row["moment"], row["tier"]): Column(
            row["tier"], int(row["cost"]), row["requests"], exact(row["percentiles"])
        )
        for row in rows
    }
    tiers = in_rank_order({tier for _, tier in columns})
    return Series(tuple(_moments(scope, step, zone)), tuple(tiers), columns)


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
    running = BudgetPeriod.objects.filter(
        Q(ends_at__gt=now) | Q(ends_at=None), starts_at__lte=now, budget__in=budgets
    )
    # Where each user or journey has a cap, the fullest one is shown.
    found = {period.budget_id: period for period in sorted(running, key=lambda p: p.used_nano_usd)}
    return [_budget_use(budget, found.get(budget.pk), now) for budget in budgets]


def _budget_use(budget: Budget, period: BudgetPeriod | None, now: datetime) -> BudgetUse:
    tenant = budget.tenant
    zone = budget.time_zone or (tenant.time_zone if tenant else "UTC")
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
