"""The models the sandbox offers and what they cost, read once from the two JSON files beside it."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PICO_USD_PER_NANO = 1_000


@dataclass(frozen=True)
class Model:
    """One row of models.json; limits are in tokens."""

    id: str
    display_name: str
    line: str
    created_at: str
    lifecycle: str
    deprecated_at: str | None
    retires_at: str | None
    aliases: tuple[str, ...]
    max_input_tokens: int
    max_tokens: int
    min_cache_tokens: int
    thinking: tuple[str, ...]
    effort: tuple[str, ...]
    accepts_prefill: bool
    accepts_sampling: bool
    accepts_system_turns: bool

    @cached_property
    def wire(self) -> dict[str, Any]:
        """The model as `GET /v1/models` shows it."""
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.display_name,
            "created_at": self.created_at,
            "lifecycle": self.lifecycle,
            "deprecated_at": self.deprecated_at,
            "retires_at": self.retires_at,
            "line": self.line,
            "max_input_tokens": self.max_input_tokens,
            "max_tokens": self.max_tokens,
            "capabilities": self._capabilities(),
        }

    def _capabilities(self) -> dict[str, Any]:
        yes, no = {"supported": True}, {"supported": False}
        kinds = ("adaptive", "enabled", "disabled", "between_tools")
        levels = ("low", "medium", "high", "xhigh", "max")
        return {
            "batch": yes,
            "citations": no,
            "code_execution": no,
            "context_management": no,
            "effort": {"supported": bool(self.effort)}
            | {level: {"supported": level in self.effort} for level in levels},
            "image_input": yes,
            "pdf_input": yes,
            "server_tools": no | {"web_search": no, "web_fetch": no, "code_execution": no},
            "structured_outputs": yes,
            "thinking": {
                "supported": True,
                "types": {kind: {"supported": kind in self.thinking} for kind in kinds},
            },
        }


@dataclass(frozen=True)
class Rates:
    """What one token of each kind costs, in pico-USD (1e-12 USD), so that every price is whole."""

    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    def times(self, factor: Decimal) -> "Rates":
        """Return them scaled; raises ValueError if one is no longer whole."""
        return Rates(**{kind: _whole(value * factor) for kind, value in vars(self).items()})


@dataclass(frozen=True)
class Price:
    """The rates of a model, and those of a request that reads more than `above_tokens`."""

    usual: Rates
    above_tokens: int | None = None
    long: Rates | None = None

    def rates(self, input_tokens: int) -> Rates:
        """Return the rates of a request that reads so many tokens, cached ones included."""
        is_long = self.above_tokens is not None and input_tokens > self.above_tokens
        return self.long if is_long and self.long else self.usual

    def times(self, factor: Decimal) -> "Price":
        """Return this price scaled, as batches are; raises ValueError if it is no longer whole."""
        long = self.long.times(factor) if self.long else None
        return Price(self.usual.times(factor), self.above_tokens, long)


def read_models() -> dict[str, Model]:
    """Return every model by id and by alias, newest first."""
    rows = json.loads((HERE / "models.json").read_text())["models"]
    models: dict[str, Model] = {}
    for row in rows:
        lists = {name: tuple(row[name]) for name in ("aliases", "thinking", "effort")}
        model = Model(**(row | lists))
        models |= {name: model for name in (model.id, *model.aliases)}
    return models


def read_prices(path: str | None = None) -> tuple[dict[str, Price], dict[str, Price]]:
    """Return the standard and the batch price of each model id, from a file or the one beside."""
    table = json.loads((Path(path) if path else HERE / "prices.json").read_text())
    standard = {model: as_price(row) for model, row in table["prices"].items()}
    factor = Decimal(table["batch_factor"])
    return standard, {model: price.times(factor) for model, price in standard.items()}


def as_price(row: dict[str, Any]) -> Price:
    """Return a price of the file: rates, and perhaps a step for long contexts."""
    row = dict(row)
    step = dict(row.pop("long_context", {}))
    above_tokens = step.pop("above_tokens", None)
    return Price(_rates(row), above_tokens, _rates(step) if step else None)


def _rates(row: dict[str, str]) -> Rates:
    """Return rates in USD per million tokens per token.

    USD per million tokens is a millionth of a dollar each: 1 USD is 1,000,000 pico a
    token.
    """
    return Rates(**{kind: _whole(Decimal(usd) * 1_000_000) for kind, usd in row.items()})


def _whole(value: Decimal) -> int:
    if value != int(value):
        raise ValueError(f"{value} pico-USD a token is not whole")
    return int(value)
