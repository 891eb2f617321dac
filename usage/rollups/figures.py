"""What is summed, each named once: in SQL over requests `r`, over calls `a`, and over hours `h`.

Hours are made with the same sums as rows are read with, so that both say the same.
"""

from dataclasses import fields
from typing import Final

from usage.ledger.bill import OF_THE_CLASSIFIER_SQL, OF_THE_MODEL_SQL
from usage.pricing import TokenCounts

TOKEN_KINDS: Final = tuple(each.name for each in fields(TokenCounts))
BASE: Final = 1.04  # buckets are 4 % wide
MEASURED: Final = "r.state = 'completed' AND r.latency_ms IS NOT NULL"
WITH_FIRST: Final = "r.state = 'completed' AND r.time_to_first_token_ms IS NOT NULL"


def _requests(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


def _sum(column: str, condition: str = "true") -> str:
    return f"coalesce(sum({column}) FILTER (WHERE {condition}), 0)"


def _bucket(column: str) -> str:
    """Return the number of the bucket of a latency; all below one millisecond share bucket 0."""
    return f"ceil(ln(greatest({column}, 1.0)) / ln({BASE}::float8))::integer"


OF_REQUESTS: Final = {
    "requests": "count(*)",
    **{
        state: _requests(f"r.state = '{state}'")
        for state in ("completed", "failed", "denied", "cancelled", "unknown")
    },
    "cache_hits": _requests("r.cache_status = 'hit'"),
    "cache_misses": _requests("r.cache_status = 'miss'"),
    "uniform_opus_nano_usd": _sum("r.uniform_opus_nano_usd"),
    "latency_ms": _sum("round(r.latency_ms)::bigint", MEASURED),
    "measured": _requests(MEASURED),
}
# Requests of which any call is so.
_WITH: Final = {"fallbacks": "a.kind = 'fallback'", "escalations": "a.kind = 'escalation'"}
OF_CALLS: Final = {
    "attempts": "count(*)",
    **{n: f"count(DISTINCT a.request_id) FILTER (WHERE {is_so})" for n, is_so in _WITH.items()},
    "cost_nano_usd": _sum("a.cost_nano_usd"),
    "model_nano_usd": _sum("a.cost_nano_usd", OF_THE_MODEL_SQL),
    "classifier_nano_usd": _sum("a.cost_nano_usd", OF_THE_CLASSIFIER_SQL),
    "other_nano_usd": _sum(
        "a.cost_nano_usd", f"NOT {OF_THE_MODEL_SQL} AND NOT {OF_THE_CLASSIFIER_SQL}"
    ),
    "held_nano_usd": _sum("a.hold_nano_usd", "a.state = 'admitted'"),
    "unknown_nano_usd": _sum("a.hold_nano_usd", "a.state = 'unknown'"),
    **{kind: _sum(f"a.{kind}") for kind in TOKEN_KINDS},
}
# The same of one request's calls, where whole numbers are enough.
OF_ITS_CALLS: Final = {
    **{name: f"({sums})::bigint" for name, sums in OF_CALLS.items()},
    **{name: f"bool_or({is_so})::integer" for name, is_so in _WITH.items()},
}
SUMMED: Final = (*OF_REQUESTS, *OF_CALLS)
# Latencies by bucket: which requests count, and the bucket of each.
LATENCIES: Final = {
    "latency": (MEASURED, _bucket("r.latency_ms")),
    "first_token": (WITH_FIRST, _bucket("r.time_to_first_token_ms")),
}


def listed(figures: dict[str, str]) -> str:
    """Return figures as the columns of a SELECT."""
    return ", ".join(f"{expression} AS {name}" for name, expression in figures.items())
