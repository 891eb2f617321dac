"""Trials of a changed rulebook on recent decisions, before it is published."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class WhatIf(models.Model):
    """What a publication of these drafts would have done to recent decisions."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    content = models.JSONField(help_text="The drafts, as a publication would hold them.")
    content_digest = models.CharField(max_length=64, help_text="By which the drafts are known.")
    follows = models.BigIntegerField(help_text="The rulebook version that they were compared with.")
    since = models.DateTimeField(help_text="Decisions from this moment on (UTC).")
    until = models.DateTimeField(help_text="Decisions until before this moment (UTC).")
    limit = models.PositiveIntegerField(help_text="At most so many decisions, the newest first.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    seen = models.PositiveIntegerField(default=0, help_text="Decisions looked at so far.")
    result = models.JSONField(null=True, blank=True, help_text="All figures, once it is done.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it came to nothing.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(help_text="UTC.")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="UTC.")

    class Meta:
        verbose_name = "what-if"
        ordering = ["-id"]
        indexes = [models.Index(fields=["content_digest", "follows"], name="what_if_of_drafts")]
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=models.F("until")), name="what_if_period")
        ]

    def __str__(self) -> str:
        return f"What-if {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
