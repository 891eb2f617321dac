"""Publications of what protects: what is in force, what would change, and the way back."""

from django.contrib import admin

from phi.admin.drafts import OfPolicies
from phi.models import PolicyProposal, PolicyVersion
from usage.admin.publications import ProposalsAdmin, VersionsAdmin


@admin.register(PolicyVersion)
class PolicyVersionAdmin(OfPolicies, VersionsAdmin):
    @admin.display(description="Version", ordering="pk")
    def number(self, row: PolicyVersion) -> str:
        return f"PHI policies {row.pk}"


@admin.register(PolicyProposal)
class PolicyProposalAdmin(OfPolicies, ProposalsAdmin):
    @admin.display(description="Proposal", ordering="pk")
    def number(self, row: PolicyProposal) -> str:
        return f"Proposal {row.pk}"
