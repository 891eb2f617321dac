"""How a request ends: what its caller was told, and the row that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routerproject.shared import clock
from routerproject.shared.money import NOTHING, NanoUsd
from usage.ledger.bill import Line
from usage.ledger.calls import EndedAttempt
from usage.ledger.rows import ClaimEnd, ClosingRow, RequestRow, token_columns
from usage.pricing import TokenCounts


@dataclass(frozen=True, slots=True)
class Served:
    """Who gave the answer."""

    tier: str
    model_id: str
    deployment: str


@dataclass(frozen=True, slots=True)
class Closing:
    """How a request ends, apart from what its attempts say."""

    state: str  # completed | failed | cancelled
    outcome: str
    latency_ms: float
    upstream_ms: float = 0.0
    time_to_first_token_ms: float | None = None
    is_truncated: bool = False
    cache_status: str = "off"
    uniform_opus: NanoUsd = NOTHING
    claim_end: ClaimEnd | None = None
    served: Served | None = None  # else whoever settled last


def closing_row(request: RequestRow, closing: Closing, ended: Sequence[EndedAttempt]) -> ClosingRow:
    """Return what is written of a request when it ends, with the sums of its calls."""
    served = closing.served or _last_settled(ended)
    tokens = sum((a.tokens for a in ended), TokenCounts())
    return ClosingRow(
        id=request.id,
        state=closing.state,
        finished_at=clock.now(),
        tier=served.tier if served else request.tier,
        model_id=served.model_id if served else request.model_id,
        deployment=served.deployment if served else request.deployment,
        outcome=closing.outcome[:32],
        is_truncated=closing.is_truncated,
        cache_status=closing.cache_status,
        attempts=len(ended),
        cost_nano_usd=total(ended),
        model_nano_usd=spent_on("model", ended),
        classifier_nano_usd=spent_on("classifier", ended),
        other_nano_usd=spent_on("other", ended),
        uniform_opus_nano_usd=closing.uniform_opus,
        latency_ms=closing.latency_ms,
        upstream_ms=closing.upstream_ms,
        time_to_first_token_ms=closing.time_to_first_token_ms,
        **token_columns(tokens),  # type: ignore[arg-type]
    )


def total(ended: Iterable[EndedAttempt]) -> NanoUsd:
    """Return what calls cost, in nano-USD."""
    return NanoUsd(sum(attempt.cost for attempt in ended))


def spent_on(line: Line, ended: Iterable[EndedAttempt]) -> NanoUsd:
    """Return what calls cost on one line of the bill, in nano-USD."""
    return total(attempt for attempt in ended if attempt.line == line)


def _last_settled(ended: Sequence[EndedAttempt]) -> Served | None:
    answers = (a for a in reversed(ended) if a.is_answer)
    last = next((a for a in answers if a.state == "settled"), None)
    return Served(last.tier, last.model_id, last.deployment) if last else None
