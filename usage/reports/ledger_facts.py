"""The one door through which the cost report reads requests and calls, or `hours` are made.

Costs of another tier are computed in SQL by the arithmetic of `usage.pricing`; a test holds the two
to each other. Which call gave the answer: the last one that settled where the request says it was
answered.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection

from routerproject.shared.clock import first_id
from usage.catalog import KINDS, RULE_TIER
from usage.models import DISCARDED, ModelCard
from usage.reports.facts import COUNTERFACTUAL, NOTHING, Facts, HourKey, Key
from usage.rollups.making import BEFORE, LONGEST_REQUEST
from usage.rollups.scope import Scope

TOKENS: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_write_5m": "cache_creation_5m_input_tokens",
    "cache_write_1h": "cache_creation_1h_input_tokens",
    "cache_read": "cache_read_input_tokens",
}
_READ: Final = [name for kind, name in TOKENS.items() if kind != "output"]
_RATES: Final = ", ".join(
    f"p.{kind}_usd * 1000 AS {kind},"
    f" COALESCE(p.long_{kind}_usd, p.{kind}_usd) * 1000 AS long_{kind}"
    for kind in KINDS
)
# A price in USD per million tokens is, times 1,000, one in nano-USD per token.
PRICES: Final = f"""
    price AS MATERIALIZED (
        SELECT m.model_id, p.valid_from, {_RATES},
            COALESCE(p.long_above_tokens, 9223372036854775807) AS above,
            COALESCE(lead(p.valid_from) OVER (PARTITION BY m.id ORDER BY p.valid_from), 'infinity')
                AS valid_until
        FROM usage_price p JOIN usage_modelcard m ON m.id = p.model_id
    )"""  # noqa: S608 (names of ours)
_OF_TIER: Final = """
    {alias} AS MATERIALIZED (
        SELECT * FROM price
        WHERE model_id = %({alias})s AND valid_from < %(end)s AND valid_until > %(start)s
    )"""
_IS_ANSWER: Final = f"""(r.state = 'completed' AND a.state = 'settled'
    AND a.kind IN ('main', 'fallback', 'escalation', 'speculation', 'batch')
    AND a.outcome <> '{DISCARDED}' AND a.deployment = r.deployment AND a.model_id = r.model_id)"""
# What a call was for. Whatever else was paid while a request was escalated is escalation.
LINE: Final = f"""CASE
    WHEN a.kind = 'classifier' THEN 'classifier'
    WHEN {_IS_ANSWER} AND 1 = row_number() OVER (
        PARTITION BY a.request_id, {_IS_ANSWER} ORDER BY a.ordinal DESC) THEN 'answers'
    WHEN a.kind = 'speculation' THEN 'speculation'
    WHEN a.kind IN ('judge', 'shadow') THEN 'checking'
    WHEN a.kind = 'escalation' OR r.source = 'escalation' THEN 'escalation'
    ELSE 'retries'
END"""
LINES: Final = ("answers", "classifier", "speculation", "escalation", "checking", "retries")
_MONTH: Final = "date_trunc('month', r.created_at AT TIME ZONE %(zone)s)::date"
_HOUR: Final = "width_bucket(r.id, %(first_ids)s::uuid[])"
_GROUP: Final = "{time} AS time, r.tenant_id, r.client_id, r.task_type, r.tier"
_KEYS: Final = len(Key._fields)
Row = Sequence[Any]
K = TypeVar("K", Key, HourKey)


def cost_sql(tokens: str, price: str, *, is_folded: bool = False) -> str:
    """Return SQL for what the tokens of one row cost at a price, in nano-USD, rounded up once.

    Folded: as if nothing had been written to or read from the prompt cache.
    """
    read = " + ".join(f"{tokens}.{name}" for name in _READ)

    def sum_at(step: str) -> str:
        parts = (
            [f"({read}) * {price}.{step}input", f"{tokens}.output_tokens * {price}.{step}output"]
            if is_folded
            else [f"{tokens}.{name} * {price}.{step}{kind}" for kind, name in TOKENS.items()]
        )
        return f"ceil({' + '.join(parts)})"

    return f"CASE WHEN {read} > {price}.above THEN {sum_at('long_')} ELSE {sum_at('')} END"


# The rest need not be computed twice.
_FROM_CACHE: Final = " OR ".join(
    f"c.{name} > 0" for kind, name in TOKENS.items() if kind.startswith("cache_")
)
_SPARED: Final = f"({cost_sql('c', 'opus', is_folded=True)}) - ({cost_sql('c', 'opus')})"


def facts_of(scope: Scope, zone: ZoneInfo) -> dict[Key, Facts]:
    """Return what the requests begun in scope came to, in four queries.

    Each call counts where its request does, also one that ended after the scope's end.
    """
    return _facts(_Wanted(scope, _MONTH, {"zone": zone.key}, lambda row: Key(*row)))


def facts_by_hour(scope: Scope, hours: Sequence[datetime]) -> dict[HourKey, Facts]:
    """Return what the requests begun in each of some hours came to, which are all of the scope."""

    def key(row: Row) -> HourKey:
        number, *group = row  # of the hour, from 1
        return HourKey(hours[number - 1], *group)

    bounds = [first_id(hour) for hour in hours]
    return _facts(_Wanted(scope, _HOUR, {"first_ids": bounds}, key))


@dataclass(frozen=True, slots=True)
class _Wanted(Generic[K]):
    """Which requests are read, the SQL of the time by which they are summed, and what a line is
    about by its first columns: that time, and its group."""

    scope: Scope
    time: str
    values: Mapping[str, Any]
    key: Callable[[Row], K]


def _facts(wanted: _Wanted[K]) -> dict[K, Facts]:
    tiers = default_models()
    found: dict[K, Facts] = defaultdict(lambda: NOTHING)
    for read in (_requests, _calls, _kept):
        for key, facts in read(wanted, tiers):
            found[key] += facts
    return dict(found)


def default_models() -> dict[str, str]:
    """Return the model that stands for each tier, the cheapest tier first."""
    cards = ModelCard.objects.filter(is_tier_default=True).order_by("tier__rank")
    found = cards.values_list("tier__slug", "model_id")
    return {tier: model for tier, model in found if tier != RULE_TIER}


def _requests(wanted: _Wanted[K], tiers: Mapping[str, str]) -> Iterator[tuple[K, Facts]]:
    statement = f"""
        SELECT {_GROUP}, count(*), count(*) FILTER (WHERE r.uniform_opus_nano_usd > 0),
            count(*) FILTER (WHERE r.cache_status = 'hit'),
            count(*) FILTER (WHERE r.tier = '{RULE_TIER}' AND r.state = 'completed'),
            COALESCE(sum(r.uniform_opus_nano_usd) FILTER (
                WHERE r.cache_status = 'hit' AND r.decision -> 'kept_tokens' IS NULL), 0),
            sum(r.uniform_opus_nano_usd)
        FROM ({{requests}}) r GROUP BY 1, 2, 3, 4, 5
    """  # noqa: S608 (names of ours)
    names = ("requests", "answered", "kept", "by_rule", "response_cache")
    for row in _rows(statement, wanted, {}):
        *counts, opus = map(int, row[_KEYS:])
        named = dict(zip(names, counts, strict=True))
        yield wanted.key(row[:_KEYS]), Facts(**named, uniform={COUNTERFACTUAL: opus})


def _calls(wanted: _Wanted[K], tiers: Mapping[str, str]) -> Iterator[tuple[K, Facts]]:
    """Return what the calls came to, by what they were for, and what the answers' would have."""
    others = {t: model for t, model in tiers.items() if t != COUNTERFACTUAL}
    models = {"opus": tiers.get(COUNTERFACTUAL, ""), **_named(others)}
    for row in _rows(_statement_of_calls(len(others)), wanted, models):
        numbers = [int(value or 0) for value in row[_KEYS:]]
        by_line = dict(zip(LINES, numbers, strict=False))
        cached_cost, plain, *same = numbers[len(LINES) :]
        yield (
            wanted.key(row[:_KEYS]),
            Facts(
                cost=sum(by_line.values()),
                prompt_cache=cached_cost,
                plain=plain,
                uniform=dict(zip(others, same, strict=True)),
                **by_line,
            ),
        )


def _statement_of_calls(others: int) -> str:
    """Return the statement, for so many tiers beside the dearest."""
    lines = ", ".join(f"sum(c.cost_nano_usd) FILTER (WHERE c.line = '{x}')" for x in LINES)
    uniform = "".join(
        f", sum({cost_sql('c', _alias(n))}) FILTER (WHERE c.line = 'answers')"
        for n in range(others)
    )
    cached = f"CASE WHEN {_FROM_CACHE} THEN {_SPARED} ELSE 0 END"
    whole = f"CASE WHEN c.kind = 'batch' THEN {cost_sql('c', 'own')} ELSE c.cost_nano_usd END"
    joins = "".join(_join(_alias(n)) for n in range(others)) + _join("opus")
    return f"""
        SELECT c.time, c.tenant_id, c.client_id, c.task_type, c.tier, {lines},
            sum({cached}) FILTER (WHERE c.line = 'answers'),
            sum({whole}) FILTER (WHERE c.line = 'answers') {uniform}
        FROM (
            SELECT {_GROUP}, r.created_at, a.kind, a.cost_nano_usd, a.model_id,
                CASE WHEN a.kind = 'batch' THEN a.price END AS price,
                {", ".join(f"a.{name}" for name in TOKENS.values())}, {LINE} AS line
            FROM usage_attempt a JOIN ({{requests}}) r ON r.id = a.request_id
            WHERE a.id >= %(first)s AND a.id < %(last)s AND a.state IN ('settled', 'resolved')
                AND a.request_id >= %(begun)s AND a.request_id < %(ended)s
        ) c {joins} LEFT JOIN LATERAL ({_FROZEN} WHERE c.kind = 'batch') own ON true
        GROUP BY 1, 2, 3, 4, 5
    """  # noqa: S608 (names of ours)


def _kept(wanted: _Wanted[K], tiers: Mapping[str, str]) -> Iterator[tuple[K, Facts]]:
    """Return what kept answers would have cost at the model that wrote them, and at each tier."""
    others = {t: model for t, model in tiers.items() if t != COUNTERFACTUAL}
    uniform = "".join(f", sum({cost_sql('k', _alias(n))})" for n in range(len(others)))
    joins = "".join(_join(_alias(n), "r") for n in range(len(others)))
    columns = ", ".join(f"{name} bigint" for name in TOKENS.values())
    statement = f"""
        SELECT {_GROUP}, sum({cost_sql("k", "price")}) {uniform}
        FROM ({{requests}}) r
        CROSS JOIN LATERAL jsonb_to_record(r.decision -> 'kept_tokens') AS k({columns})
        LEFT JOIN price ON price.model_id = r.model_id AND r.created_at >= price.valid_from
            AND r.created_at < price.valid_until
        {joins}
        WHERE r.cache_status = 'hit' GROUP BY 1, 2, 3, 4, 5
    """  # noqa: S608 (names of ours)
    for row in _rows(statement, wanted, _named(others)):
        spared, *same = (int(value or 0) for value in row[_KEYS:])
        uniform_costs = dict(zip(others, same, strict=True))
        yield (
            wanted.key(row[:_KEYS]),
            replace(NOTHING, response_cache=spared, uniform=uniform_costs),
        )


_FROZEN: Final = "SELECT {rates}, {above} AS above".format(
    rates=", ".join(
        f"(c.price ->> '{kind}')::numeric * 1000 AS {kind},"
        f" (c.price ->> 'long_{kind}')::numeric * 1000 AS long_{kind}"
        for kind in KINDS
    ),
    above="COALESCE((c.price ->> 'long_above_tokens')::bigint, 9223372036854775807)",
)


def _alias(number: int) -> str:
    return f"tier_{number}"


def _named(models: Mapping[str, str]) -> dict[str, str]:
    return {_alias(number): model for number, model in enumerate(models.values())}


def _join(alias: str, row: str = "c") -> str:
    return (
        f" LEFT JOIN {alias} ON {row}.created_at >= {alias}.valid_from"
        f" AND {row}.created_at < {alias}.valid_until"
    )


def _rows(statement: str, wanted: _Wanted[Any], models: Mapping[str, str]) -> list[Row]:
    """Return the rows of a statement about the requests in scope."""
    scope = wanted.scope
    requests, given = scope.requests().query.sql_with_params()
    prices = [PRICES, *(_OF_TIER.format(alias=alias) for alias in models)]
    named = {f"of_scope_{number}": value for number, value in enumerate(given)}
    inner = requests % tuple(f"%({name})s" for name in named)
    values = {
        **named,
        **models,
        **wanted.values,
        "start": scope.start,
        "end": scope.end,
        "begun": first_id(scope.start),  # a range of the calls' index; `first` only bounds months
        "ended": first_id(scope.end),
        "first": first_id(scope.start - BEFORE),
        "last": first_id(scope.end + LONGEST_REQUEST),
    }
    filled = statement.format(requests=inner, time=wanted.time)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(prices)} {filled}", values)
        return list(cursor.fetchall())
