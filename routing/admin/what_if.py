"""What-if: the drafts tried on recent decisions, with the figures and their CSV."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from kombu.exceptions import OperationalError
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from routerproject.shared.admin import ReadOnlyAdmin, moment, row_or_404
from routerproject.shared.spreadsheet import csv_response
from routing import tasks
from routing.models import RulebookVersion, WhatIf
from routing.rulebook import publishing, what_if
from routing.rulebook.tallies import KEYWORDS, OLD_RECORD
from usage.configuration import InvalidConfiguration

LIST = "admin:routing_whatif_changelist"
PERIODS = {1: "The last day", 7: "The last 7 days", 30: "The last 30 days", 90: "The last 90 days"}
COLUMNS = ("from_tier", "from_model", "to_tier", "to_model", "requests")
MONEY = ("before_usd", "after_usd", "change_usd")
QUESTION = (
    "Every recorded decision of the period is made again, under what is in force and under the"
    " drafts. Nothing is published and no model is asked."
)
WHY_NOT = {
    KEYWORDS: "A rule asks for words, and the text is not kept",
    OLD_RECORD: "Recorded before replays were possible",
}


class WhatIfForm(forms.Form):
    days = forms.TypedChoiceField(
        label="Decisions of",
        choices=list(PERIODS.items()),
        initial=7,
        coerce=int,
        widget=UnfoldAdminSelectWidget,
        help_text="The newest 1,000,000 decisions at most. No text is read; none is kept.",
    )


@admin.register(WhatIf)
class WhatIfAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "state",
        "seen",
        "moved",
        "asked_by",
        moment("asked_at", "Asked (UTC)"),
    )
    list_select_related = ("asked_by",)
    search_help_text = "A number"
    when_empty = (
        "Nothing was tried yet. Edit task types, rules or losses with Publish at once switched off,"
        " then choose Try the drafts above: it tells which recent decisions would come out "
        "otherwise, and what that would cost, before anything is live."
    )
    actions_list = ("ask",)
    actions_detail = ("download",)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(publishing.PERMISSION)

    def parse_id(self, text: str) -> int:
        return int(text)

    @admin.display(description="What-if", ordering="pk")
    def number(self, row: WhatIf) -> str:
        return str(row)

    @admin.display(description="Would move")
    def moved(self, row: WhatIf) -> str:
        return f"{row.result['moved']:,}" if row.result else "-"

    @action(  # type: ignore[untyped-decorator]
        description="Try the drafts", url_path="ask", icon="science", permissions=["publish"]
    )
    def ask(self, request: HttpRequest) -> HttpResponse:
        """Ask for how long back; have it run in the background."""
        form = WhatIfForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row = _start(request, form.cleaned_data["days"])
            except (InvalidConfiguration, OperationalError) as error:
                form.add_error(None, _why(error))
            else:
                return redirect("admin:routing_whatif_change", row.pk)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Try the drafts on recent decisions",
            "question": QUESTION,
            "button": "Try",
            "form": form,
            "back": reverse(LIST),
        }
        return TemplateResponse(request, "admin/confirm.html", page)

    @action(description="CSV", url_path="csv", icon="download", permissions=["view"])  # type: ignore[untyped-decorator]
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = row_or_404(WhatIf.objects.filter(state=WhatIf.State.DONE), object_id)
        return csv_response(f"what-if-{row.pk}", [*COLUMNS, *MONEY], _lines(row))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the figures; while there are none, how far it is."""
        row = self.get_object(request, object_id)
        if row is None:
            return redirect(LIST)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "row": row,
            "back": reverse(LIST),
            "is_latest": _is_latest(row),
            **figures(row),
        }
        return TemplateResponse(request, "admin/what_if.html", page)


def figures(row: WhatIf) -> dict[str, Any]:
    """Return what a page shows of a trial besides its result as it is."""
    if not row.result:
        return {}
    reasons = row.result["not_judged"].items()
    return {
        "found": row.result,
        "not_judged": [(WHY_NOT[name], count) for name, count in reasons if count],
        "silent_rules": [
            r["rule"]
            for r in row.result["rules"]
            if row.result["requests"] > 0 == r["matches"] + r["unknown"]
        ],
        "greedy_rules": [
            r["rule"] for r in row.result["rules"] if r["matches"] == row.result["requests"] > 0
        ],
    }


def _is_latest(row: WhatIf) -> bool:
    """Return whether the drafts, and what is in force, are still those that were compared."""
    latest = what_if.latest_for(publishing.draft_content())
    live = RulebookVersion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (
        latest is not None and row.content_digest == latest.content_digest and row.follows == live
    )


def _start(request: HttpRequest, days: int) -> WhatIf:
    """Note the trial and queue it. Raises OperationalError, and notes nothing, without a queue."""
    row = what_if.ask(days=days, by=request.user)  # type: ignore[arg-type]
    try:
        tasks.try_out.delay(row.pk)
    except OperationalError:
        row.delete()
        raise
    messages.info(request, "It is being tried. This page shows how far it is.")
    return row


def _why(error: Exception) -> list[str]:
    if isinstance(error, InvalidConfiguration):
        return list(error.findings)
    return ["The task queue cannot be reached, so nothing was started. Try again."]


def _lines(row: WhatIf) -> Iterator[list[Any]]:
    for move in (row.result or {})["moves"]:
        before, after = move["from"], move["to"]
        yield [
            *(before["tier"], before["model"], after["tier"], after["model"], move["requests"]),
            *(move[name] for name in MONEY),
        ]
