"""Our prices beside those of a public list: genai-prices, an optional package without network.

Nothing is taken over: a difference is shown, and a person enters a new row with its date.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from usage.catalog import Catalog, Price

try:
    import genai_prices
except ImportError:  # the extra "prices" is not installed
    genai_prices = None  # type: ignore[assignment]

KINDS: Final = {
    "input_usd": "input_mtok",
    "output_usd": "output_mtok",
    "cache_write_5m_usd": "cache_write_mtok",
    "cache_write_1h_usd": "cache_write_1h_mtok",
    "cache_read_usd": "cache_read_mtok",
}
PROVIDERS: Final = {"bedrock": "aws", "vertex": "google"}  # others are named as here


class ListNotInstalled(Exception):
    """The package that holds the list is missing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One price that the list has otherwise, in USD per million tokens; None: not in the list."""

    model_id: str
    kind: str
    ours: Decimal
    since: datetime
    listed: Decimal | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared."""

    differences: tuple[Difference, ...]
    compared: int
    unlisted: tuple[str, ...]  # models that the list does not know


def check(catalog: Catalog, now: datetime) -> Checked:
    """Compare the prices of live models as of now. Raises ListNotInstalled."""
    if genai_prices is None:
        raise ListNotInstalled("Install the extra: pip install genai-prices")
    found: list[Difference] = []
    unlisted: list[str] = []
    compared = 0
    for model in catalog.models.values():
        price = catalog.price_at(model.model_id, now)
        if not model.is_live or price is None:
            continue
        listed = _listed(model.model_id, model.provider, now)
        if listed is None:
            unlisted.append(model.model_id)
            continue
        compared += 1
        found.extend(_differences(price, listed))
    return Checked(tuple(found), compared, tuple(unlisted))


def _listed(model_id: str, provider: str, now: datetime) -> Any:
    """Return the list's prices of a model at a moment, if it knows it."""
    usage = genai_prices.Usage(input_tokens=1, output_tokens=1)
    name = PROVIDERS.get(provider, provider)
    try:
        found = genai_prices.calc_price(
            usage, model_ref=model_id, provider_id=name, genai_request_timestamp=now
        )
    except LookupError:
        return None
    return found.model_price


def _differences(price: Price, listed: Any) -> Iterator[Difference]:
    for ours, theirs in KINDS.items():
        own: Decimal = getattr(price, ours)
        value = getattr(listed, theirs, None)
        base = getattr(value, "base", value)  # the step of short contexts, the only ones routed
        other = None if base is None else Decimal(base)
        if other is None and ours.startswith("cache"):
            continue  # the list says nothing of this kind
        if other != own:
            yield Difference(price.model_id, ours, own, price.valid_from, other)
