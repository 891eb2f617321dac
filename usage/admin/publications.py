"""Publications and proposals of a room: what is in force, what would change, and the way back."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from routerproject.shared.admin.differences import Difference
from routerproject.shared.admin.display import json_text, moment
from routerproject.shared.admin.reading import ReadOnlyAdmin
from routerproject.shared.admin.rows import row_or_404
from usage.admin.room import OfRoom, WaitingDrafts
from usage.configuration import InvalidConfiguration

Content = Mapping[str, Any]
CONTENT = json_text("content", "Content")
LONGEST_NOTE = 270  # "Back to version ..." is written before it and has to fit too


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        widget=UnfoldAdminTextInputWidget,
        help_text="What changes, and why; kept with the version.",
    )


class PublisherAdmin(OfRoom, ReadOnlyAdmin):
    """What the lists of publications and of proposals have in common."""

    search_help_text = "A number"

    def also_shown(self, content: Content) -> dict[str, Any]:
        """Return what else the page of a confirmation shows."""
        return {}

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_publish(request)

    def parse_id(self, text: str) -> int:
        return int(text)

    def ask(self, request: HttpRequest, *, content: Content, **context: Any) -> HttpResponse:
        """Show what a content changes of what is in force, and ask for a confirmation."""
        return self.confirm(
            request,
            differences=self.changes_of(content),
            findings=self.room.findings_of(content),
            seen=self.room.mark_of(content),
            **{**self.also_shown(content), **context},
        )

    def confirm(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """Show the page that asks for a confirmation."""
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": self.versions_url(),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


class VersionsAdmin(WaitingDrafts, PublisherAdmin):
    """Every publication, for ever; the drafts are published here, and old versions put back."""

    list_display = (
        "number",
        "note",
        "proposed_by",
        "published_by",
        moment("published_at", "Published (UTC)"),
    )
    list_select_related = ("proposed_by", "published_by")
    fieldsets = (
        (None, {"fields": list_display}),
        ("All of its content", {"fields": (CONTENT,), "classes": ("collapse",)}),
    )
    change_form_before_template = "admin/version_changes.html"
    actions_list: tuple[str, ...] = ("publish", "take_drafts_back")
    actions_detail = ("put_back",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a version with what it changed of the one before."""
        changes = {"differences": self._changes_of(object_id), **(extra_context or {})}
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
        draft = self.room.draft_content()
        form = NoteForm(request.POST or None)
        if put_forward := self._put_forward(request, form, self.room.publish):
            return self._where_it_is(put_forward)
        needs_two = self.room.needs_two_persons(draft)
        return self.ask(
            request,
            title="Publish the drafts",
            question=self.together + self.approval * needs_two,
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
        version = row_or_404(self.model, object_id)
        form = NoteForm(request.POST or None, initial={"note": version.note[:LONGEST_NOTE]})
        if put_forward := self._put_forward(request, form, self.room.roll_back, to=version):
            return self._where_it_is(put_forward)
        needs_two = self.room.needs_two_persons(version.content)
        return self.ask(
            request,
            title=f"Put {self.noun} {version.pk} back into force",
            question="It is published again as a new version. The drafts stay as they are."
            + self.approval * needs_two,
            button="Propose" if needs_two else "Put back",
            form=form,
            content=version.content,
            offers_what_if=False,
        )

    @action(  # type: ignore[untyped-decorator]
        description="Take the drafts back",
        url_path="take-drafts-back",
        icon="restart_alt",
        permissions=["publish"],
    )
    def take_drafts_back(self, request: HttpRequest) -> HttpResponse:
        """Show what would become of the drafts; make them what is in force on confirmation."""
        if request.method == "POST":
            try:
                live = self.room.take_drafts_back(by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                messages.success(request, f"The drafts are what {self.noun} {live.pk} says.")
                return redirect(self.versions_url())
        return self.confirm(
            request,
            title="Take the drafts back to what is in force",
            question=self.taking_back,
            button="Take back",
            is_danger=True,
            differences=self.given_up(),
        )

    def _put_forward(
        self, request: HttpRequest, form: NoteForm, put: Callable[..., Any], **which: Any
    ) -> Any:
        """Publish or propose with the form's note; else return None, and say in the form why."""
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            put_forward = put(
                note=form.cleaned_data["note"],
                by=request.user,
                seen=request.POST.get("seen", ""),
                **which,
            )
        except InvalidConfiguration as invalid:
            form.add_error(None, list(invalid.findings))
            return None
        self.tell(request, put_forward)
        return put_forward

    def _where_it_is(self, put_forward: Any) -> HttpResponse:
        """Lead to the list that holds what was put forward."""
        is_live = isinstance(put_forward, self.model)
        return redirect(self.versions_url() if is_live else self.proposals_url())

    def _changes_of(self, object_id: str) -> list[Difference]:
        """Return what a version changed of the one that was in force before it."""
        if not object_id.isdecimal():
            return []
        versions = self.model._default_manager.filter(pk__lte=int(object_id)).order_by("-pk")
        found = [row.content for row in versions[:2]]
        if not found:
            return []
        return self.differences(found[1] if len(found) > 1 else None, found[0])


class ProposalsAdmin(PublisherAdmin):
    """What waits for a second person."""

    list_display = ("number", "note", "proposed_by", moment("proposed_at", "Proposed (UTC)"))
    list_select_related = ("proposed_by",)
    when_empty = "Nothing waits for a second person."
    fieldsets = (
        (None, {"fields": list_display}),
        ("All of its content", {"fields": (CONTENT,), "classes": ("collapse",)}),
    )
    change_form_before_template = "admin/version_changes.html"
    actions_detail = ("approve", "withdraw")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a proposal with what it would change of what is in force."""
        proposal = self.get_object(request, object_id)
        found = self.changes_of(proposal.content) if proposal else []
        changes = {"differences": found, "is_proposal": True, **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, changes)
        return response

    @action(  # type: ignore[untyped-decorator]
        description="Approve", url_path="approve", icon="check", permissions=["publish"]
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the proposal would change; put it into force on confirmation."""
        proposal = row_or_404(self.model, object_id)
        if request.method == "POST":
            try:
                version = self.room.approve(proposal=proposal, by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            except PermissionDenied as denied:
                messages.error(request, str(denied))
            else:
                self.tell(request, version)
                return redirect(self.versions_url())
        return self.ask(
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
        proposal = row_or_404(self.model, object_id)
        if request.method == "POST":
            try:
                self.room.withdraw(proposal=proposal, by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                messages.success(request, "Withdrawn. The drafts stay as they are.")
            return redirect(self.proposals_url())
        return self.ask(
            request,
            title=f"Withdraw proposal {proposal.pk}",
            question="Nothing comes into force. The drafts stay as they are.",
            button="Withdraw",
            content=proposal.content,
        )
