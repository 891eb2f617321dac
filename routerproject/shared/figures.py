"""How figures are written for people: exact dollars, and moments with the name of their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from routerproject.shared.money import usd_text

EMPTY = "-"


def exact_usd(nano: int | None) -> str:
    """Return nano-USD as dollars with at least two decimals and no needless zeros."""
    if nano is None:
        return EMPTY
    sign, (whole, decimals) = "-" * (nano < 0), usd_text(abs(nano)).split(".")
    return f"{sign}${int(whole):,}.{decimals.rstrip('0').ljust(2, '0')}"


def local_text(at: datetime | None, zone: str = "UTC") -> str:
    """Return a moment on the clock of a zone, with the zone's name."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}" if at else EMPTY
