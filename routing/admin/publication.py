"""Publications: what is live, what a new one would change, and the way back."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from routerproject.shared.admin import Difference, ReadOnlyAdmin, between, json_text, moment
from routing.admin.drafts import findings_of, tell
from routing.admin.exchange import ConfigurationPages
from routing.models import RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook import publishing, what_if
from routing.rulebook.cautions import cautions_about
from routing.rulebook.clinical import complete
from routing.rulebook.publishing import EMPTY_CONTENT
from routing.types import Json
from usage.admin.live import LiveAdmin
from usage.configuration import InvalidConfiguration

PARTS = ("task_types", "rules", "experiments")
VERSIONS = "admin:routing_rulebookversion_changelist"
PROPOSALS = "admin:routing_rulebookproposal_changelist"
APPROVAL = " It concerns clinical work, so somebody else has to approve."


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """Return what the second content changes of the first."""
    found = [
        difference
        for part in PARTS
        for difference in between(
            part.replace("_", " ").removesuffix("s"), _of(before, part), _of(after, part)
        )
    ]
    return [*found, *between("loss", before["loss_matrix"], after["loss_matrix"])]


def _of(content: Mapping[str, Json], part: str) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a part, which older publications may not have."""
    return {entry["slug"]: complete(entry) for entry in content.get(part, ())}


class PublicationForm(forms.Form):
    note = forms.CharField(
        max_length=publishing.LONGEST_NOTE - 30,
        widget=UnfoldAdminTextInputWidget,
        help_text="What changes, and why; kept with the version.",
    )


class _Publisher(ReadOnlyAdmin):
    """What the lists of versions and of proposals have in common."""

    search_help_text = "A number"

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(publishing.PERMISSION)

    def parse_id(self, text: str) -> int:
        return int(text)

    def _ask(
        self,
        request: HttpRequest,
        *,
        content: Mapping[str, Json],
        question: str,
        **context: Any,
    ) -> HttpResponse:
        live = publishing.live_version()
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(VERSIONS),
            "question": question,
            "differences": differences(live.content if live else EMPTY_CONTENT, content),
            "findings": findings_of(content),
            "cautions": cautions_about(content),
            "offers_what_if": True,
            "tried": what_if.latest_for(content),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


@admin.register(RulebookVersion)
class RulebookVersionAdmin(ConfigurationPages, _Publisher):
    list_display = (
        "number",
        "note",
        "proposed_by",
        "published_by",
        moment("published_at", "Published (UTC)"),
    )
    list_select_related = ("proposed_by", "published_by")
    fields = (*list_display, json_text("content", "Content"))
    change_form_outer_after_template = "admin/version_changes.html"
    actions_list = ("publish", "export_file", "import_file")
    actions_detail = ("put_back",)

    @admin.display(description="Version", ordering="pk")
    def number(self, row: RulebookVersion) -> str:
        return f"Rulebook {row.pk}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a version with what it changed of the one before."""
        changes = {"differences": _changes_of(object_id), **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, changes)
        return response

    @action(  # type: ignore[untyped-decorator]
        description="Publish the drafts",
        url_path="publish",
        icon="publish",
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest) -> HttpResponse:
        """Show what a publication would change; publish or propose it on confirmation."""
        draft = publishing.draft_content()
        form = PublicationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            try:
                tell(request, publishing.publish(note=note, by=request.user))  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                form.add_error(None, list(invalid.findings))
            else:
                return redirect(VERSIONS)
        needs_two = publishing.needs_two_persons(draft)
        return self._ask(
            request,
            title="Publish the drafts",
            question="All drafts together become the rulebook that decides." + APPROVAL * needs_two,
            button="Propose" if needs_two else "Publish",
            form=form,
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
        form = PublicationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            note = form.cleaned_data["note"]
            try:
                tell(request, publishing.roll_back(to=version, by=request.user, note=note))  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                return redirect(VERSIONS)
        needs_two = publishing.needs_two_persons(version.content)
        return self._ask(
            request,
            title=f"Put rulebook {version.pk} back into force",
            question="It is published again as a new version. The drafts stay as they are."
            + APPROVAL * needs_two,
            button="Propose" if needs_two else "Put back",
            form=form,
            content=version.content,
            offers_what_if=False,
        )


@admin.register(RulebookProposal)
class RulebookProposalAdmin(_Publisher):
    list_display = ("number", "note", "proposed_by", moment("proposed_at", "Proposed (UTC)"))
    list_select_related = ("proposed_by",)
    when_empty = "Nothing waits for a second person."
    fields = (*list_display, json_text("content", "Content"))
    actions_detail = ("approve", "withdraw")

    @admin.display(description="Proposal", ordering="pk")
    def number(self, row: RulebookProposal) -> str:
        return f"Proposal {row.pk}"

    @action(  # type: ignore[untyped-decorator]
        description="Approve", url_path="approve", icon="check", permissions=["publish"]
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the proposal would change; put it into force on confirmation."""
        proposal = get_object_or_404(RulebookProposal, pk=object_id)
        if request.method == "POST":
            try:
                tell(request, publishing.approve(proposal=proposal, by=request.user))  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            except PermissionDenied as denied:
                messages.error(request, str(denied))
            else:
                return redirect(VERSIONS)
        return self._ask(
            request,
            title=f"Approve proposal {proposal.pk}",
            question=f"Proposed by {proposal.proposed_by}: {proposal.note}",
            button="Approve",
            content=proposal.content,
        )

    @action(  # type: ignore[untyped-decorator]
        description="Withdraw", url_path="withdraw", icon="close", permissions=["publish"]
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposal = get_object_or_404(RulebookProposal, pk=object_id)
        if request.method == "POST":
            publishing.withdraw(proposal=proposal, by=request.user)  # type: ignore[arg-type]
            messages.success(request, "Withdrawn. The drafts stay as they are.")
            return redirect(PROPOSALS)
        return self._ask(
            request,
            title=f"Withdraw proposal {proposal.pk}",
            question="Nothing comes into force. The drafts stay as they are.",
            button="Withdraw",
            content=proposal.content,
        )


@admin.register(RulebookApproval)
class RulebookApprovalAdmin(LiveAdmin):
    """One row, which only a superuser changes unless a group is given the permission."""

    list_display = ("__str__", "for_clinical_work")
    fieldsets = (("A second person approves", {"fields": ("for_clinical_work",)}),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _changes_of(object_id: str) -> list[Difference]:
    """Return what a version changed of the one that was in force before it."""
    if not object_id.isdecimal():
        return []
    found = list(RulebookVersion.objects.filter(pk__lte=int(object_id)).order_by("-pk")[:2])
    if not found:
        return []
    return differences(found[1].content if len(found) > 1 else EMPTY_CONTENT, found[0].content)
