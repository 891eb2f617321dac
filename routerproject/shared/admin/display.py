"""Columns that say their unit: money in USD, moments with their zone, JSON as text.

All text is escaped. Nothing here is ever marked safe, since the admin's policy lets attributes run
scripts.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from routerproject.shared.figures import EMPTY, exact_usd, local_text, plain

Column = Callable[[Any], Any]


def usd(field: str, description: str) -> Column:
    """Return an admin column of a nano-USD field."""

    @admin.display(description=f"{description} (USD)", ordering=field)
    def column(row: Model) -> str:
        return exact_usd(getattr(row, field))

    return column


def number(field: str, description: str) -> Column:
    """Return an admin column of a decimal number, without needless zeros."""

    @admin.display(description=description, ordering=field)
    def column(row: Model) -> str:
        return plain(getattr(row, field))

    return column


def moment(field: str, description: str, *, zone: str = "tenant_zone") -> Column:
    """Return an admin column of a moment, on the clock that the row's attribute `zone` names."""

    @admin.display(description=description, ordering=field)
    def column(row: Model) -> str:
        return local_text(getattr(row, field), getattr(row, zone, None) or "UTC")

    return column


def json_text(field: str, description: str) -> Column:
    """Return an admin column of JSON, indented and escaped."""

    @admin.display(description=description)
    def column(row: Model) -> SafeString:
        value = getattr(row, field)
        value = json.loads(value) if isinstance(value, str) else value
        return format_html(
            '<pre class="json" tabindex="0">{}</pre>',
            json.dumps(value, indent=2, ensure_ascii=False),
        )

    return column


def hexadecimal(field: str, description: str) -> Column:
    """Return an admin column of a hash."""

    @admin.display(description=description)
    def column(row: Model) -> str:
        value = getattr(row, field)
        return bytes(value).hex() if value else EMPTY

    return column


def bar(used: int, cap: int, label: str) -> SafeString:
    """Return how much of a cap is used, as a bar with its percentage."""
    percent = used / cap * 100 if cap else 0.0
    return format_html(
        '<span class="usage"><progress class="usage-bar {}" max="100" value="{}" aria-label="{}">'
        "</progress> {}%</span>",
        "is-high" if percent >= 80 else "",
        f"{min(percent, 100):.1f}",
        label,
        f"{percent:.1f}",
    )
