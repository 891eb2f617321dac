"""Publications of what protects: what is in force, what would change, and the way back."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from phi import publishing
from phi.admin.drafts import tell
from phi.models import PolicyProposal, PolicyVersion
from phi.policies import completed
from routerproject.shared.admin import (
    Difference,
    ProposalsAdmin,
    PublisherAdmin,
    Room,
    VersionsAdmin,
    between,
)

EMPTY_CONTENT: Mapping[str, Any] = {"policies": [], "recognizers": [], "allowed_phrases": []}


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
        return {row["slug"]: completed(row) for row in rows}
    return {f"{row['slug']} ({row['tenant'] or 'every tenant'})": row for row in rows}


def _phrases(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    rows = content["allowed_phrases"]
    return {f'"{row["phrase"]}" ({row["tenant"] or "every tenant"})': row for row in rows}


class _PoliciesAdmin(PublisherAdmin):
    """What is particular about publishing what protects."""

    room: ClassVar[Room] = publishing
    noun = "PHI policies"
    together = "All drafts of policies, recognizers and allowed phrases come into force together."
    approval = " Somebody else has to approve."
    versions_url = "admin:phi_policyversion_changelist"
    proposals_url = "admin:phi_policyproposal_changelist"

    def differences(
        self, before: Mapping[str, Any] | None, after: Mapping[str, Any]
    ) -> list[Difference]:
        return differences(before or EMPTY_CONTENT, after)

    def findings_of(self, content: Mapping[str, Any]) -> list[str]:
        return publishing.findings_of(content)

    def needs_two_persons(self, content: Mapping[str, Any]) -> bool:
        return publishing.needs_two_persons()

    def tell(self, request: HttpRequest, put_forward: Any) -> None:
        tell(request, put_forward)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(_PoliciesAdmin, VersionsAdmin):
    @admin.display(description="Version", ordering="pk")
    def number(self, row: PolicyVersion) -> str:
        return f"PHI policies {row.pk}"


@admin.register(PolicyProposal)
class PolicyProposalAdmin(_PoliciesAdmin, ProposalsAdmin):
    @admin.display(description="Proposal", ordering="pk")
    def number(self, row: PolicyProposal) -> str:
        return f"Proposal {row.pk}"
