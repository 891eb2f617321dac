"""Tiers, providers and models."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from routerproject.shared import clock
from usage import lifecycle
from usage.admin.live import LiveAdmin
from usage.admin.references import leads_to
from usage.models import ModelCard, Provider, Tier


@admin.register(Tier)
class TierAdmin(LiveAdmin):
    list_display = ("name", "slug", "role", "rank", "ttft_target_ms", "throughput_target_rps")
    search_fields = ("slug", "name")
    fieldsets = (
        ("What it is", {"fields": ("slug", "name", "role", "rank")}),
        ("What it may do", {"fields": ("thinking_ceiling_tokens",)}),
        (
            "Targets",
            {
                "fields": (
                    "ttft_target_ms",
                    "throughput_target_rps",
                    "cache_hit_target_percent",
                    "availability_target_percent",
                )
            },
        ),
    )


@admin.register(Provider)
class ProviderAdmin(LiveAdmin):
    list_display = ("name", "slug", "protocol", "is_on_premise", "has_batches", "is_enabled")
    list_filter = ("protocol", "is_enabled")
    search_fields = ("slug", "name")
    readonly_fields = ("reachable",)
    fieldsets = (
        ("Who", {"fields": ("slug", "name", "protocol")}),
        ("How to reach it", {"fields": ("base_url_ref", "credential_ref", "reachable")}),
        ("What it offers", {"fields": ("is_on_premise", "has_batches", "is_enabled")}),
    )

    @admin.display(description="What they lead to")
    def reachable(self, row: Provider) -> str:
        return leads_to(row.base_url_ref, row.credential_ref)


@admin.register(ModelCard)
class ModelCardAdmin(LiveAdmin):
    """Its list says which models must be replaced soon."""

    list_display = (
        "name",
        "model_id",
        "tier",
        "provider",
        "context_window_tokens",
        "max_output_tokens",
        "is_live",
        "is_tier_default",
        "retires_on",
    )
    list_filter = ("tier", "provider", "is_live", "is_tier_default")
    list_select_related = ("tier", "provider")
    search_fields = ("model_id", "name")
    readonly_fields = ("unlisted_since",)
    fieldsets = (
        ("Identity", {"fields": ("model_id", "aliases", "name", "tier", "provider")}),
        (
            "Size",
            {
                "fields": (
                    ("context_window_tokens", "context_window_beta_tokens"),
                    ("max_output_tokens", "timeout_ms"),
                )
            },
        ),
        (
            "Capabilities",
            {
                "fields": (
                    ("extended_thinking", "adaptive_thinking"),
                    ("vision", "tools", "prefill"),
                    ("prompt_caching", "prompt_cache_min_tokens"),
                    "batch",
                    ("temperature", "default_temperature"),
                )
            },
        ),
        (
            "Published figures",
            {
                "fields": (
                    ("swe_bench_verified_percent", "gpqa_diamond_percent"),
                    "scores_are_approximate",
                    "latency_class",
                    "best_for",
                )
            },
        ),
        (
            "Life",
            {
                "fields": (
                    ("is_live", "is_tier_default"),
                    ("deprecated_on", "retires_on", "unlisted_since"),
                    "suggested_replacement",
                    "note",
                )
            },
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if request.method == "GET" and self.has_view_permission(request):
            for notice in lifecycle.current(clock.now().date()):
                messages.warning(request, notice.text)
        return super().changelist_view(request, extra_context)
