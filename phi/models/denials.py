"""Requests that protection stopped or sent another way: why, never what stood in them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class DenialOutcome(models.TextChoices):
    """What became of the request."""

    DENIED = "denied", "Denied"
    RESANITIZED = "resanitized", "Sanitized again"
    ON_PREMISE = "on_premise", "Kept on premise"


class Denial(models.Model):
    """One decision of the PHI policy or the last scan. Only grows."""

    created_at = models.DateTimeField(help_text="UTC.")
    request_id = models.UUIDField(help_text="The request in the ledger.")
    tenant = models.CharField(max_length=63, help_text="Whose request it was.")
    client = models.CharField(max_length=63, help_text="Which program asked.")
    task_type = models.CharField(
        max_length=63, blank=True, help_text="As declared; empty when none or an unknown one was."
    )
    policy = models.CharField(
        max_length=80, blank=True, help_text="Slug and version of the policy that decided."
    )
    outcome = models.CharField(
        max_length=16, choices=DenialOutcome, help_text="What became of the request."
    )
    reasons = ArrayField(
        models.CharField(max_length=80), help_text="Reason codes; never a value of the text."
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="phi_denial_newest"),
            models.Index(fields=["tenant", "-created_at"], name="phi_denial_of_tenant"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=DenialOutcome.values), name="phi_denial_outcome"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.request_id}"
