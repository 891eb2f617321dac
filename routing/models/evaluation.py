"""Labelled requests of the clinic, the runs over them, and the models that learned from them."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routerproject.shared.history import keep_history
from routing.models.task_types import SLUG_PATTERN


class Purpose(models.TextChoices):
    """What a set is for: what is examined must not be learned."""

    EVALUATION = "evaluation", "Evaluation: models are examined on it"
    TRAINING = "training", "Training: models learn from it"


class Needed(models.TextChoices):
    """The tiers that the local classifier tells apart."""

    HAIKU = "haiku", "Haiku"
    SONNET = "sonnet", "Sonnet"
    OPUS = "opus", "Opus"


@keep_history()
class EvaluationSet(models.Model):
    """A collection of labelled requests."""

    slug = models.SlugField(max_length=63, unique=True, help_text="Named by runs and commands.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    description = models.TextField(blank=True, help_text="Where its requests come from.")
    purpose = models.CharField(
        max_length=12,
        choices=Purpose,
        default=Purpose.EVALUATION,
        help_text="What is examined must not be learned.",
    )
    is_frozen = models.BooleanField(
        default=False,
        help_text="No more changes, for ever. Promotion asks every frozen evaluation set.",
    )

    class Meta:
        verbose_name = "evaluation set"
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN), name="evaluation_set_slug"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="frozen_for_ever",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_frozen=True),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse to freeze what models learn from, or what holds nothing: promotion would ask it in
        vain, for ever."""
        if self.is_frozen and self.purpose == Purpose.TRAINING:
            raise ValidationError({"is_frozen": "Only an evaluation set is frozen."})
        if self.is_frozen and not (self.pk and self.examples.exists()):
            raise ValidationError({"is_frozen": "There is no labelled example in this set yet."})


class LabelledExample(models.Model):
    """One sanitized request, sealed, with the tier that a reader says it needs."""

    id = models.UUIDField(primary_key=True, editable=False)
    evaluation_set = models.ForeignKey(
        EvaluationSet,
        on_delete=models.PROTECT,
        related_name="examples",
        help_text="The set it belongs to.",
    )
    sealed = models.BinaryField(editable=False, help_text="Its sanitized texts, sealed.")
    needed = models.CharField(
        max_length=8, choices=Needed, help_text="The lowest tier that is good enough."
    )
    acceptable = ArrayField(
        models.CharField(max_length=8), help_text="All tiers that are no waste, the needed one too."
    )
    task_type = models.CharField(max_length=63, blank=True, help_text="Slug of its task type.")
    language = models.CharField(max_length=8, default="en", help_text="en, es or another code.")
    is_critical = models.BooleanField(default=False, help_text="A lower tier may harm a patient.")
    request_id = models.UUIDField(
        null=True, blank=True, help_text="The audited request, where there was one."
    )
    labelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who says so.",
    )
    labelled_at = models.DateTimeField(help_text="UTC.")

    class Meta:
        verbose_name = "labelled example"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(needed__in=Needed.values), name="example_needed"),
            models.CheckConstraint(
                condition=Q(acceptable__contained_by=Needed.values), name="example_acceptable"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="not_in_a_frozen_set",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("frozen", "boolean"), ("of_set", "bigint")],
                func="""
                    of_set := CASE WHEN TG_OP = 'INSERT' THEN NEW.evaluation_set_id
                                   ELSE OLD.evaluation_set_id END;
                    SELECT is_frozen INTO frozen FROM routing_evaluationset WHERE id = of_set;
                    IF frozen THEN RAISE EXCEPTION 'the evaluation set is frozen'; END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.needed} ({self.task_type or 'no type'})"


class ClassifierModel(models.Model):
    """One trained model. At most one is live; when none is, the shipped one decides."""

    version = models.CharField(
        max_length=32, unique=True, help_text="Half of the artifact's SHA-256; records name it."
    )
    artifact = models.BinaryField(editable=False, help_text="Weights; no word of any request.")
    card = models.JSONField(help_text="How it was made: data hash, requests, penalty.")
    note = models.CharField(max_length=300, blank=True, help_text="Why it was trained.")
    is_live = models.BooleanField(default=False, help_text="It decides now.")
    was_live_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last came into force, UTC."
    )
    created_at = models.DateTimeField(help_text="UTC.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty when a schedule trained it.",
    )

    class Meta:
        verbose_name = "classifier model"
        ordering = ["-created_at"]
        permissions = [("promote_classifier", "Can put a classifier model into force")]
        constraints = [
            models.UniqueConstraint(
                fields=["is_live"], condition=Q(is_live=True), name="one_live_classifier"
            ),
        ]

    def __str__(self) -> str:
        return f"Model {self.version[:8]}"


class EvaluationRun(models.Model):
    """What one model did on one set. Only grows."""

    subject = models.CharField(max_length=80, help_text="The set, or a share of the product's own.")
    model_version = models.CharField(max_length=32, blank=True, help_text="Empty: the rules alone.")
    how = models.CharField(max_length=8, help_text="The task type was absent, given or wrong.")
    data_sha256 = models.CharField(max_length=64, help_text="Of the labelled requests.")
    figures = models.JSONField(help_text="Shares with 95 % intervals, confusion, calibration.")
    comparison = models.JSONField(
        null=True, blank=True, help_text="Against the model in force, pair by pair."
    )
    at = models.DateTimeField(help_text="UTC.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty when a command or a schedule ran it.",
    )

    class Meta:
        verbose_name = "evaluation run"
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.subject}"

    def share(self, name: str) -> dict[str, Any]:
        """Return one share with its interval."""
        found: dict[str, Any] = self.figures[name]
        return found
