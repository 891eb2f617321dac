"""How pages write money, latencies, counts and moments: one filter each."""

from datetime import datetime, tzinfo

from django import template

from routerproject.shared import figures
from routerproject.shared.money import NANO_PER_USD, to_usd

register = template.Library()
NOTHING = "-"


@register.filter
def usd(nano: int | None) -> str:
    """Return nano-USD as dollars to read: cents, and more decimals below one dollar."""
    if nano is None:
        return NOTHING
    sign = "-" if nano < 0 else ""
    amount = abs(nano)
    decimals = 2 if amount >= NANO_PER_USD or not amount else 4 if amount >= 1_000_000 else 6
    return f"{sign}${to_usd(amount):,.{decimals}f}"


@register.filter
def exact_usd(nano: int | None) -> str:
    """Return nano-USD as dollars with every decimal."""
    return figures.exact_usd(nano)


@register.filter
def signed_usd(nano: int) -> str:
    """Return a change of money with its sign and every decimal."""
    return f"{'-' if nano < 0 else '+' if nano else ''}{figures.exact_usd(abs(nano))}"


@register.filter
def milliseconds(value: float | None) -> str:
    """Return a latency: ms below ten seconds, else seconds."""
    if value is None:
        return NOTHING
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


@register.filter
def tokens(value: int | None) -> str:
    """Return a count with thousands separators."""
    return NOTHING if value is None else f"{value:,}"


@register.filter
def percent(value: float | None) -> str:
    """Return a share as a percentage."""
    return NOTHING if value is None else f"{value * 100:.1f}%"


@register.filter
def signed_points(share: float | None) -> str:
    """Return a change of a share in percentage points, with its sign."""
    return NOTHING if share is None else f"{share * 100:+.2f} points"


@register.filter
def moment(at: datetime | None, zone: tzinfo) -> str:
    """Return a moment on the clock of a zone, with the zone's name."""
    return f"{at.astimezone(zone):%b %d, %Y, %H:%M:%S %Z}" if at else NOTHING


@register.filter
def per_mille(share: float) -> str:
    """Return a share as the width of a bar that is 1,000 wide."""
    return f"{min(max(share, 0.0), 1.0) * 1000:.1f}"
