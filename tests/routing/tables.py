"""A routing table in memory with the starter tiers, models, prices and task types."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from routing.types import RoutingTable, Rule, TaskTypePolicy
from usage.catalog import Catalog, Deployment, ModelCard, Price, Tier

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"


STARTER = Path(__file__).parents[2] / "routing" / "starter"
FOR_PEOPLE = {"description", "category"}


def task_types() -> dict[str, TaskTypePolicy]:
    """Return the starter task types."""
    rows = json.loads((STARTER / "task_types.json").read_text())
    return {row["slug"]: _task_type(row) for row in rows}


def rules() -> tuple[Rule, ...]:
    """Return the starter rules that are published."""
    rows = json.loads((STARTER / "rules.json").read_text())
    return tuple(
        Rule(row["slug"], 1, row["priority"], row["conditions"], row["actions"])
        for row in rows
        if row["is_published"]
    )


def _task_type(row: dict[str, Any]) -> TaskTypePolicy:
    fields = {name: value for name, value in row.items() if name not in FOR_PEOPLE}
    return TaskTypePolicy(**{**fields, "version": 1, "fallback": tuple(row["fallback"])})


def catalog(**deployments: tuple[Deployment, ...]) -> Catalog:
    """Return the starter catalog; `deployments` replaces a tier's places, by tier slug."""
    cards = {
        "haiku": ModelCard(HAIKU, "Claude Haiku 4.5", "haiku", "anthropic", ("claude-haiku-4-5",)),
        "sonnet": ModelCard(
            SONNET, "Claude Sonnet 4.6", "sonnet", "anthropic", adaptive_thinking=True
        ),
        "opus": ModelCard(
            OPUS,
            "Claude Opus 4.6",
            "opus",
            "anthropic",
            max_output_tokens=128_000,
            adaptive_thinking=True,
        ),
    }
    from_price = {"haiku": ("1", "5"), "sonnet": ("3", "15"), "opus": ("5", "25")}
    models = {c.model_id: _full(c) for c in cards.values()}
    places = {t: deployments.get(t, (place(f"{t}-direct", c.model_id),)) for t, c in cards.items()}
    return Catalog(
        tiers={
            "rule": Tier("rule", "Rule", "execute", 0),
            "haiku": Tier("haiku", "Haiku", "execute", 10),
            "sonnet": Tier("sonnet", "Sonnet", "generate", 20),
            "opus": Tier("opus", "Opus", "reason", 30),
        },
        models=models,
        aliases={alias: c.model_id for c in cards.values() for alias in c.aliases},
        deployments={cards[t].model_id: p for t, p in places.items()},
        prices={
            cards[t].model_id: (price(n, cards[t].model_id, *usd),)
            for n, (t, usd) in enumerate(from_price.items(), start=1)
        },
        default_models={t: c.model_id for t, c in cards.items()},
    )


def place(slug: str, model_id: str, **changes) -> Deployment:
    """Return one deployment under an agreement."""
    fields = {"provider": "anthropic", "protocol": "anthropic", "has_baa": True, **changes}
    return Deployment(slug, model_id, **fields)


def price(number: int, model_id: str, input_usd: str, output_usd: str) -> Price:
    """Return a price with the provider's usual factors for cache writes and reads."""
    base = Decimal(input_usd)
    return Price(
        id=number,
        model_id=model_id,
        valid_from=datetime(2025, 1, 1, tzinfo=UTC),
        input_usd=base,
        output_usd=Decimal(output_usd),
        cache_write_5m_usd=base * Decimal("1.25"),
        cache_write_1h_usd=base * 2,
        cache_read_usd=base / 10,
    )


def routing_table(**changes) -> RoutingTable:
    """Return the starter table; `changes` replaces fields."""
    starter = {"catalog": catalog(), "task_types": task_types(), "rules": rules()}
    return RoutingTable(**{"version": 1, **starter, **changes})


def _full(card: ModelCard) -> ModelCard:
    return replace(card, vision=True, extended_thinking=True, is_tier_default=True)
