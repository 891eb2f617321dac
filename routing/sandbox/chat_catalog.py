"""The models of the OpenAI dialect: other vendors' and those a clinic runs itself, at no price."""

import json
from typing import Any

from routing.sandbox.catalog import HERE, Model, Price, as_price


def read_models() -> dict[str, Model]:
    """Return every model of the dialect by id."""
    return {row["id"]: _model(row) for row in _rows()}


def read_prices() -> dict[str, Price]:
    """Return what their tokens cost; what a cache held has a price of its own, writing has none."""
    return {row["id"]: as_price(_kinds(row["prices"])) for row in _rows()}


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((HERE / "chat_models.json").read_text())["models"]
    return rows


def _model(row: dict[str, Any]) -> Model:
    thinks = bool(row.get("thinks"))
    return Model(
        id=row["id"],
        display_name=row["name"],
        line=row["line"],
        created_at="2026-01-01T00:00:00Z",
        lifecycle="active",
        deprecated_at=None,
        retires_at=None,
        aliases=(),
        max_input_tokens=row["input"],
        max_tokens=row["output"],
        min_cache_tokens=1_024,
        thinking=("adaptive",) if thinks else (),
        effort=("low", "medium", "high") if thinks else (),
        accepts_prefill=True,
        accepts_sampling=not thinks,
        accepts_system_turns=True,
    )


def _kinds(row: dict[str, str]) -> dict[str, str]:
    written = row["input"]
    return {
        "input": row["input"],
        "output": row["output"],
        "cache_read": row["cached"],
        "cache_write_5m": written,
        "cache_write_1h": written,
    }
