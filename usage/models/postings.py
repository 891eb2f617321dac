"""What people propose and confirm about calls whose outcome nobody could find out."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q


class PostingState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"


class Posting(models.Model):
    """What one unknown attempt cost, as one person says; it counts when another one confirms it."""

    attempt_id = models.UUIDField("attempt", help_text="The id of an attempt that is unknown.")
    tenant_id = models.BigIntegerField(editable=False)
    cost_nano_usd = models.BigIntegerField(
        "cost", validators=[MinValueValidator(0)], help_text="What it cost, in nano-USD."
    )
    reason = models.CharField(
        max_length=300, help_text="How this is known, such as the line of a bill. No patient data."
    )
    state = models.CharField(
        max_length=9, choices=PostingState, default=PostingState.PROPOSED, editable=False
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    proposed_at = models.DateTimeField(editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        permissions = [("confirm_posting", "Can confirm or reject postings of others")]
        constraints = [
            models.CheckConstraint(condition=Q(cost_nano_usd__gte=0), name="posting_cost"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="posting_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    state__in=["confirmed", "rejected"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="posting_state",
            ),
            models.UniqueConstraint(
                fields=["attempt_id"], condition=Q(state="proposed"), name="posting_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"posting {self.pk}"
