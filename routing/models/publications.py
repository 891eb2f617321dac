"""What was put into force about routing, what waits for a second person, and when one is needed."""

from django.db import models
from django.db.models import Q

from routerproject.shared.history import keep_history
from routerproject.shared.publications import Proposal, Publication

THE_ONE = 1  # the key of the only row


class RulebookVersion(Publication):
    """One publication of all task types, rules and losses."""

    class Meta(Publication.Meta):
        verbose_name = "rulebook version"
        permissions = [("publish_rulebook", "Can publish the rulebook")]

    def __str__(self) -> str:
        return f"Rulebook {self.pk}: {self.note}"


class RulebookProposal(Proposal):
    """A publication of the rulebook that waits for a second person."""

    class Meta(Proposal.Meta):
        verbose_name = "rulebook proposal"


@keep_history()
class RulebookApproval(models.Model):
    """Which publications of the rulebook need a second person."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    for_clinical_work = models.BooleanField(
        default=True,
        verbose_name="for clinical work",
        help_text="On: what changes a clinical task type, a rule that may apply to one, or the"
        " losses waits until somebody else approves it.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "rulebook approval"
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_ONE), name="rulebook_approval_is_one")
        ]

    def __str__(self) -> str:
        return "When the rulebook needs a second person"
