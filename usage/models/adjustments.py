"""What a closed month's bill turned out to be afterwards, posted into a month that is open."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AdjustmentKind(models.TextChoices):
    CHARGE = "charge", "Charge"
    CREDIT = "credit", "Credit"


class AdjustmentState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"


class Adjustment(models.Model):
    """A late line of a bill, or a correction of one, of a month that is closed.

    One person proposes it. When another one confirms it, it is posted into the next open month and
    stands on that month's statement. Names are those of the day of the proposal.
    """

    month = models.DateField(help_text="First day (UTC) of the closed month it is about.")
    posted_in = models.DateField(
        null=True, help_text="First day (UTC) of the month on whose statement it stands."
    )
    provider = models.CharField(max_length=63, help_text="The provider's slug.")
    reference = models.CharField(
        max_length=100, help_text="The line of the bill, or the credit note. No patient data."
    )
    tenant = models.CharField(max_length=63, blank=True, help_text="Empty: the installation.")
    client = models.CharField(max_length=63, blank=True, help_text="Empty: no single one.")
    department = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=6, choices=AdjustmentKind)
    amount_nano_usd = models.BigIntegerField("amount", help_text="In nano-USD, above 0.")
    reason = models.CharField(max_length=300, help_text="Why, as somebody says. No patient data.")
    state = models.CharField(
        max_length=9, choices=AdjustmentState, default=AdjustmentState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(help_text="UTC.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, help_text="UTC.")

    class Meta:
        ordering = ["id"]
        permissions = [("confirm_adjustment", "Can confirm or reject adjustments of others")]
        indexes = [
            models.Index(fields=["month"], name="adjustment_month"),
            models.Index(fields=["posted_in"], name="adjustment_posted_in"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_nano_usd__gt=0), name="adjustment_amount"),
            models.CheckConstraint(
                condition=Q(posted_in__isnull=True) | Q(posted_in__gt=F("month")),
                name="adjustment_is_posted_later",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="adjustment_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None, posted_in=None)
                | Q(
                    state="rejected",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    posted_in__isnull=True,
                )
                | Q(
                    state="confirmed",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    posted_in__isnull=False,
                ),
                name="adjustment_state",
            ),
            models.UniqueConstraint(
                fields=["month", "provider", "reference"],
                condition=~Q(state="rejected"),
                name="adjustment_is_made_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="stays_decided",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="proposed"),
            ),
        ]

    def __str__(self) -> str:
        return f"adjustment {self.pk}"

    @property
    def change_nano_usd(self) -> int:
        """What it adds to the bill, in nano-USD; a credit is below 0."""
        is_credit = self.kind == AdjustmentKind.CREDIT
        return -self.amount_nano_usd if is_credit else self.amount_nano_usd

    @property
    def payer(self) -> str:
        """Return whose bill it changes."""
        return "/".join(filter(None, (self.tenant, self.client))) or "installation"
