"""An admitted call until it is settled."""

from dataclasses import dataclass, field

from routerproject.shared import clock
from routerproject.shared.money import NOTHING, NanoUsd
from usage import pricing
from usage.catalog import Price
from usage.ledger.calls import EndedAttempt
from usage.ledger.closing import Closing
from usage.ledger.operations import Hold
from usage.ledger.rows import AttemptRow, SettlementRow, token_columns
from usage.pricing import TokenCounts


@dataclass(slots=True)
class Entry:
    """An admitted attempt; settle it, or leaving the block marks it unknown."""

    attempt: AttemptRow
    price: Price
    holds: tuple[Hold, ...]
    ended: list[EndedAttempt]  # of the whole page
    settlement: SettlementRow | None = None
    closing: Closing | None = None
    tokens: TokenCounts = field(default_factory=TokenCounts)

    def settle(
        self,
        tokens: TokenCounts,
        *,
        outcome: str,
        latency_ms: float,
        provider_request_id: str = "",
        http_status: int | None = 200,
        time_to_first_token_ms: float | None = None,
        is_batch: bool = False,
    ) -> NanoUsd:
        """State what the call cost; it is written when the block is left."""
        self.tokens = tokens
        cost = pricing.cost(tokens, self.price, is_batch=is_batch)
        self._end(
            "settled", outcome, latency_ms, http_status, provider_request_id, cost,
            time_to_first_token_ms,
        )  # fmt: skip
        return cost

    def void(self, *, outcome: str, latency_ms: float, http_status: int | None = None) -> None:
        """State that the provider proved to have done nothing, so nothing is owed."""
        self._end("void", outcome, latency_ms, http_status)

    def doubt(self, *, outcome: str, latency_ms: float, http_status: int | None = None) -> None:
        """State that nobody knows whether the call was billed; its hold stays."""
        self._end("unknown", outcome, latency_ms, http_status)

    def close(self, closing: Closing) -> None:
        """Make this the request's last settle."""
        self.closing = closing

    def _end(
        self,
        state: str,
        outcome: str,
        latency_ms: float,
        http_status: int | None,
        provider_request_id: str = "",
        cost: NanoUsd = NOTHING,
        time_to_first_token_ms: float | None = None,
    ) -> None:
        self.settlement = SettlementRow(
            id=self.attempt.id,
            state=state,
            settled_at=clock.now(),
            cost_nano_usd=cost,
            outcome=outcome[:48],
            http_status=http_status,
            provider_request_id=provider_request_id[:128],
            latency_ms=latency_ms,
            time_to_first_token_ms=time_to_first_token_ms,
            **token_columns(self.tokens),
        )
        self.ended.append(
            EndedAttempt(
                self.attempt.kind,
                self.attempt.tier,
                self.attempt.model_id,
                self.attempt.deployment,
                outcome,
                state,
                self.tokens,
                cost,
                latency_ms,
            )
        )
