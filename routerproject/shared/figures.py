"""How figures are written for people: exact dollars, numbers, moments with their zone."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from routerproject.shared.money import usd_text

EMPTY = "-"


def exact_usd(nano: int | None) -> str:
    """Return nano-USD as dollars with at least two decimals and no needless zeros."""
    if nano is None:
        return EMPTY
    sign, (whole, decimals) = "-" * (nano < 0), usd_text(abs(nano)).split(".")
    return f"{sign}${int(whole):,}.{decimals.rstrip('0').ljust(2, '0')}"


def plain(number: Decimal | None) -> str:
    """Return a number without needless zeros, and never as a power of ten."""
    return EMPTY if number is None else f"{number.normalize():f}"


def local_text(at: datetime | None, zone: str = "UTC") -> str:
    """Return a moment on the clock of a zone, with the zone's name."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}" if at else EMPTY
