"""What admins decide for each kind of task."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from routerproject.shared.history import count_versions, keep_history
from routing.models.soundness import flaws_of
from routing.types import TaskTypePolicy
from usage.configuration import load_catalog

SLUG_PATTERN = "^[a-z0-9][a-z0-9_-]*$"


class Urgency(models.TextChoices):
    """How soon somebody needs the answer."""

    REAL_TIME = "real_time", "Real time: somebody waits at the point of care"
    INTERACTIVE = "interactive", "Interactive"
    BACKGROUND = "background", "Background: may be batched"


class Thinking(models.TextChoices):
    """How much a model may think before it writes."""

    OFF = "off", "Off"
    ADAPTIVE = "adaptive", "Adaptive: the model decides"
    EXTENDED = "extended", "Extended: up to a budget"


class Effort(models.TextChoices):
    """How much work an adaptive model puts in."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    MAX = "max", "Maximal"


class PromptCache(models.TextChoices):
    """How long a provider keeps what equal requests begin with."""

    OFF = "off", "Off: only what the caller marks"
    FIVE_MINUTES = "5m", "5 minutes: writing costs a quarter more, reading a tenth"
    ONE_HOUR = "1h", "1 hour: writing costs twice as much, reading a tenth"


class Escalation(models.TextChoices):
    """What happens after a poor answer."""

    OFF = "off", "Off"
    ONE_TIER = "one_tier", "One tier up"
    TWO_TIERS = "two_tiers", "Up to two tiers up"


@keep_history()
class TaskType(models.Model):
    """What an admin decided for one kind of task; live when the rulebook is published."""

    slug = models.SlugField(max_length=63, unique=True, help_text="What callers send as task_type.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    description = models.TextField(blank=True, help_text="What the task is, and why this tier.")
    category = models.CharField(
        max_length=32, help_text="Groups task types in reports, such as clinical or code."
    )
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the edits of this task type."
    )
    is_enabled = models.BooleanField(
        default=True, help_text="Switch off to refuse requests with this task type."
    )
    tier = models.CharField(
        max_length=32, help_text="Slug of the tier that answers; rule: no model, at $0."
    )
    primary_model = models.CharField(
        max_length=100, blank=True, help_text="Model id to prefer; empty: the tier's default."
    )
    real_time_tier = models.CharField(
        max_length=32, blank=True, help_text="Tier for real_time requests; empty: the same."
    )
    floor = models.CharField(
        max_length=32, blank=True, help_text="Tier below which nothing may answer; empty: none."
    )
    ceiling = models.CharField(
        max_length=32, blank=True, help_text="Tier above which nothing answers; empty: none."
    )
    fallback = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Tiers or model ids tried in this order after a failure, comma separated.",
    )
    escalation = models.CharField(
        max_length=16,
        choices=Escalation,
        default=Escalation.ONE_TIER,
        help_text="What happens after a poor answer.",
    )
    escalate_below = models.FloatField(
        default=0.5,
        help_text="An answer with a lower score, 0 to 1, is poor; 0: none is.",
    )
    checks_numbers = models.BooleanField(
        default=False,
        help_text="A figure that the request does not have is a flaw: for summaries and extracts.",
    )
    may_flag_unfit = models.BooleanField(
        default=False,
        help_text="The model is told that it may call itself unfit; a higher tier answers then.",
    )
    judge_share = models.FloatField(
        default=0.0,
        help_text="Share of the answers, 0 to 1, that a model one tier up marks; each is a call"
        " more. 0: none.",
    )
    judge_below = models.FloatField(
        default=0.5, help_text="A marked answer with a lower score, 0 to 1, is poor."
    )
    judge_in_line = models.BooleanField(
        default=False,
        help_text="The answer waits for its marks, and a poor one is asked for again one tier up."
        " Off: marks are for the figures alone.",
    )
    is_clinical = models.BooleanField(default=False, help_text="Touches the care of a patient.")
    is_code = models.BooleanField(
        default=False, help_text="About source code; doubtful identifiers are left alone."
    )
    is_critical = models.BooleanField(
        default=False, help_text="A poor answer can harm; the text never lowers its tier."
    )
    is_patient_facing = models.BooleanField(
        default=False, help_text="A person outside the clinic reads the answer as it is."
    )
    default_urgency = models.CharField(
        max_length=16,
        choices=Urgency,
        default=Urgency.INTERACTIVE,
        help_text="For requests that do not say.",
    )
    slo_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="Target for the whole answer at p95, milliseconds."
    )
    max_output_tokens = models.PositiveIntegerField(
        default=1024, help_text="The most an answer may have, tokens, unless the request says."
    )
    cache_ttl_seconds = models.PositiveIntegerField(
        default=0, help_text="How long an equal request gets the same answer, seconds; 0: never."
    )
    output_ceiling_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="No request gets more, tokens; empty: the model's limit."
    )
    prompt_cache = models.CharField(
        max_length=3,
        choices=PromptCache,
        default=PromptCache.FIVE_MINUTES,
        help_text="For tools, system prompt and earlier turns, where the caller marks nothing.",
    )
    thinking = models.CharField(
        max_length=8, choices=Thinking, default=Thinking.OFF, help_text="Thinking before writing."
    )
    thinking_budget_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="Extended thinking at most, tokens; at least 1,024."
    )
    thinking_ceiling_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="A request's own thinking budget is lowered to this, tokens; at least 1,024.",
    )
    effort = models.CharField(
        max_length=8, choices=Effort, blank=True, help_text="For adaptive models; empty: theirs."
    )
    expected_cost_usd = models.DecimalField(
        max_digits=10,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="What one request should cost, USD; far more raises an alert.",
    )

    class Meta:
        ordering = ["category", "slug"]
        triggers = [count_versions()]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="task_type_slug"),
            models.CheckConstraint(
                condition=Q(max_output_tokens__gt=0), name="task_type_output_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(default_urgency__in=Urgency.values)
                & Q(thinking__in=Thinking.values)
                & Q(escalation__in=Escalation.values)
                & Q(effort__in=["", *Effort.values]),
                name="task_type_choices_are_known",
            ),
            models.CheckConstraint(
                condition=Q(prompt_cache__in=PromptCache.values), name="task_type_prompt_cache"
            ),
            models.CheckConstraint(
                condition=Q(output_ceiling_tokens=None)
                | Q(output_ceiling_tokens__gte=F("max_output_tokens")),
                name="task_type_output_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(thinking_ceiling_tokens=None) | Q(thinking_ceiling_tokens__gte=1024),
                name="task_type_thinking_ceiling",
            ),
            models.CheckConstraint(
                condition=~Q(thinking=Thinking.EXTENDED)
                | Q(
                    thinking_budget_tokens__isnull=False,
                    thinking_budget_tokens__gte=1024,
                    thinking_budget_tokens__lt=F("max_output_tokens"),
                ),
                name="task_type_thinking_fits",
            ),
            models.CheckConstraint(
                condition=Q(escalate_below__gte=0, escalate_below__lte=1),
                name="task_type_threshold",
            ),
            models.CheckConstraint(
                condition=Q(judge_share__gte=0, judge_share__lte=1)
                & Q(judge_below__gte=0, judge_below__lte=1),
                name="task_type_judge",
            ),
            models.CheckConstraint(
                condition=Q(expected_cost_usd__gte=0, expected_cost_usd__lte=Decimal(1000)),
                name="task_type_cost_is_finite",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse tiers, models and chains that the catalog cannot serve."""
        if flaws := flaws_of(self.policy(), load_catalog()):
            raise ValidationError(flaws)

    def policy(self) -> TaskTypePolicy:
        """Return the decision as the path of a request sees it."""
        return TaskTypePolicy(**self.content())

    def content(self) -> dict[str, Any]:
        """Return the fields that decide, as a publication keeps them."""
        cost = self.expected_cost_usd
        return {
            "slug": self.slug,
            "name": self.name,
            "version": self.version,
            "tier": self.tier,
            "floor": self.floor or None,
            "ceiling": self.ceiling or None,
            "is_enabled": self.is_enabled,
            "is_clinical": self.is_clinical,
            "is_code": self.is_code,
            "is_critical": self.is_critical,
            "is_patient_facing": self.is_patient_facing,
            "max_output_tokens": self.max_output_tokens,
            "cache_ttl_seconds": self.cache_ttl_seconds,
            "output_ceiling_tokens": self.output_ceiling_tokens,
            "prompt_cache": self.prompt_cache,
            "default_urgency": self.default_urgency,
            "slo_ms": self.slo_ms,
            "thinking": self.thinking,
            "thinking_budget_tokens": self.thinking_budget_tokens,
            "thinking_ceiling_tokens": self.thinking_ceiling_tokens,
            "effort": self.effort or None,
            "escalation": self.escalation,
            "escalate_below": self.escalate_below,
            "checks_numbers": self.checks_numbers,
            "may_flag_unfit": self.may_flag_unfit,
            "judge_share": self.judge_share,
            "judge_below": self.judge_below,
            "judge_in_line": self.judge_in_line,
            "fallback": tuple(self.fallback),
            "real_time_tier": self.real_time_tier or None,
            "expected_cost_usd": None if cost is None else str(cost),
            "primary_model": self.primary_model or None,
        }
