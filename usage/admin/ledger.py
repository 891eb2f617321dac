"""Attempts, ledger entries and idempotency claims."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from routerproject.shared.admin import PeriodFilter, ReadOnlyAdmin, json_text, moment, usd
from routerproject.shared.admin.display import hexadecimal
from usage.admin.records import RecordAdmin, TenantFilter, TierFilter
from usage.models import Attempt, AttemptState, BudgetPeriod, IdempotencyClaim, LedgerEntry

admitted = moment("admitted_at", "Admitted")


@admin.display(description="Request")
def request_link(row: Any) -> str:
    address = reverse("admin:usage_usagerecord_change", args=[row.request_id])
    return format_html('<a class="link" href="{}">…{}</a>', address, str(row.request_id)[-12:])


@admin.register(Attempt)
class AttemptAdmin(RecordAdmin):
    list_display = (
        admitted,
        request_link,
        "tenant",
        "kind",
        "tier",
        "model_id",
        "state",
        usd("hold_nano_usd", "Worst case"),
        usd("cost_nano_usd", "Cost"),
        "latency",
    )
    list_display_links = (admitted,)
    list_filter = ("state", "kind", TierFilter, TenantFilter, PeriodFilter)
    search_ids = ("pk", "request_id")
    fieldsets = (
        ("Which", {"fields": ("id", request_link, "tenant", ("ordinal", "kind"))}),
        ("Where to", {"fields": (("tier", "model_id"), "deployment", "provider_request_id")}),
        (
            "When",
            {
                "fields": (
                    (admitted, moment("settled_at", "Settled")),
                    (moment("deadline_at", "Deadline"), "latency"),
                )
            },
        ),
        ("How it ended", {"fields": (("state", "outcome"), "http_status", "clear_up")}),
        (
            "Tokens",
            {
                "fields": (
                    ("input_tokens", "output_tokens", "thinking_tokens"),
                    (
                        "cache_creation_5m_input_tokens",
                        "cache_creation_1h_input_tokens",
                        "cache_read_input_tokens",
                    ),
                )
            },
        ),
        (
            "Money",
            {
                "fields": (
                    (usd("hold_nano_usd", "Worst case"), usd("cost_nano_usd", "Cost")),
                    json_text("price", "Price at admission"),
                )
            },
        ),
        ("Proof", {"fields": (hexadecimal("body_hash", "Keyed hash of the bytes that left"),)}),
    )

    @admin.display(description="Clear up")
    def clear_up(self, row: Attempt) -> str:
        """Lead from an unknown attempt to the page where its cost is proposed."""
        if row.state != AttemptState.UNKNOWN:
            return "-"
        address = reverse("admin:usage_posting_propose")
        return format_html(
            '<a class="link" href="{}?attempt_id={}">Propose a posting</a>', address, row.pk
        )

    @admin.display(description="Latency (ms)")
    def latency(self, row: Attempt) -> str:
        return "-" if row.latency_ms is None else f"{row.latency_ms:,.1f}"


created = moment("created_at", "When (UTC)")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = (
        created,
        "kind",
        usd("amount_nano_usd", "Amount"),
        "budget",
        "attempt_link",
    )
    fields = ("id", *list_display)
    list_filter = ("kind",)
    search_ids = ("pk", "attempt_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        periods = BudgetPeriod.objects.filter(pk=OuterRef("period_id")).order_by()
        found: QuerySet[Any] = super().get_queryset(request)
        name = Subquery(periods.values("budget__name"))
        annotated: QuerySet[Any] = found.annotate(budget_name=name)
        return annotated

    @admin.display(description="Budget")
    def budget(self, row: Any) -> str:
        return row.budget_name or f"period {row.period_id}"

    @admin.display(description="Attempt")
    def attempt_link(self, row: LedgerEntry) -> str:
        address = reverse("admin:usage_attempt_change", args=[row.attempt_id])
        return format_html('<a class="link" href="{}">…{}</a>', address, str(row.attempt_id)[-12:])


@admin.register(IdempotencyClaim)
class IdempotencyClaimAdmin(ReadOnlyAdmin):
    """The kept answer is encrypted and stays so."""

    list_display = (
        moment("created_at", "Claimed (UTC)"),
        "key",
        "client_id",
        "state",
        request_link,
        moment("expires_at", "Kept until (UTC)"),
    )
    fields = list_display
    list_filter = ("state",)
    search_ids = ("request_id",)
    search_help_text = "A whole request id"
    ordering = ("-pk",)
