"""Tables that only grow: looked at, never touched, however large they are."""

from typing import Any
from uuid import UUID

from django.contrib.admin import ShowFacets
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

LOOK_AHEAD = 1_000  # rows; what lies further back is found by the filters


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages through the first rows of a table without counting all of them."""

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return len(rows.order_by().values_list("pk")[:LOOK_AHEAD])

    @property
    def is_cut_off(self) -> bool:
        return self.count == LOOK_AHEAD


class BoundedChangeList(ChangeList):  # type: ignore[misc]
    """A list that takes what was found for all there is, since nobody counts the rest."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """An admin in which nobody adds, changes or deletes, superusers included."""

    actions = None
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they would count
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = False
    when_empty = ""  # what an empty list says: where its rows come from, and what to do
    search_ids: tuple[str, ...] = ("pk",)
    search_fields = ("pk",)  # shows the box; get_search_results looks for whole ids only
    search_help_text = "A whole id"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            wanted = self.parse_id(search_term.strip())
        except ValueError:
            return queryset.none(), False
        found = Q()
        for name in self.search_ids:
            found |= Q(**{name: wanted})
        return queryset.filter(found), False

    def parse_id(self, text: str) -> Any:
        """Return what a search term means, or raise ValueError."""
        return UUID(text)
