"""Bills that are too large to be compared while a page waits, until the worker has read them."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class BillUpload(models.Model):
    """A provider's usage report that somebody sent, and how far the worker is with it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused"

    month = models.DateField(help_text="Its first day, UTC.")
    provider = models.CharField(max_length=63, help_text="The provider's slug.")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField(default=0, help_text="Read so far.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it was refused.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(help_text="UTC.")
    bill = models.ForeignKey(
        "usage.Bill", on_delete=models.PROTECT, null=True, related_name="+"
    )  # what came of it

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["month"],
                condition=Q(state__in=["waiting", "running"]),
                name="upload_is_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.month:%Y-%m}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)


class BillUploadPart(models.Model):
    """A piece of a report, so that web process and worker need no folder in common."""

    upload = models.ForeignKey(BillUpload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="upload_part_is_unique")
        ]

    def __str__(self) -> str:
        return f"part {self.number}"
