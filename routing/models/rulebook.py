"""What admins publish beside task types: rules, and the cost of choosing wrongly."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routerproject.shared.history import count_versions, keep_history
from routing.models.task_types import SLUG_PATTERN


@keep_history()
class Rule(models.Model):
    """When every condition holds, the actions apply; live when the rulebook is published."""

    slug = models.SlugField(max_length=63, unique=True, help_text="Named in reasons and records.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    description = models.TextField(blank=True, help_text="Why this rule exists.")
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the edits of this rule."
    )
    priority = models.PositiveIntegerField(
        default=100, help_text="1 comes first; of each kind of action the first rule wins."
    )
    conditions = models.JSONField(
        default=dict, blank=True, help_text="A JSON object; every condition must hold."
    )
    actions = models.JSONField(
        help_text="A JSON object: tier or model, floor, ceiling; or deny alone."
    )
    is_published = models.BooleanField(
        default=False, help_text="Goes live with the next publication; off: a draft."
    )

    class Meta:
        ordering = ["priority", "slug"]
        permissions = [("explain_request", "Can have a pasted request explained")]
        triggers = [count_versions()]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="rule_slug"),
            models.CheckConstraint(condition=Q(priority__gt=0), name="rule_priority"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what is no JSON object; what it may hold is checked before publication."""
        for field in ("conditions", "actions"):
            if not isinstance(getattr(self, field), dict):
                raise ValidationError({field: "This must be a JSON object."})

    def content(self) -> dict[str, Any]:
        """Return the fields that decide, as a publication keeps them."""
        return {
            "slug": self.slug,
            "version": self.version,
            "priority": self.priority,
            "conditions": self.conditions,
            "actions": self.actions,
        }


@keep_history()
class Loss(models.Model):
    """What it costs to choose one tier when another was needed."""

    needed = models.CharField(max_length=32, help_text="Slug of the tier that was needed.")
    chosen = models.CharField(max_length=32, help_text="Slug of the tier that was chosen.")
    loss = models.DecimalField(
        max_digits=7, decimal_places=3, help_text="0 for the right tier; without a unit."
    )

    class Meta:
        verbose_name_plural = "losses"
        ordering = ["needed", "chosen"]
        constraints = [
            models.UniqueConstraint(fields=["needed", "chosen"], name="loss_pair_is_unique"),
            # PostgreSQL sorts NaN above every number, so the upper bound refuses it.
            models.CheckConstraint(condition=Q(loss__gte=0, loss__lte=1000), name="loss_is_finite"),
        ]

    def __str__(self) -> str:
        return f"{self.chosen} where {self.needed} was needed: {self.loss}"
