"""Publications: what is live, what a new one would change, and the way back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from routerproject.shared.admin import (
    Difference,
    ProposalsAdmin,
    PublisherAdmin,
    Room,
    VersionsAdmin,
)
from routing.admin.drafts import WaitingDrafts, tell
from routing.admin.exchange import ConfigurationPages
from routing.admin.rulebook_changes import differences, drafts_given_up
from routing.models import RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook import publishing, what_if
from routing.rulebook.cautions import cautions_about
from routing.rulebook.publishing import EMPTY_CONTENT
from routing.rulebook.restoring import take_drafts_back
from routing.rulebook.soundness import findings_of
from routing.types import Json
from usage.admin.live import LiveAdmin
from usage.configuration import InvalidConfiguration

TAKING_BACK = (
    "What was edited and not published is given up; what decides now stays as it is. Rules and"
    " experiments that are not in force are kept as drafts that no publication takes along."
)


class _RulebookAdmin(PublisherAdmin):
    """What is particular about publishing the rulebook."""

    room: ClassVar[Room] = publishing
    noun = "rulebook"
    together = "All drafts together become the rulebook that decides."
    approval = " It concerns clinical work, so somebody else has to approve."
    versions_url = "admin:routing_rulebookversion_changelist"
    proposals_url = "admin:routing_rulebookproposal_changelist"

    def differences(
        self, before: Mapping[str, Json] | None, after: Mapping[str, Json]
    ) -> list[Difference]:
        return differences(before or EMPTY_CONTENT, after)

    def findings_of(self, content: Mapping[str, Json]) -> list[str]:
        return findings_of(content)

    def needs_two_persons(self, content: Mapping[str, Json]) -> bool:
        return publishing.needs_two_persons(content)

    def tell(self, request: HttpRequest, put_forward: Any) -> None:
        tell(request, put_forward)

    def also_shown(self, content: Mapping[str, Json]) -> dict[str, Any]:
        return {
            "cautions": cautions_about(content),
            "offers_what_if": True,
            "tried": what_if.latest_for(content),
        }


@admin.register(RulebookVersion)
class RulebookVersionAdmin(WaitingDrafts, ConfigurationPages, _RulebookAdmin, VersionsAdmin):
    actions_list = ("publish", "take_drafts_back", "export_file", "import_file")

    @admin.display(description="Version", ordering="pk")
    def number(self, row: RulebookVersion) -> str:
        return f"Rulebook {row.pk}"

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
                live = take_drafts_back(by=request.user)  # type: ignore[arg-type]
            except InvalidConfiguration as invalid:
                messages.error(request, " ".join(invalid.findings))
            else:
                messages.success(request, f"The drafts are what rulebook {live.pk} says.")
                return redirect(self.versions_url)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Take the drafts back to what is in force",
            "question": TAKING_BACK,
            "button": "Take back",
            "is_danger": True,
            "back": reverse(self.versions_url),
            "differences": drafts_given_up(),
        }
        return TemplateResponse(request, "admin/confirm.html", page)


@admin.register(RulebookProposal)
class RulebookProposalAdmin(_RulebookAdmin, ProposalsAdmin):
    @admin.display(description="Proposal", ordering="pk")
    def number(self, row: RulebookProposal) -> str:
        return f"Proposal {row.pk}"


@admin.register(RulebookApproval)
class RulebookApprovalAdmin(LiveAdmin):
    """One row, which only a superuser changes unless a group is given the permission."""

    list_display = ("__str__", "for_clinical_work")
    fieldsets = (("A second person approves", {"fields": ("for_clinical_work",)}),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
