"""What every publication has: its content for ever, why, by whom and when."""

import pgtrigger
from django.conf import settings
from django.db import models


class Publication(models.Model):
    """A version of everything of one kind that decides. The newest is in force; none changes."""

    content = models.JSONField(help_text="Everything of it as it was when published.")
    note = models.CharField(max_length=300, help_text="What changed, and why.")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who asked for it, where a second person approved.",
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty when it came with the installation.",
    )
    published_at = models.DateTimeField(help_text="UTC.")

    class Meta:
        abstract = True
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class Proposal(models.Model):
    """A publication that waits for a second person. It is gone when approved or withdrawn."""

    content = models.JSONField(help_text="What would be put into force.")
    note = models.CharField(max_length=300, help_text="What changes, and why.")
    follows = models.BigIntegerField(
        help_text="The version in force when this was proposed. It can replace only that one."
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Somebody else has to approve it.",
    )
    proposed_at = models.DateTimeField(help_text="UTC.")

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Proposal {self.pk}: {self.note}"
