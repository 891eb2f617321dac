"""The number that tells every process that an admin changed something."""

from django.db import models
from django.db.models import Q

SINGLE_ROW_ID = 1


class ConfigVersion(models.Model):
    """One row, counted up by the trigger function `bump_config_version()`, never by Python.

    The trigger sits on every table that decides routing, money or protection, so saves, queryset
    updates and plain SQL all count.
    """

    id = models.SmallIntegerField(primary_key=True, default=SINGLE_ROW_ID, editable=False)
    version = models.BigIntegerField(default=0, help_text="Counts edits of any configuration.")
    changed_at = models.DateTimeField(help_text="When the last edit was made, UTC.")

    class Meta:
        verbose_name = "configuration version"
        constraints = [
            models.CheckConstraint(condition=Q(id=SINGLE_ROW_ID), name="config_version_is_single"),
        ]

    def __str__(self) -> str:
        return f"configuration {self.version}"
