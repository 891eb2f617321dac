"""Budgets and what has been spent of them."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from routerproject.shared.history import keep_history


class BudgetPeriodKind(models.TextChoices):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


@keep_history()
class Budget(models.Model):
    """A hard cap on what one scope may spend in one period, in the clinic's time zone."""

    name = models.CharField(max_length=100)
    tenant = models.ForeignKey(
        "usage.Tenant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
        help_text="Empty: the whole installation.",
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
    is_active = models.BooleanField(default=True, help_text="Off: spending is not limited by it.")

    class Meta:
        ordering = ["tenant_id", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(cap_nano_usd__gt=0), name="budget_cap_is_positive"),
            models.UniqueConstraint(
                fields=["tenant", "name"], nulls_distinct=False, name="budget_name_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BudgetPeriod(models.Model):
    """What one budget has spent, holds and does not know in one period; derivable from entries."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty for a total budget.")
    posted_nano_usd = models.BigIntegerField(default=0, help_text="Spent, in nano-USD.")
    held_nano_usd = models.BigIntegerField(default=0, help_text="Worst case of calls in flight.")
    unknown_nano_usd = models.BigIntegerField(
        default=0, help_text="Worst case of calls whose outcome is not known."
    )

    class Meta:
        ordering = ["-starts_at", "budget_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "starts_at"], name="budget_period_starts_once"
            ),
            models.CheckConstraint(
                condition=Q(posted_nano_usd__gte=0)
                & Q(held_nano_usd__gte=0)
                & Q(unknown_nano_usd__gte=0),
                name="budget_period_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="budget_period_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget} from {self.starts_at:%Y-%m-%d %H:%M}"
