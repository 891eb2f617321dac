"""Adjustments of closed months: read here, made on the page of the month."""

from django.contrib import admin

from routerproject.shared.admin import ReadOnlyAdmin, moment, usd
from usage.models import Adjustment


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    list_display = (
        "reference",
        "provider",
        "month",
        "posted_in",
        "kind",
        usd("amount_nano_usd", "Amount"),
        "payer",
        "state",
        "proposed_by",
        "decided_by",
    )
    fields = (
        *list_display,
        "department",
        "reason",
        moment("proposed_at", "Proposed (UTC)"),
        moment("decided_at", "Decided (UTC)"),
    )
    list_filter = ("state", "month")
    list_select_related = ("proposed_by", "decided_by")
    ordering = ("-id",)
