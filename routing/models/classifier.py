"""The stage of the classifier that asks a small model: its settings, and what it is shown."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from routerproject.shared.history import keep_history
from routing.types import ClassifierPolicy
from usage.configuration import load_catalog

THE_ONE = 1  # the key of the only row
LONGEST_EXAMPLE = 600


class Complexity(models.TextChoices):
    """What a request needs, in the words that the small model answers with."""

    SIMPLE = "simple", "Simple: the lowest tier is enough"
    MODERATE = "moderate", "Moderate: writing and usual work"
    COMPLEX = "complex", "Complex: several steps of judgment"


@keep_history()
class LlmClassifier(models.Model):
    """When and how a small model is asked about a request that the text leaves in doubt."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    is_enabled = models.BooleanField(
        default=True, help_text="Off: the local stages alone decide, at no cost."
    )
    asks_from = models.FloatField(
        default=0.45, help_text="The lowest confidence that is worth a question, 0 to 1."
    )
    asks_up_to = models.FloatField(
        default=0.75, help_text="The highest confidence that still is in doubt, 0 to 1."
    )
    doubtful_below = models.FloatField(
        default=0.6, help_text="A label of less confidence goes up one, 0 to 1."
    )
    model_id = models.CharField(
        max_length=100, blank=True, help_text="Model to ask; empty: the lowest tier's default."
    )
    timeout_ms = models.PositiveIntegerField(
        default=1_500, help_text="How long an answer is waited for, milliseconds."
    )
    label_ttl_seconds = models.PositiveIntegerField(
        default=86_400, help_text="How long a label is kept for an equal text, seconds; 0: never."
    )
    most_labels = models.PositiveIntegerField(
        default=10_000,
        verbose_name="most labels",
        help_text="Labels kept at once, 1 to 1,000,000; the least used ones beyond make room.",
    )
    speculates = models.BooleanField(
        default=False,
        help_text="The likely tier's call is begun while the question is asked, for interactive"
        " requests. Answers come sooner; a call whose tier the label changes is paid for twice.",
    )
    short_output_tokens = models.PositiveIntegerField(
        default=64,
        help_text="Never asked where the answer may have no more tokens than this: the question"
        " would cost as much as the answer.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "LLM classifier"
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_ONE), name="llm_classifier_is_one"),
            # PostgreSQL sorts NaN above every number, so the upper bounds refuse it.
            models.CheckConstraint(
                condition=Q(asks_from__gte=0, asks_from__lte=F("asks_up_to"), asks_up_to__lte=1),
                name="llm_classifier_band",
            ),
            models.CheckConstraint(
                condition=Q(doubtful_below__gte=0, doubtful_below__lte=1),
                name="llm_classifier_doubt",
            ),
            models.CheckConstraint(
                condition=Q(timeout_ms__gte=100, timeout_ms__lte=30_000),
                name="llm_classifier_timeout",
            ),
            models.CheckConstraint(
                condition=Q(most_labels__gte=1, most_labels__lte=1_000_000),
                name="llm_classifier_labels",
            ),
        ]

    def __str__(self) -> str:
        return "LLM classifier"

    def clean(self) -> None:
        """Refuse a model that does not exist, or is no longer live."""
        model = load_catalog().model(self.model_id) if self.model_id else None
        if self.model_id and (model is None or not model.is_live):
            raise ValidationError({"model_id": "There is no live model of this id."})

    def policy(self, examples: tuple[tuple[str, str], ...]) -> ClassifierPolicy:
        """Return the settings as the path of a request sees them."""
        return ClassifierPolicy(
            is_enabled=self.is_enabled,
            asks_from=self.asks_from,
            asks_up_to=self.asks_up_to,
            doubtful_below=self.doubtful_below,
            model_id=self.model_id,
            timeout_ms=self.timeout_ms,
            label_ttl_seconds=self.label_ttl_seconds,
            most_labels=self.most_labels,
            short_output_tokens=self.short_output_tokens,
            speculates=self.speculates,
            examples=examples,
        )


@keep_history()
class ClassifierExample(models.Model):
    """A request with its label, which the small model is shown with every question."""

    text = models.CharField(
        max_length=LONGEST_EXAMPLE,
        unique=True,
        help_text="The request as somebody would write it, without anything that identifies a"
        " person.",
    )
    label = models.CharField(max_length=8, choices=Complexity, help_text="What it needs.")
    why = models.CharField(
        max_length=200, blank=True, help_text="For other admins; the model does not see it."
    )
    is_shown = models.BooleanField(default=True, help_text="Off: kept, and not shown.")

    class Meta:
        verbose_name = "classifier example"
        ordering = ["label", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(label__in=Complexity.values), name="classifier_example_label"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.text[:60]}"
