"""Prices: a row that may have been charged stays as it is; a change is a new, later row."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminURLInputWidget

from routerproject.shared import clock
from routerproject.shared.spreadsheet import csv_response
from usage.admin.live import LiveAdmin, LiveForm
from usage.models import Price
from usage.models.prices import LONG_CONTEXT

PRICES = (
    "input_usd",
    "output_usd",
    "cache_write_5m_usd",
    "cache_write_1h_usd",
    "cache_read_usd",
)
COLUMNS = ("valid_from", *PRICES, "batch_multiplier", *LONG_CONTEXT, "source_url", "note")


class PriceForm(LiveForm):
    source_url = forms.URLField(
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text="The page the price was copied from.",
    )

    def clean_valid_from(self) -> Any:
        valid_from = self.cleaned_data["valid_from"]
        if valid_from <= clock.now():
            raise ValidationError("A new price begins in the future, so that no old cost changes.")
        return valid_from


@admin.register(Price)
class PriceAdmin(LiveAdmin):
    form = PriceForm
    list_display = ("model", "valid_from_utc", *PRICES, "batch_multiplier")
    list_filter = ("model__tier", "model")
    list_select_related = ("model",)
    search_fields = ("model__model_id", "model__name")
    autocomplete_fields = ("model",)
    actions = ("download",)
    fieldsets = (
        ("Which", {"fields": ("model", "valid_from")}),
        (
            "USD per million tokens",
            {
                "fields": (
                    ("input_usd", "output_usd"),
                    ("cache_write_5m_usd", "cache_write_1h_usd"),
                    ("cache_read_usd", "batch_multiplier"),
                )
            },
        ),
        (
            "Long contexts, where the model has a step",
            {
                "fields": (
                    "long_above_tokens",
                    ("long_input_usd", "long_output_usd"),
                    ("long_cache_write_5m_usd", "long_cache_write_1h_usd"),
                    "long_cache_read_usd",
                )
            },
        ),
        ("Source", {"fields": ("source_url", "note")}),
    )

    @admin.display(description="Valid from (UTC)", ordering="valid_from")
    def valid_from_utc(self, price: Price) -> str:
        return f"{price.valid_from:%Y-%m-%d %H:%M}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_ahead(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_ahead(obj) and super().has_delete_permission(request, obj)

    @admin.action(description="Download as CSV", permissions=["view"])
    def download(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        rows = queryset.select_related("model")
        return csv_response(
            "prices",
            ["model", *COLUMNS],
            ([row.model.model_id, *(getattr(row, name) for name in COLUMNS)] for row in rows),
        )


def _is_ahead(price: Price | None) -> bool:
    """Return whether nothing can have been charged by a price yet."""
    return price is None or price.valid_from > clock.now()
