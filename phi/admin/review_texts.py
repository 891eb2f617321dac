"""Texts kept for review: that they exist and until when, never what they say."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from phi import review_texts
from phi.models import ReviewText
from routerproject.shared.admin import ReadOnlyAdmin, moment


@admin.register(ReviewText)
class ReviewTextAdmin(ReadOnlyAdmin):
    """Readers see a text on the page of its review; here it can only be forgotten."""

    list_display = (
        *("request_id", "tenant_id", "percent"),
        *(moment("kept_at", "Kept (UTC)"), moment("expires_at", "Forgotten (UTC)")),
    )
    fields = list_display
    actions = ("forget",)  # type: ignore[assignment]
    search_help_text = "A whole request id"
    when_empty = (
        "No text is kept. A PHI policy says of which share of the requests readers of the review "
        "queue may see the tokenized text (under What is stored), and for how many days."
    )

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("phi.delete_reviewtext")

    @admin.action(description="Forget the chosen texts now", permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        forgotten = review_texts.forget(list(queryset), by=request.user.get_username())
        self.message_user(request, f"{forgotten:,} texts were forgotten.")
