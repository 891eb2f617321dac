"""Files that are made in the background for one person, and are gone after a day."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class ExportKind(models.TextChoices):
    REQUESTS_CSV = "requests-csv", "Requests (CSV)"
    REQUESTS_XLSX = "requests-xlsx", "Requests (XLSX)"
    REPORT_XLSX = "report-xlsx", "Cost report (XLSX)"
    COST_LOG = "cost-log", "Cost log (COST_LOG.md)"
    STATEMENT = "statement-pdf", "Statement (PDF)"


class Export(models.Model):
    """A file that somebody asked for. Only its owner gets it, and only until it expires."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=ExportKind)
    filters = models.CharField(max_length=500, blank=True, help_text="As in the page's address.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    lines = models.PositiveIntegerField(default=0, help_text="Written so far.")
    all_lines = models.PositiveIntegerField(default=0, help_text="To be written; 0: not known.")
    size_bytes = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True, help_text="Why it came to nothing.")
    asked_at = models.DateTimeField(help_text="UTC.")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="UTC.")
    expires_at = models.DateTimeField(help_text="UTC; then the file is deleted.")

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["expires_at"], name="export_expiry")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="export_expires")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)


class ExportPart(models.Model):
    """A piece of a file, so that worker and web process need no folder in common."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="export_part_is_unique")
        ]

    def __str__(self) -> str:
        return f"part {self.number}"
