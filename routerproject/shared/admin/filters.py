"""Filters of tables whose key is a UUIDv7: a period of time is a range of keys."""

from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from routerproject.shared import clock


class PeriodFilter(SimpleListFilter):
    """The last hour, day, week or month, by the key, so that other partitions are not read."""

    title = "time"
    parameter_name = "since"
    hours = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        return list(self.hours.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.hours:
            return queryset
        since = clock.now() - timedelta(hours=int(self.value() or 0))
        return queryset.filter(pk__gte=clock.first_id(since))
