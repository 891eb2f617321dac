"""Texts that a policy lets readers of the review queue see, until a day."""

import pgtrigger
from django.db import models
from django.db.models import F, Q


class ReviewText(models.Model):
    """One request with its answer: tokenized, sealed under the key of its case, with an expiry."""

    request_id = models.UUIDField(primary_key=True, help_text="The request in the ledger.")
    tenant_id = models.BigIntegerField(help_text="Whose request it was.")
    case_hash = models.BinaryField(
        max_length=32, help_text="Keyed hash of the case whose key opens it."
    )
    has_own_key = models.BooleanField(
        help_text="It belongs to no case; its key is destroyed with it."
    )
    sealed = models.BinaryField(editable=False, help_text="The tokenized texts, AES-256-GCM.")
    kept_at = models.DateTimeField(help_text="UTC.")
    expires_at = models.DateTimeField(help_text="UTC.")
    percent = models.PositiveSmallIntegerField(
        help_text="Of the requests under its policy, how many were kept then."
    )

    class Meta:
        ordering = ["-request_id"]
        indexes = [
            models.Index(fields=["expires_at"], name="review_text_expiry"),
            models.Index(fields=["kept_at"], name="review_text_kept"),
            models.Index(fields=["tenant_id", "case_hash"], name="review_text_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="review_text_percent"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("kept_at")), name="review_text_expires"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_changes", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"text of {self.request_id}"
