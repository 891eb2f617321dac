"""The keys tokens are derived from, one per case."""

from django.db import models


class CaseKey(models.Model):
    """The wrapped key of one case. Deleting the row makes its tokens meaningless for good."""

    tenant_id = models.BigIntegerField(help_text="Whose case it is.")
    case_hash = models.BinaryField(
        max_length=32, help_text="Keyed hash of the case reference, which is not kept."
    )
    wrapped_key = models.BinaryField(help_text="32 random bytes, sealed with AES-256-GCM.")
    created_at = models.DateTimeField(auto_now_add=True, help_text="UTC.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "case_hash"], name="case_key_is_unique"),
        ]

    def __str__(self) -> str:
        return f"case key {self.pk}"
