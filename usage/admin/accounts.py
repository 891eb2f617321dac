"""Tenants and their clients."""

from typing import ClassVar

from django.contrib import admin

from routerproject.shared.admin import moment
from usage.admin.live import LiveAdmin
from usage.models import Client, Tenant
from usage.models.accounts import LIMITS


@admin.register(Tenant)
class TenantAdmin(LiveAdmin):
    on_change: ClassVar = {
        "time_zone": "For budgets, a change takes effect when the current period ends."
    }
    list_display = ("slug", "name", "time_zone", "is_active", moment("created_at", "Created"))
    list_filter = ("is_active",)
    search_fields = ("slug", "name")
    fieldsets = (
        ("Who", {"fields": ("slug", "name")}),
        ("How", {"fields": ("time_zone", "is_active")}),
        ("How much", {"fields": ("requests_per_minute", LIMITS)}),
    )


@admin.register(Client)
class ClientAdmin(LiveAdmin):
    list_display = (
        "slug",
        "name",
        "tenant",
        "department",
        "model_ids",
        "requests_per_minute",
        "is_active",
    )
    list_filter = ("tenant", "model_ids", "is_active")
    list_select_related = ("tenant",)
    search_fields = ("slug", "name", "tenant__slug")
    autocomplete_fields = ("tenant",)
    fieldsets = (
        ("Who", {"fields": ("tenant", "slug", "name", "department")}),
        ("Which models", {"fields": ("model_ids", "allowed_model_ids")}),
        ("How much", {"fields": ("requests_per_minute", LIMITS, "is_active")}),
    )
