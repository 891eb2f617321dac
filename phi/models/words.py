"""What one clinic's texts hold beside the identifiers everybody has."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from phi.detect.registry import CATEGORIES
from routerproject.shared.history import count_versions, keep_history

LONGEST_PATTERN = 500
LONGEST_EXAMPLE = 200


@keep_history()
class CustomRecognizer(models.Model):
    """An identifier of a clinic's own: a pattern, and what shows that it is right."""

    slug = models.SlugField(
        max_length=63, help_text="Short name in lower case; findings name it as custom:NAME."
    )
    tenant = models.SlugField(
        max_length=63, blank=True, default="", help_text="Tenant slug; empty: every tenant."
    )
    category = models.CharField(
        max_length=32, help_text="What it finds, as one of the categories of Safe Harbor."
    )
    pattern = models.CharField(
        max_length=LONGEST_PATTERN,
        help_text="RE2, ASCII. With a group in parentheses, the group alone is the identifier. "
        "Repetitions need an upper bound: {1,20} in place of + or *. (?i) at the start ignores "
        "case.",
    )
    context = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="One per line. With any of them, a match counts only where one of these words "
        "stands in the 48 characters before it.",
    )
    examples = ArrayField(
        models.CharField(max_length=LONGEST_EXAMPLE),
        default=list,
        help_text="One text per line in which the identifier must be found. Made-up values only, "
        "never a real one.",
    )
    counterexamples = ArrayField(
        models.CharField(max_length=LONGEST_EXAMPLE),
        default=list,
        blank=True,
        help_text="One text per line in which nothing may be found. Made-up values only.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Switch off to leave it out of the next publication."
    )
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the edits of this recognizer."
    )

    class Meta:
        triggers = [count_versions()]
        verbose_name = "custom recognizer"
        ordering = ["tenant", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="custom_recognizer_is_unique"),
            models.CheckConstraint(
                condition=Q(category__in=CATEGORIES), name="custom_recognizer_category"
            ),
            models.CheckConstraint(condition=~Q(pattern=""), name="custom_recognizer_pattern"),
        ]

    def __str__(self) -> str:
        return self.slug


@keep_history()
class AllowedPhrase(models.Model):
    """Words that are no identifier in the texts of a clinic, such as its own name."""

    tenant = models.SlugField(
        max_length=63, blank=True, default="", help_text="Tenant slug; empty: every tenant."
    )
    phrase = models.CharField(
        max_length=200,
        help_text="A word or phrase; case does not matter. What is found inside of it is left as "
        "it is, but for identifiers of the request's own patients.",
    )
    reason = models.CharField(
        max_length=200, blank=True, default="", help_text="Why it identifies nobody."
    )

    class Meta:
        verbose_name = "allowed phrase"
        ordering = ["tenant", "phrase"]
        constraints = [
            models.UniqueConstraint("tenant", Lower("phrase"), name="allowed_phrase_is_unique"),
            models.CheckConstraint(condition=~Q(phrase=""), name="allowed_phrase_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.phrase
