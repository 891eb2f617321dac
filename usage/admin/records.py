"""What the admins of the ledger and the audit trail share: the tenant, its clock, its filters."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from routerproject.shared.admin import ReadOnlyAdmin
from usage.models import Client, Tenant, Tier


class RecordAdmin(ReadOnlyAdmin):
    """A read-only table with a tenant, but without a foreign key to it."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tenants = Tenant.objects.filter(pk=OuterRef("tenant_id")).order_by()
        found: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = found.annotate(
            tenant_slug=Subquery(tenants.values("slug")),
            tenant_zone=Subquery(tenants.values("time_zone")),
        )
        return annotated

    @admin.display(description="Tenant", ordering="tenant_id")
    def tenant(self, row: Any) -> str:
        return row.tenant_slug or ("installation" if not row.tenant_id else str(row.tenant_id))


class _SlugFilter(SimpleListFilter):
    """A filter whose choices are rows of a small table instead of a scan of a large one."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.field: value}) if value else queryset


class TenantFilter(_SlugFilter):
    title = "tenant"
    parameter_name = field = "tenant_id"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Tenant.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(tenant_id=int(value)) if value.isdecimal() else queryset


class ClientFilter(TenantFilter):
    title = "client"
    parameter_name = field = "client_id"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        clients = Client.objects.select_related("tenant")
        return [(str(client.pk), str(client)) for client in clients]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(client_id=int(value)) if value.isdecimal() else queryset


class TierFilter(_SlugFilter):
    title = "tier"
    parameter_name = field = "tier"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        tiers = Tier.objects.values_list("slug", "name")
        return [("rule", "Rule ($0)"), *tiers]
