"""Publications of what protects: what is in force, what would change, and the way back."""

from collections.abc import Iterable, Mapping
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

from phi import publishing
from phi.admin.drafts import tell
from phi.models import PolicyProposal, PolicyVersion
from phi.policies import UNSAID
from routerproject.shared.admin import Difference, ReadOnlyAdmin, between, json_text, moment
from usage.configuration import InvalidConfiguration

EMPTY_CONTENT: Mapping[str, Any] = {"policies": [], "recognizers": [], "allowed_phrases": []}
VERSIONS = "admin:phi_policyversion_changelist"
PROPOSALS = "admin:phi_policyproposal_changelist"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what the second content changes of the first."""
    return [
        *between("policy", _named(before, "policies"), _named(after, "policies")),
        *between("recognizer", _named(before, "recognizers"), _named(after, "recognizers")),
        *between("allowed phrase", _phrases(before), _phrases(after)),
    ]


def _named(content: Mapping[str, Any], part: str) -> dict[str, Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = content[part]
    if part == "policies":
        return {row["slug"]: {**UNSAID, **row} for row in rows}
    return {f"{row['slug']} ({row['tenant'] or 'every tenant'})": row for row in rows}


def _phrases(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    rows = content["allowed_phrases"]
    return {f'"{row["phrase"]}" ({row["tenant"] or "every tenant"})': row for row in rows}


class PublicationForm(forms.Form):
    note = forms.CharField(
        max_length=publishing.LONGEST_NOTE,
        widget=UnfoldAdminTextInputWidget,
        help_text="What changes, and why; kept with the version.",
    )


class _Publisher(ReadOnlyAdmin):
    """What the lists of publications and of proposals have in common."""

    search_help_text = "A number"

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(publishing.PERMISSION)

    def parse_id(self, text: str) -> int:
        return int(text)

    def _ask(
        self, request: HttpRequest, *, content: Mapping[str, Any], **context: Any
    ) -> HttpResponse:
        live = publishing.live_version()
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(VERSIONS),
            "differences": differences(live.content if live else EMPTY_CONTENT, content),
            "findings": publishing.findings_of(content),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(_Publisher):
    list_display = (
        "number",
        "note",
        "proposed_by",
        "published_by",
        moment("published_at", "Published (UTC)"),
    )
    list_select_related = ("proposed_by", "published_by")
    fields = (*list_display, json_text("content", "Content"))
    actions_list = ("publish",)
    actions_detail = ("put_back",)

    @admin.display(description="Version", ordering="pk")
    def number(self, row: PolicyVersion) -> str:
        return f"PHI policies {row.pk}"

    @action(  # type: ignore[untyped-decorator]
        description="Publish the drafts",
        url_path="publish",
        icon="publish",
        permissions=["publish"],
    )
    def publish(self, request: HttpRequest) -> HttpResponse:
        """Show what a publication would change; publish or propose it on confirmation."""
        form = PublicationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                tell(request, publishing.publish(note=form.cleaned_data["note"], by=request.user))  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                form.add_error(None, list(invalid.findings))
            else:
                return redirect(VERSIONS)
        return self._ask(
            request,
            title="Publish the drafts",
            question="All drafts of policies, recognizers and allowed phrases come into force "
            "together." + _approval(),
            button="Propose" if publishing.needs_two_persons() else "Publish",
            form=form,
            content=publishing.draft_content(),
        )

    @action(  # type: ignore[untyped-decorator]
        description="Put back into force",
        url_path="put-back",
        icon="undo",
        permissions=["publish"],
    )
    def put_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what going back would change; publish the old version again on confirmation."""
        version = get_object_or_404(PolicyVersion, pk=object_id)
        if request.method == "POST":
            try:
                tell(request, publishing.roll_back(to=version, by=request.user))  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                return redirect(VERSIONS)
        return self._ask(
            request,
            title=f"Put PHI policies {version.pk} back into force",
            question="They are published again as a new version. The drafts stay as they are."
            + _approval(),
            button="Put back",
            content=version.content,
        )


@admin.register(PolicyProposal)
class PolicyProposalAdmin(_Publisher):
    list_display = ("number", "note", "proposed_by", moment("proposed_at", "Proposed (UTC)"))
    list_select_related = ("proposed_by",)
    when_empty = "Nothing waits for a second person."
    fields = (*list_display, json_text("content", "Content"))
    actions_detail = ("approve", "withdraw")

    @admin.display(description="Proposal", ordering="pk")
    def number(self, row: PolicyProposal) -> str:
        return f"Proposal {row.pk}"

    @action(  # type: ignore[untyped-decorator]
        description="Approve", url_path="approve", icon="check", permissions=["publish"]
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the proposal would change; put it into force on confirmation."""
        proposal = get_object_or_404(PolicyProposal, pk=object_id)
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
        proposal = get_object_or_404(PolicyProposal, pk=object_id)
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


def _approval() -> str:
    return " Somebody else has to approve." if publishing.needs_two_persons() else ""
