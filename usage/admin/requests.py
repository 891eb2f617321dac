"""Requests, each with its calls, its money and its trail."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from routerproject.shared.admin import PeriodFilter, json_text, moment, usd
from routerproject.shared.admin.display import hexadecimal
from usage.admin.records import ClientFilter, RecordAdmin, TenantFilter, TierFilter, _SlugFilter
from usage.dashboard import trail
from usage.dashboard.queries import recent_task_types
from usage.models import Client, UsageRecord


class TaskTypeFilter(_SlugFilter):
    title = "task type"
    parameter_name = field = "task_type"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        return [(slug, slug) for slug in recent_task_types()]


when = moment("created_at", "When")


@admin.register(UsageRecord)
class UsageRecordAdmin(RecordAdmin):
    list_display = (
        when,
        "short_id",
        "tenant",
        "client",
        "task_type",
        "tier",
        "state",
        usd("cost_nano_usd", "Cost"),
        "latency",
        "attempts",
    )
    list_display_links = (when, "short_id")
    list_filter = ("state", TierFilter, TaskTypeFilter, TenantFilter, ClientFilter, PeriodFilter)
    change_form_outer_after_template = "admin/request_trail.html"
    fieldsets = (
        (
            "Who asked",
            {"fields": ("id", "tenant", "client", "key_prefix", "user", "user_labels")},
        ),
        ("When", {"fields": (when, moment("finished_at", "Finished"), "latency", "upstream")}),
        (
            "What was decided",
            {
                "fields": (
                    ("declared_task_type", "task_type"),
                    ("tier", "model_id"),
                    ("deployment", "source"),
                    ("confidence", "config_version"),
                    ("urgency", "accuracy"),
                    ("patient_facing", "is_stream"),
                    json_text("decision", "Decision"),
                )
            },
        ),
        (
            "Protection",
            {
                "fields": (
                    "phi_policy",
                    json_text("phi_counts", "Identifiers by category"),
                    hexadecimal("prompt_hash", "Keyed hash of the request"),
                )
            },
        ),
        (
            "How it ended",
            {"fields": (("state", "outcome"), ("is_truncated", "cache_status"), "attempts")},
        ),
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
                    (usd("cost_nano_usd", "Cost"), usd("uniform_opus_nano_usd", "All on Opus")),
                    (
                        usd("model_nano_usd", "Models"),
                        usd("classifier_nano_usd", "Classifier"),
                        usd("other_nano_usd", "Other"),
                    ),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        clients = Client.objects.filter(pk=OuterRef("client_id")).order_by()
        found = super().get_queryset(request)
        annotated: QuerySet[Any] = found.annotate(client_slug=Subquery(clients.values("slug")))
        return annotated

    @admin.display(description="Id", ordering="id")
    def short_id(self, row: UsageRecord) -> str:
        return f"…{str(row.pk)[-12:]}"

    @admin.display(description="Client", ordering="client_id")
    def client(self, row: Any) -> str:
        return row.client_slug or str(row.client_id)

    @admin.display(description="Session, case")
    def user_labels(self, row: UsageRecord) -> str:
        return ", ".join(filter(None, (row.session_label, row.case_label))) or "-"

    @admin.display(description="Latency (ms)", ordering="latency_ms")
    def latency(self, row: UsageRecord) -> str:
        return "-" if row.latency_ms is None else f"{row.latency_ms:,.1f}"

    @admin.display(description="Waiting for providers (ms)")
    def upstream(self, row: UsageRecord) -> str:
        return "-" if row.upstream_ms is None else f"{row.upstream_ms:,.1f}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = trail.of_request(object_id, may=request.user.has_perm)
        context = {**(extra_context or {}), "trail": found}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page
