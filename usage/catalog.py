"""The model catalog as the request path sees it: tiers, models, deployments and prices, immutable.

Admins edit the tables in `usage.models`; `usage.configuration` builds these values from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Protocol

RULE_TIER = "rule"  # answers that call no model, at $0
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")  # of tokens


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of capability. A higher rank is more capable and dearer."""

    slug: str
    name: str
    role: str  # execute | generate | reason
    rank: int
    ttft_target_ms: int | None = None


class Rates(Protocol):
    """What tokens cost by kind, in USD per million tokens."""

    @property
    def input_usd(self) -> Decimal: ...
    @property
    def output_usd(self) -> Decimal: ...
    @property
    def cache_write_5m_usd(self) -> Decimal: ...
    @property
    def cache_write_1h_usd(self) -> Decimal: ...
    @property
    def cache_read_usd(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class LongContext:
    """What all tokens of a call cost, its output too, when it reads more than `above_tokens`."""

    above_tokens: int  # of input, what the prompt cache holds of it included
    input_usd: Decimal
    output_usd: Decimal
    cache_write_5m_usd: Decimal
    cache_write_1h_usd: Decimal
    cache_read_usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What one model's tokens cost from one moment on, in USD per million tokens.

    A price of $0.001 per million tokens is exactly one nano-USD per token.
    """

    id: int
    model_id: str
    valid_from: datetime
    input_usd: Decimal
    output_usd: Decimal
    cache_write_5m_usd: Decimal
    cache_write_1h_usd: Decimal
    cache_read_usd: Decimal
    batch_multiplier: Decimal = Decimal("0.5")
    long_context: LongContext | None = None

    def rates(self, input_tokens: int) -> Rates:
        """Return what a call costs that reads so many tokens, whatever its prompt cache holds."""
        step = self.long_context
        return step if step and input_tokens > step.above_tokens else self

    def frozen(self) -> dict[str, str]:
        """Return the row as an attempt keeps it."""
        kept = {
            **_texts(self),
            "batch_multiplier": str(self.batch_multiplier),
            "valid_from": self.valid_from.isoformat(),
        }
        if step := self.long_context:
            kept |= {f"long_{kind}": text for kind, text in _texts(step).items()}
            kept["long_above_tokens"] = str(step.above_tokens)
        return kept

    @classmethod
    def restored(cls, price_id: int, model_id: str, kept: Mapping[str, str]) -> "Price":
        """Return the row that an attempt kept."""
        above_tokens = kept.get("long_above_tokens")
        return cls(
            id=price_id,
            model_id=model_id,
            valid_from=datetime.fromisoformat(kept["valid_from"]),
            batch_multiplier=Decimal(kept["batch_multiplier"]),
            long_context=(
                LongContext(int(above_tokens), **_amounts(kept, "long_")) if above_tokens else None
            ),
            **_amounts(kept),
        )


def _texts(rates: Rates) -> dict[str, str]:
    return {kind: str(getattr(rates, f"{kind}_usd")) for kind in KINDS}


def _amounts(kept: Mapping[str, str], prefix: str = "") -> dict[str, Decimal]:
    return {f"{kind}_usd": Decimal(kept[prefix + kind]) for kind in KINDS}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model can do, and since when and until when it may be called."""

    model_id: str  # the pinned id that is sent to the provider
    name: str
    tier: str
    provider: str
    aliases: tuple[str, ...] = ()
    context_window_tokens: int = 200_000
    max_output_tokens: int = 64_000
    extended_thinking: bool = False
    adaptive_thinking: bool = False
    vision: bool = False
    tools: bool = True
    prefill: bool = True  # goes on from an assistant's message at the end
    prompt_caching: bool = True
    prompt_cache_min_tokens: int = 1_024
    batch: bool = True
    temperature: bool = False  # accepts temperature, top_p and top_k at the API version in use
    timeout_ms: int = 60_000
    is_live: bool = True  # a candidate is in the catalog for experiments only
    is_tier_default: bool = False
    retires_on: datetime | None = None
    thinking_ceiling_tokens: int | None = None  # of its tier; 0: no thinking


@dataclass(frozen=True, slots=True)
class Deployment:
    """One place where a model answers: an endpoint, its credential and its agreements."""

    slug: str
    model_id: str
    provider: str
    protocol: str  # anthropic | openai | ...: which class in routing.providers speaks to it
    base_url_ref: str = ""  # a reference such as env:ANTHROPIC_BASE_URL, never taken from a request
    credential_ref: str = ""
    has_baa: bool = False
    zero_data_retention: bool = False
    is_on_premise: bool = False
    weight: int = 100
    requests_per_minute: int | None = None
    input_tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None
    max_concurrency: int | None = None
    reserve_percent: int = 10  # of the limits, for real-time work alone
    provider_model_id: str = ""  # the id used there, when it differs from the model's
    is_frozen: bool = False  # it billed more than a call could cost, and waits for a person


@dataclass(frozen=True)
class Catalog:
    """All tiers, models, deployments and prices of one configuration version."""

    tiers: Mapping[str, Tier]
    models: Mapping[str, ModelCard]  # by pinned model id
    aliases: Mapping[str, str]  # alias -> pinned model id
    deployments: Mapping[str, tuple[Deployment, ...]]  # by model id, heaviest first
    prices: Mapping[str, tuple[Price, ...]]  # by model id, newest first
    default_models: Mapping[str, str] = field(default_factory=dict)  # tier slug -> model id

    @cached_property
    def tiers_in_order(self) -> tuple[str, ...]:
        """Return the slugs of the tiers that call a model, lowest first."""
        callable_tiers = (t for t in self.tiers.values() if t.slug != RULE_TIER)
        return tuple(t.slug for t in sorted(callable_tiers, key=lambda t: (t.rank, t.slug)))

    def model(self, name: str) -> ModelCard | None:
        """Return the model of a pinned id or an alias."""
        return self.models.get(self.aliases.get(name, name))

    def price_at(self, model_id: str, moment: datetime) -> Price | None:
        """Return the price row of a model that is valid at a moment."""
        return next((p for p in self.prices.get(model_id, ()) if p.valid_from <= moment), None)

    def rank(self, tier: str) -> int:
        """Return a tier's rank; the rule tier ranks below all."""
        return self.tiers[tier].rank if tier in self.tiers else 0
