"""Money: integers of nano-USD (1e-9 USD) inside, decimal USD only at the edges."""

from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import NewType

NanoUsd = NewType("NanoUsd", int)

NANO_PER_USD = 1_000_000_000
NOTHING = NanoUsd(0)
MAX_NANO_USD = NanoUsd(9_000_000_000 * NANO_PER_USD)  # fits a signed 64-bit column with room to add


def from_usd(amount: Decimal | str | int) -> NanoUsd:
    """Return an amount of USD as nano-USD, rounded up.

    Raises ValueError for what is not a finite, non-negative amount of at most nine billion USD.
    """
    try:
        usd = Decimal(amount)
    except InvalidOperation as error:
        raise ValueError("Not an amount of money.") from error
    if not usd.is_finite() or usd < 0:
        raise ValueError("An amount of money is finite and not negative.")
    nano = (usd * NANO_PER_USD).to_integral_value(rounding=ROUND_CEILING)
    if nano > MAX_NANO_USD:
        raise ValueError("The amount is too large.")
    return NanoUsd(int(nano))


def to_usd(nano: int) -> Decimal:
    """Return nano-USD as an exact amount of USD with nine decimal places."""
    return Decimal(nano).scaleb(-9).quantize(Decimal("0.000000001"))


def usd_text(nano: int) -> str:
    """Return nano-USD as the exact decimal string of USD that replies and exports carry."""
    sign, digits = ("-", -nano) if nano < 0 else ("", nano)
    return f"{sign}{digits // NANO_PER_USD}.{digits % NANO_PER_USD:09d}"
