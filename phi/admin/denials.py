"""What protection stopped or sent another way: why, by whom, when; never the text."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from phi.models import Denial
from routerproject.shared.admin import PeriodFilter, ReadOnlyAdmin, moment
from routerproject.shared.spreadsheet import csv_response

MOST_CHOICES = 200
MOST_ROWS = 50_000
COLUMNS = ("created_at", "request_id", "tenant", "client", "task_type", "policy", "outcome")


class ValueFilter(SimpleListFilter):
    """A filter over the values that the newest rows hold."""

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        newest = Denial.objects.values_list(str(self.parameter_name), flat=True)[:1_000]
        return [(value, value) for value in sorted(set(filter(None, newest)))[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


def by_value(column: str) -> type[ValueFilter]:
    title = column.replace("_", " ")
    return type(f"{column}Filter", (ValueFilter,), {"title": title, "parameter_name": column})


class ReasonFilter(SimpleListFilter):
    title = "reason"
    parameter_name = "reason"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        newest = Denial.objects.values_list("reasons", flat=True)[:1_000]
        codes = sorted({code for reasons in newest for code in reasons})
        return [(code, code) for code in codes[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(reasons__contains=[value]) if value else queryset


@admin.register(Denial)
class DenialAdmin(ReadOnlyAdmin):
    list_display = (
        moment("created_at", "When (UTC)"),
        "tenant",
        "client",
        "task_type",
        "policy",
        "outcome",
        "codes",
    )
    list_filter = (
        "outcome",
        ReasonFilter,
        by_value("tenant"),
        by_value("client"),
        by_value("policy"),
        by_value("task_type"),
        PeriodFilter,
    )
    actions = ("download",)  # type: ignore[assignment]
    fields = (*COLUMNS, "codes")
    search_ids = ("request_id",)
    search_help_text = "A whole request id"

    @admin.display(description="Reasons")
    def codes(self, denial: Denial) -> str:
        return ", ".join(denial.reasons)

    @admin.action(description="Download as CSV", permissions=["view"])
    def download(self, request: HttpRequest, queryset: QuerySet[Denial]) -> HttpResponse:
        return csv_response(
            "phi-denials",
            [*COLUMNS, "reasons"],
            (
                [*(str(getattr(row, name)) for name in COLUMNS), " ".join(row.reasons)]
                for row in queryset[:MOST_ROWS]
            ),
        )
