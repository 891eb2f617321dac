"""Pairs of conditions that deserve attention together: what the rule for comorbidities looks up."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from routerproject.shared.history import keep_history
from routing.icd10 import LONGEST, SHAPE, is_related, normalized

NO_CODE = "This is not shaped like an ICD-10-CM code, such as E11 or G47.33."
RELATED = "One of the codes is the other, or lies below it: every such code would be a pair."
KNOWN = "This pair is in the table already."


class Severity(models.TextChoices):
    """How much attention two conditions deserve together."""

    LOW = "low", "Low"
    MODERATE = "moderate", "Moderate"
    HIGH = "high", "High"


@keep_history()
class ComorbidityPair(models.Model):
    """Two conditions with what to watch; live when the rulebook is published."""

    # The order of characters, whatever the language of the database.
    first = models.CharField(
        max_length=LONGEST,
        db_collation="C",
        verbose_name="first code",
        help_text="ICD-10-CM code or category. It stands for itself and all codes below it.",
    )
    second = models.CharField(
        max_length=LONGEST,
        db_collation="C",
        verbose_name="second code",
        help_text="The other one; which of them comes first does not matter.",
    )
    name = models.CharField(max_length=100, help_text="Both conditions, as people read them.")
    severity = models.CharField(
        max_length=8, choices=Severity, help_text="How much attention the two deserve together."
    )
    watch = models.CharField(
        max_length=300, blank=True, help_text="What a clinician should look at; part of the answer."
    )
    is_published = models.BooleanField(
        default=True, help_text="Goes live with the next publication; off: a draft."
    )

    class Meta:
        ordering = ["first", "second"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="comorbidity_pair_is_unique",
                violation_error_message=KNOWN,
            ),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="comorbidity_order"),
            models.CheckConstraint(
                condition=~Q(second__startswith=F("first")), name="comorbidity_is_of_two"
            ),
            models.CheckConstraint(
                condition=Q(first__regex=f"^{SHAPE}$", second__regex=f"^{SHAPE}$"),
                name="comorbidity_codes",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="comorbidity_severity"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        """Return what names the pair in publications and records."""
        return f"{self.first}+{self.second}"

    def clean(self) -> None:
        """Write both codes as they are kept, in order; refuse what is no code or no pair."""
        codes = {name: normalized(getattr(self, name) or "") for name in ("first", "second")}
        if wrong := {name: NO_CODE for name, code in codes.items() if code is None}:
            raise ValidationError(wrong)
        self.first, self.second = sorted(code for code in codes.values() if code)
        if is_related(self.first, self.second):
            raise ValidationError(RELATED)

    def content(self) -> dict[str, Any]:
        """Return the fields that decide, as a publication keeps them."""
        return {
            "slug": self.slug,
            "first": self.first,
            "second": self.second,
            "name": self.name,
            "severity": self.severity,
            "watch": self.watch,
        }
