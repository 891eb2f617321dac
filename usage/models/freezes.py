"""Deployments that nobody calls until a person has looked at their bill."""

from django.db import models
from django.db.models import F, Q

from usage.models.catalog import Deployment


class Freeze(models.Model):
    """A deployment that billed more than a call could cost, from then until a person lifts it."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="freezes")
    attempt_id = models.UUIDField("attempt", help_text="The call that cost too much.")
    cost_nano_usd = models.BigIntegerField(help_text="What it cost, in nano-USD.")
    hold_nano_usd = models.BigIntegerField(help_text="What had been its worst case, in nano-USD.")
    frozen_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=150, blank=True, help_text="The person's user name.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["deployment"],
                condition=Q(lifted_at__isnull=True),
                name="deployment_is_frozen_once",
            ),
            models.CheckConstraint(
                condition=Q(cost_nano_usd__gt=F("hold_nano_usd")), name="freeze_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="")
                | Q(lifted_at__isnull=False) & ~Q(lifted_by=""),
                name="freeze_is_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deployment} since {self.frozen_at:%Y-%m-%d %H:%M}"
