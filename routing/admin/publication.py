"""Publications: what is live, what a new one would change, and the way back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from routerproject.shared.admin import (
    Difference,
    ProposalsAdmin,
    PublisherAdmin,
    Room,
    VersionsAdmin,
    between,
)
from routing.admin.drafts import tell
from routing.admin.exchange import ConfigurationPages
from routing.models import RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook import publishing, what_if
from routing.rulebook.cautions import cautions_about
from routing.rulebook.clinical import complete
from routing.rulebook.publishing import EMPTY_CONTENT
from routing.rulebook.soundness import findings_of
from routing.rulebook.wording import in_words
from routing.select.conditions import validate_rule
from routing.types import Json
from usage.admin.live import LiveAdmin

PARTS = ("task_types", "rules", "experiments")


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
    return {entry["slug"]: _readable(complete(entry)) for entry in content.get(part, ())}


def _readable(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a rule with what it says in words; other entries, and odd rules, as they are."""
    if "conditions" not in entry:
        return entry
    kept = {name: entry[name] for name in entry.keys() - {"slug", "version"}}
    conditions, actions = kept["conditions"], kept["actions"]
    if not isinstance(conditions, dict) or not isinstance(actions, dict):
        return kept
    if validate_rule(conditions, actions):
        return kept
    others = {name: kept[name] for name in kept.keys() - {"conditions", "actions"}}
    return {**others, "says": in_words(conditions, actions)}


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
class RulebookVersionAdmin(ConfigurationPages, _RulebookAdmin, VersionsAdmin):
    actions_list = ("publish", "export_file", "import_file")

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
