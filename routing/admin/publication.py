"""Publications: what is live, what a new one would change, and the way back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from routing.admin.drafts import OfRulebook
from routing.admin.exchange import ConfigurationPages
from routing.models import RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook import what_if
from routing.rulebook.cautions import cautions_about
from routing.types import Json
from usage.admin.live import LiveAdmin
from usage.admin.publications import ProposalsAdmin, PublisherAdmin, VersionsAdmin


class _RulebookAdmin(OfRulebook, PublisherAdmin):
    """What else is shown of a content of the rulebook."""

    def also_shown(self, content: Mapping[str, Json]) -> dict[str, Any]:
        return {
            "cautions": cautions_about(content),
            "offers_what_if": True,
            "tried": what_if.latest_for(content),
        }


@admin.register(RulebookVersion)
class RulebookVersionAdmin(ConfigurationPages, _RulebookAdmin, VersionsAdmin):
    actions_list = (*VersionsAdmin.actions_list, "export_file", "import_file")

    @admin.display(description="Version", ordering="pk")
    def number(self, row: RulebookVersion) -> str:
        return f"Rulebook {row.pk}"


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
