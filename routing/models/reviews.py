"""The review queue: decisions drawn for people to judge, what each of them said, and the result."""

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routerproject.shared.history import keep_history
from routing.models.classifier import THE_ONE
from routing.models.evaluation import Needed


class ReviewVerdict(models.TextChoices):
    """What a reader makes of the tier that answered."""

    CORRECT = "correct", "Correct: the lowest tier that is good enough"
    UNDER = "under", "Under: a higher tier was needed"
    OVER = "over", "Over: a lower tier would have done"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class Harm(models.TextChoices):
    """What a tier that was too low would have led to."""

    NONE = "none", "None"
    REWORK = "rework", "Rework: somebody has to do it again"
    DELAY = "delay", "Delay: care would come later"
    SAFETY = "safety", "Safety: a patient may be harmed"


class ReviewState(models.TextChoices):
    WAITING = "waiting", "Waiting for a reader"
    DIFFERS = "differs", "Two readers differ"
    SETTLED = "settled", "Settled"
    LAPSED = "lapsed", "Lapsed: its text was forgotten before it was read"


@keep_history()
class ReviewPlan(models.Model):
    """How many decisions are drawn for readers, and which."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    is_enabled = models.BooleanField(default=True, help_text="Draw decisions once a day.")
    per_draw = models.PositiveSmallIntegerField(
        default=20, help_text="Decisions of one draw, 1 to 500."
    )
    uncertain_percent = models.PositiveSmallIntegerField(
        default=30,
        help_text="Percent of them from the decisions that are in doubt, 0 to 90; the rest comes "
        "at random from each tier and stage.",
    )
    uncertain_below = models.FloatField(
        default=0.6, help_text="A decision of less confidence, 0 to 1, is in doubt."
    )
    double_percent = models.PositiveSmallIntegerField(
        default=15, help_text="Percent of them that a second person reads too, 0 to 100."
    )

    class Meta:
        verbose_name = verbose_name_plural = "review plan"
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_ONE), name="review_plan_is_one"),
            models.CheckConstraint(
                condition=Q(per_draw__gte=1, per_draw__lte=500), name="review_plan_per_draw"
            ),
            models.CheckConstraint(
                condition=Q(uncertain_percent__lte=90, double_percent__lte=100),
                name="review_plan_percents",
            ),
            models.CheckConstraint(
                condition=Q(uncertain_below__gte=0, uncertain_below__lte=1),
                name="review_plan_uncertain",
            ),
        ]

    def __str__(self) -> str:
        return "Review plan"


class ReviewDraw(models.Model):
    """One draw: from which decisions, how many of each tier and stage. Only grows."""

    at = models.DateTimeField(help_text="UTC.")
    since = models.DateTimeField(help_text="Texts kept after this moment were drawn from, UTC.")
    until = models.DateTimeField(help_text="Up to and with this one, UTC.")
    population = models.PositiveIntegerField(help_text="Decisions that could be drawn.")
    in_doubt = models.PositiveIntegerField(help_text="How many of them were in doubt.")
    drawn = models.PositiveIntegerField(help_text="Decisions that were drawn.")
    strata = models.JSONField(help_text="Of each tier and stage: how many there were, how many.")

    class Meta:
        verbose_name = "review draw"
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Draw {self.pk}"


class Label(models.Model):
    """What is said of the tier of one decision."""

    verdict = models.CharField(
        max_length=12, choices=ReviewVerdict, help_text="Of the tier that answered."
    )
    needed = models.CharField(
        max_length=8, choices=Needed, blank=True, help_text="The lowest tier that is good enough."
    )
    harm = models.CharField(
        max_length=8, choices=Harm, default=Harm.NONE, help_text="What too low a tier leads to."
    )

    class Meta:
        abstract = True


class Review(models.Model):
    """One drawn decision: what was decided, how likely it was drawn, and what readers settled."""

    request_id = models.UUIDField(unique=True, help_text="The request in the ledger.")
    tenant_id = models.BigIntegerField(help_text="Whose request it was.")
    draw = models.ForeignKey(
        ReviewDraw, on_delete=models.PROTECT, related_name="reviews", help_text="How it came here."
    )
    decided_at = models.DateTimeField(help_text="UTC.")
    tier = models.CharField(max_length=32, help_text="Who answered.")
    model_id = models.CharField(max_length=128, help_text="With which model.")
    task_type = models.CharField(max_length=64, blank=True, help_text="Empty: none was known.")
    source = models.CharField(max_length=32, help_text="The stage that decided.")
    confidence = models.FloatField(null=True, help_text="As it was stated, 0 to 1.")
    is_patient_facing = models.BooleanField(help_text="A patient reads the answer as it is.")
    variant = models.CharField(
        max_length=140, blank=True, help_text="Experiment and arm, where it was in one."
    )
    propensity = models.FloatField(
        help_text="How likely it was that this decision came here, above 0 to 1; estimates weigh "
        "it by the inverse."
    )
    was_in_doubt = models.BooleanField(help_text="It was one of the decisions in doubt.")
    readers_wanted = models.PositiveSmallIntegerField(help_text="1, or 2 who do not know.")
    state = models.CharField(
        max_length=8,
        choices=ReviewState,
        default=ReviewState.WAITING,
        help_text="Where it stands.",
    )
    verdict = models.CharField(
        max_length=12, choices=ReviewVerdict, blank=True, help_text="As it was settled."
    )
    needed = models.CharField(
        max_length=8, choices=Needed, blank=True, help_text="The lowest tier that is good enough."
    )
    harm = models.CharField(
        max_length=8, choices=Harm, blank=True, help_text="What too low a tier leads to."
    )
    is_adjudicated = models.BooleanField(
        default=False, help_text="Two readers differed, and a third person settled it."
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="UTC.")
    taken_into = models.CharField(
        max_length=63, blank=True, help_text="The evaluation set that took it, by slug."
    )

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("label_review", "Can read drawn requests and judge their tiers"),
            ("adjudicate_review", "Can settle what two readers differ about"),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="review_state"),
            models.Index(fields=["decided_at"], name="review_decided"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(propensity__gt=0, propensity__lte=1), name="review_propensity"
            ),
            models.CheckConstraint(condition=Q(readers_wanted__in=[1, 2]), name="review_readers"),
            models.CheckConstraint(
                condition=Q(state=ReviewState.SETTLED) ^ Q(verdict="", settled_at=None),
                name="review_settled_has_verdict",
            ),
        ]

    def __str__(self) -> str:
        return f"Review {self.pk}"


class ReviewReading(Label):
    """What one person says of one drawn decision. Only grows."""

    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="readings", help_text="Of which decision."
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who says so.",
    )
    is_adjudication = models.BooleanField(
        default=False, help_text="Said to settle what two readers differ about."
    )
    at = models.DateTimeField(help_text="UTC.")

    class Meta:
        verbose_name = "review reading"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "reader"], name="review_is_read_once"),
            models.CheckConstraint(
                condition=Q(needed="") ^ ~Q(verdict=ReviewVerdict.CANNOT_TELL),
                name="review_reading_says_what_was_needed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Reading {self.pk}"


def check_label(*, tier: str, verdict: str, needed: str, harm: str) -> None:
    """Refuse what contradicts itself. Raises ValidationError by field."""
    order = list(Needed.values)
    if verdict == ReviewVerdict.CANNOT_TELL:
        if needed:
            raise ValidationError({"needed": "Nobody can tell, so no tier is named."})
        return
    if needed not in order:
        raise ValidationError({"needed": "Say which tier was needed."})
    gap = order.index(tier) - order.index(needed)
    said = ReviewVerdict.CORRECT if gap == 0 else ReviewVerdict.OVER if gap > 0 else "under"
    if verdict != said:
        raise ValidationError({"needed": f"{tier.capitalize()} answered; this tier does not fit."})
    if verdict != ReviewVerdict.UNDER and harm != Harm.NONE:
        raise ValidationError({"harm": "Only a tier that is too low can do harm."})


class DriftCheck(models.Model):
    """Whether requests of a week lie far from those of the four weeks before. Only grows."""

    at = models.DateTimeField(help_text="UTC.")
    then = models.PositiveIntegerField(help_text="Decisions of the four weeks that were compared.")
    now = models.PositiveIntegerField(help_text="Decisions of the last week that were compared.")
    absent_then = models.FloatField(help_text="Share without a task type in the four weeks, 0-1.")
    absent_now = models.FloatField(help_text="Share without a task type in the last week, 0-1.")
    shifts = models.JSONField(help_text="Population stability index by feature.")
    findings = models.JSONField(help_text="What people should look at, a sentence each.")

    class Meta:
        verbose_name = "drift check"
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Drift check {self.pk}"
