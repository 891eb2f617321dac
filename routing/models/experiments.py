"""A/B splits that admins publish beside task types and rules."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routerproject.shared.history import count_versions, keep_history
from routing.models.task_types import SLUG_PATTERN


class StickyBy(models.TextChoices):
    """What always gets the same arm."""

    CONVERSATION = "conversation", "Conversation: case, session, user id or first message"
    CLIENT = "client", "Client: all requests of a program"


ARM = {"name", "target", "percent"}


@keep_history()
class Experiment(models.Model):
    """Deals the requests of one task type or rule to arms; live when the rulebook is published."""

    slug = models.SlugField(max_length=63, unique=True, help_text="Named in reasons and records.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    description = models.TextField(blank=True, help_text="What is tried, and what decides it.")
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the edits of this experiment."
    )
    task_type = models.CharField(
        max_length=63, blank=True, help_text="Slug of the task type whose requests it deals."
    )
    rule = models.CharField(
        max_length=63, blank=True, help_text="Or slug of the rule whose requests it deals."
    )
    sticky_by = models.CharField(
        max_length=16,
        choices=StickyBy,
        default=StickyBy.CONVERSATION,
        help_text="What always gets the same arm.",
    )
    seed = models.CharField(
        max_length=63, blank=True, help_text="Any word; another one deals all arms anew."
    )
    variants = models.JSONField(
        default=list,
        help_text="The arms: name, target (a tier or a model id) and percent; 100 in all.",
    )
    is_published = models.BooleanField(
        default=False, help_text="Goes live with the next publication; off: a draft."
    )

    class Meta:
        ordering = ["slug"]
        triggers = [count_versions()]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="experiment_slug"),
            models.CheckConstraint(
                condition=Q(task_type="") ^ Q(rule=""), name="experiment_has_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(sticky_by__in=StickyBy.values), name="experiment_sticky_by"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what has no subject or no arms; the rest is checked before publication."""
        if bool(self.task_type) == bool(self.rule):
            raise ValidationError("Name a task type or a rule, not both.")
        if not isinstance(self.variants, list):
            raise ValidationError({"variants": "This must be a list."})
        if not all(isinstance(arm, dict) and arm.keys() == ARM for arm in self.variants):
            raise ValidationError({"variants": "Each arm has a name, a target and a percent."})

    def content(self) -> dict[str, Any]:
        """Return the fields that decide, as a publication keeps them."""
        return {
            "slug": self.slug,
            "version": self.version,
            "task_type": self.task_type or None,
            "rule": self.rule or None,
            "sticky_by": self.sticky_by,
            "seed": self.seed,
            "variants": self.variants,
        }
