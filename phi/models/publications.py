"""What was put into force about identifiers, and what waits for a second person."""

from routerproject.shared.publications import Proposal, Publication


class PolicyVersion(Publication):
    """One publication of everything that decides about identifiers."""

    class Meta(Publication.Meta):
        verbose_name = "PHI policy version"
        permissions = [("publish_policies", "Can put PHI policies into force")]

    def __str__(self) -> str:
        return f"PHI policies {self.pk}: {self.note}"


class PolicyProposal(Proposal):
    """A publication of PHI policies that waits for a second person."""

    class Meta(Proposal.Meta):
        verbose_name = "PHI policy proposal"
