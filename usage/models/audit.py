"""The audit trail: one gapless hash chain per tenant."""

from django.db import models


class AuditEntry(models.Model):
    """One link of a tenant's chain. `record` is the canonical JSON that is hashed; a trigger
    refuses every update and delete."""

    id = models.UUIDField(primary_key=True, help_text="UUIDv7.")
    tenant_id = models.BigIntegerField()
    seq = models.BigIntegerField(help_text="1, 2, 3 ... without gaps per tenant.")
    at = models.DateTimeField()
    kind = models.CharField(max_length=48)
    request_id = models.UUIDField(null=True, blank=True)
    actor = models.CharField(max_length=160, blank=True)
    record = models.TextField(help_text="Canonical JSON; never holds prompt text or identifiers.")
    prev_hash = models.BinaryField()
    hash = models.BinaryField(help_text="SHA-256 of prev_hash and record.")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(
                fields=["request_id"],
                name="audit_request",
                condition=models.Q(request_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.seq}"


class AuditHead(models.Model):
    """The end of one tenant's chain, locked by whoever extends it."""

    tenant_id = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=bytes(32))
    signed_seq = models.BigIntegerField(default=0, help_text="Up to here heads were signed.")

    class Meta:
        ordering = ["tenant_id"]

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.seq}"
