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
Steps = dict[int, dict[str, Decimal]]
PROVIDERS: Final = {"bedrock": "aws", "vertex": "google"}  # others are named as here


class ListNotInstalled(Exception):
    """The package that holds the list is missing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One price that the list has otherwise, in USD per million tokens; None: there is none."""

    model_id: str
    kind: str
    ours: Decimal | None
    since: datetime
    listed: Decimal | None
    above_tokens: int = 0  # of input, from where it holds: the step for long contexts


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
    own, other = _steps(price), _listed_steps(listed)
    for above_tokens in sorted(own.keys() | other.keys()):
        for kind in KINDS:
            ours = own.get(above_tokens, {}).get(kind)
            theirs = other.get(above_tokens, {}).get(kind)
            if theirs is None and kind.startswith("cache"):
                continue  # the list says nothing of this kind
            if ours != theirs:
                yield Difference(price.model_id, kind, ours, price.valid_from, theirs, above_tokens)


def _steps(price: Price) -> Steps:
    """Return our prices by where they begin, in tokens of input, and by kind."""
    steps: Steps = {0: {kind: getattr(price, kind) for kind in KINDS}}
    if long := price.long_context:
        steps[long.above_tokens] = {kind: getattr(long, kind) for kind in KINDS}
    return steps


def _listed_steps(listed: Any) -> Steps:
    """Return the list's prices in the same way."""
    steps: Steps = {0: {}}
    for kind, name in KINDS.items():
        value = getattr(listed, name, None)
        if value is not None:
            steps[0][kind] = Decimal(getattr(value, "base", value))
        for tier in getattr(value, "tiers", ()):
            steps.setdefault(tier.start, {})[kind] = Decimal(tier.price)
    return steps
