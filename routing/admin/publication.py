"""Publications: what is live, what a new one would change, and the way back."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from routerproject.shared.admin import Difference, ReadOnlyAdmin, between, json_text, moment
from routing.admin.drafts import findings_of
from routing.models import RulebookVersion
from routing.rulebook import publishing, what_if
from routing.types import Json
from usage import configuration
from usage.configuration import InvalidConfiguration

PARTS = ("task_types", "rules")


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """Return what the second content changes of the first."""
    found = [
        difference
        for part in PARTS
        for difference in between(
            part.replace("_", " ").removesuffix("s"), _by_slug(before[part]), _by_slug(after[part])
        )
    ]
    return [*found, *between("loss", before["loss_matrix"], after["loss_matrix"])]


def _by_slug(entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {entry["slug"]: entry for entry in entries}


class PublicationForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="What changes, and why; kept with the version.",
    )


@admin.register(RulebookVersion)
class RulebookVersionAdmin(ReadOnlyAdmin):
    list_display = ("number", "note", "published_by", moment("published_at", "Published (UTC)"))
    list_select_related = ("published_by",)
    fields = (*list_display, json_text("content", "Content"))
    search_help_text = "A version's number"
    actions_list = ("publish",)
    actions_detail = ("put_back",)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(publishing.PERMISSION)

    @admin.display(description="Version", ordering="pk")
    def number(self, row: RulebookVersion) -> str:
        return f"Rulebook {row.pk}"

    def parse_id(self, text: str) -> int:
        return int(text)

    @action(  # type: ignore[untyped-decorator]
        description="Publish the drafts",
        url_path="publish",
        icon="publish",
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest) -> HttpResponse:
        """Show what a publication would change; publish on confirmation."""
        draft = publishing.draft_content()
        form = PublicationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                publishing.publish(note=form.cleaned_data["note"], by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                form.add_error(None, list(invalid.findings))
            else:
                return self._done(request)
        return self._ask(
            request,
            title="Publish the drafts",
            question="All drafts together become the rulebook that decides.",
            button="Publish",
            form=form,
            offers_what_if=True,
            tried=what_if.latest_for(draft),
            content=draft,
        )

    @action(  # type: ignore[untyped-decorator]
        description="Put back into force",
        url_path="put-back",
        icon="undo",
        permissions=["publish"],
    )
    def put_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what going back would change; publish the old version again on confirmation."""
        version = get_object_or_404(RulebookVersion, pk=object_id)
        if request.method == "POST":
            try:
                publishing.roll_back(to=version, by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                return self._done(request)
        return self._ask(
            request,
            title=f"Put rulebook {version.pk} back into force",
            question="It is published again as a new version. The drafts stay as they are.",
            button="Put back",
            content=version.content,
        )

    def _done(self, request: HttpRequest) -> HttpResponse:
        version = configuration.current_version()
        messages.success(request, f"Published. Configuration {version} is live.")
        return redirect("admin:routing_rulebookversion_changelist")

    def _ask(
        self, request: HttpRequest, *, content: Mapping[str, Json], **context: Any
    ) -> HttpResponse:
        live = RulebookVersion.objects.order_by("-pk").first()
        before = live.content if live else {"task_types": [], "rules": [], "loss_matrix": {}}
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse("admin:routing_rulebookversion_changelist"),
            "differences": differences(before, content),
            "findings": findings_of(content),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)
