"""Budgets and what has been spent of them."""

from datetime import datetime
from zoneinfo import available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from routerproject.shared.history import keep_history
from usage.models.accounts import SLUG_PATTERN


class BudgetPeriodKind(models.TextChoices):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


class AtCap(models.TextChoices):
    """What becomes of calls when a budget is nearly used up."""

    BLOCK = "block", "Refuse what does not fit"
    STEP_DOWN = "step_down", "A lower tier, within the floor"
    BATCH = "batch", "Batch work only"


class BudgetEach(models.TextChoices):
    """Whether everybody in scope shares one cap, or each has one of the same size."""

    NOBODY = "", "All together"
    USER = "user", "Each user"
    JOURNEY = "journey", "Each patient journey (case)"


@keep_history()
class Budget(models.Model):
    """A hard cap on what one scope may spend in one period, in the clinic's time zone.

    A call falls under it when all that is filled in of the scope is true of the call.
    """

    SCOPE = ("tenant", "client", "tier", "model")  # the rows that its scope names

    name = models.CharField(max_length=100)
    tenant = models.ForeignKey(
        "usage.Tenant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
        help_text="Empty: the whole installation.",
    )
    client = models.ForeignKey(
        "usage.Client",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="budgets",
        help_text="Empty: all clients. A client's budget belongs to its tenant.",
    )
    task_type = models.CharField(
        max_length=64,
        blank=True,
        validators=[RegexValidator(SLUG_PATTERN)],
        help_text="A task type's slug; empty: all.",
    )
    tier = models.ForeignKey(
        "usage.Tier",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Calls of this tier; empty: all.",
    )
    model = models.ForeignKey(
        "usage.ModelCard",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Calls of this model; empty: all.",
    )
    user = models.CharField(
        max_length=128, blank=True, help_text="The user as the PMS names them; empty: all."
    )
    case_hash = models.BinaryField(
        null=True, blank=True, editable=False, help_text="Keyed hash of one journey's case id."
    )
    each = models.CharField(
        "a cap for",
        max_length=8,
        choices=BudgetEach,
        blank=True,
        default=BudgetEach.NOBODY,
        help_text="Whether all share the cap or each has one. Calls that name none share one.",
    )
    period = models.CharField(
        max_length=8, choices=BudgetPeriodKind, default=BudgetPeriodKind.MONTH
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        help_text="IANA name, such as America/New_York. Empty: the tenant's, else UTC.",
    )
    cap_nano_usd = models.BigIntegerField(
        "cap",
        validators=[MinValueValidator(1)],
        help_text="Hard cap per period, in nano-USD (1e-9 USD); what might pass it is refused.",
    )
    soft_percents = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        verbose_name="soft thresholds",
        help_text="Shares of the cap in percent, comma separated; passing one is recorded once.",
    )
    at_cap = models.CharField(
        "near the cap",
        max_length=9,
        choices=AtCap,
        default=AtCap.BLOCK,
        help_text="What becomes of calls from the share below on. The cap itself always holds.",
    )
    act_at_percent = models.PositiveSmallIntegerField(
        "from", default=90, help_text="Share of the cap from which on that is done, percent."
    )
    reserve_percent = models.PositiveSmallIntegerField(
        "reserve",
        default=0,
        help_text="Share of the cap that only real-time (point-of-care) work may use, percent.",
    )
    roll_over_percent = models.PositiveSmallIntegerField(
        "roll-over",
        default=0,
        help_text="What a period leaves unused goes to the next, up to this share of the cap, "
        "percent; 0: nothing does.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: spending is not limited by it.")

    class Meta:
        ordering = ["tenant_id", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(cap_nano_usd__gt=0), name="budget_cap_is_positive"),
            models.UniqueConstraint(
                fields=["tenant", "name"], nulls_distinct=False, name="budget_name_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=True) | Q(tenant__isnull=False),
                name="budget_of_client_has_tenant",
            ),
            models.CheckConstraint(
                condition=Q(soft_percents__contained_by=list(range(1, 101))),
                name="budget_soft_percents",
            ),
            models.CheckConstraint(condition=Q(at_cap__in=AtCap.values), name="budget_at_cap"),
            models.CheckConstraint(
                condition=Q(act_at_percent__gte=1, act_at_percent__lte=100),
                name="budget_act_at_percent",
            ),
            models.CheckConstraint(
                condition=Q(reserve_percent__lte=90), name="budget_reserve_leaves_something"
            ),
            models.CheckConstraint(
                condition=Q(roll_over_percent__lte=100), name="budget_roll_over_is_a_share"
            ),
            models.CheckConstraint(condition=Q(each__in=BudgetEach.values), name="budget_each"),
            models.CheckConstraint(
                condition=Q(period__in=BudgetPeriodKind.values), name="budget_period_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_text(self) -> str:
        """Return in words what falls under it. Needs tenant, client, tier and model."""
        parts = [
            self.tenant.name if self.tenant else "Installation",
            f"client {self.client.slug}" if self.client else "",
            f"task type {self.task_type}" if self.task_type else "",
            f"tier {self.tier.slug}" if self.tier else "",
            f"model {self.model.model_id}" if self.model else "",
            f"user {self.user}" if self.user else "",
            "one journey" if self.case_hash else "",
            self.get_each_display().lower() if self.each else "",
        ]
        return ", ".join(filter(None, parts))

    def clean(self) -> None:
        """Refuse scopes that no call can be in, and clocks that do not exist."""
        if self.time_zone and self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": f"{self.time_zone} is not an IANA time zone."})
        if self.client and self.client.tenant_id != self.tenant_id:
            raise ValidationError({"client": "This client belongs to another tenant."})
        if self.model and self.tier and self.model.tier_id != self.tier_id:
            raise ValidationError({"model": "This model is of another tier, so nothing counts."})
        if wrong := _out_of_bounds(self):
            raise ValidationError(wrong)


# The least and the most percent of each share, as the constraints have them.
_SHARES = {"act_at_percent": (1, 100), "reserve_percent": (0, 90), "roll_over_percent": (0, 100)}


def _out_of_bounds(budget: Budget) -> dict[str, str]:
    """Return a sentence for each share that no budget can have, by its field."""
    wrong = {
        name: f"From {least} to {most} percent of the cap."
        for name, (least, most) in _SHARES.items()
        if not least <= (getattr(budget, name) or 0) <= most
    }
    if not all(1 <= each <= 100 for each in budget.soft_percents or ()):
        wrong["soft_percents"] = "Each threshold is from 1 to 100 percent of the cap."
    return wrong


USED = F("posted_nano_usd") + F("held_nano_usd") + F("unknown_nano_usd")


class BudgetPeriodQuerySet(models.QuerySet["BudgetPeriod"]):
    def running(self, now: datetime) -> "BudgetPeriodQuerySet":
        """Return the periods that a moment lies in."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)

    def fullest_first(self) -> "BudgetPeriodQuerySet":
        return self.order_by(USED.desc(), "id")

    def fullest(self, now: datetime) -> "BudgetPeriodQuerySet":
        """Return of each budget the running period that most is used of.

        Where each user or journey has a cap there may be a million others, which stay where they
        are.
        """
        running = self.model.objects.running(now).filter(budget=OuterRef("pk")).fullest_first()
        budgets = Budget.objects.order_by().annotate(fullest=Subquery(running.values("pk")[:1]))
        return self.filter(pk__in=budgets.values("fullest"))


class BudgetPeriod(models.Model):
    """What one budget has spent, holds and does not know in one period; derivable from entries."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods")
    subject = models.BinaryField(
        default=b"", help_text="Keyed hash of whose it is, when each has a cap of their own."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty for a total budget.")
    carried_nano_usd = models.BigIntegerField(
        default=0, help_text="Left by the period before, beside the cap, in nano-USD."
    )
    posted_nano_usd = models.BigIntegerField(default=0, help_text="Spent, in nano-USD.")
    held_nano_usd = models.BigIntegerField(default=0, help_text="Worst case of calls in flight.")
    unknown_nano_usd = models.BigIntegerField(
        default=0, help_text="Worst case of calls whose outcome is not known."
    )
    refusals = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="Calls refused for good, and not only until others have ended.",
    )
    used_at_refusal_nano_usd = models.BigIntegerField(
        null=True, blank=True, help_text="What was used when the first of them came, in nano-USD."
    )

    objects = BudgetPeriodQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "budget_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "subject", "starts_at"], name="budget_period_starts_once"
            ),
            models.CheckConstraint(
                condition=Q(posted_nano_usd__gte=0)
                & Q(held_nano_usd__gte=0)
                & Q(unknown_nano_usd__gte=0)
                & Q(carried_nano_usd__gte=0),
                name="budget_period_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="budget_period_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget} from {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def used_nano_usd(self) -> int:
        """Return what counts against the cap: spent, held and not known."""
        return self.posted_nano_usd + self.held_nano_usd + self.unknown_nano_usd

    @property
    def cap_nano_usd(self) -> int:
        """Return what may be spent: the cap, and what the period before left over."""
        return self.budget.cap_nano_usd + self.carried_nano_usd


class BudgetCrossing(models.Model):
    """The moment at which a period's spending was seen to have passed a soft threshold; once."""

    period = models.ForeignKey(BudgetPeriod, on_delete=models.PROTECT, related_name="crossings")
    percent = models.PositiveSmallIntegerField(help_text="The threshold, percent of the cap.")
    used_nano_usd = models.BigIntegerField(help_text="Spent, held and unknown then, in nano-USD.")
    cap_nano_usd = models.BigIntegerField(help_text="The cap then, carried money included.")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "percent"], name="budget_crossing_is_recorded_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.percent} %"
