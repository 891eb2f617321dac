"""Alerts: what is watched, what was seen, and whom it was sent to."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from routerproject.shared import references
from routerproject.shared.history import keep_history
from routerproject.shared.references import RefusedReference
from usage.models.accounts import SLUG_PATTERN

MOST = 1_000_000_000


class AlertKind(models.TextChoices):
    """What is watched; the threshold is in the unit that the name ends with."""

    SPEND = "spend", "Spend (USD)"
    BUDGET = "budget", "Budget used (percent of the cap)"
    FORECAST = "forecast", "Budget runs out early (percent used at least)"
    JOURNEY = "journey", "Cost of one patient journey (USD)"
    FALLBACK = "fallback", "Requests that fell back (percent)"
    FAILURE = "failure", "Requests that failed (percent)"
    LATENCY = "latency", "Average latency (ms)"
    LATENCY_P95 = "latency_p95", "Latency p95 (ms)"
    INPUT = "input", "Input of one call, on average (tokens)"
    THINKING = "thinking", "Thinking (percent of the output)"
    THINKING_SPIKE = "thinking_spike", "Thinking above the week before (percent more)"
    CACHE = "cache", "Kept answers, fewer than (percent)"
    RETIREMENT = "retirement", "Models to be replaced (days left at most)"
    TEST = "test", "Test"


class AlertPeriod(models.TextChoices):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@keep_history()
class AlertRule(models.Model):
    """One thing that is watched in one scope; told once per period and threshold."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(
        max_length=16, choices=[each for each in AlertKind.choices if each[0] != AlertKind.TEST]
    )
    threshold = models.DecimalField(
        max_digits=19,
        decimal_places=9,
        validators=[MinValueValidator(0), MaxValueValidator(MOST)],
        help_text="In the unit of the kind; told when it is passed.",
    )
    period = models.CharField(
        max_length=8,
        choices=AlertPeriod,
        default=AlertPeriod.DAY,
        help_text="What is looked at, on the tenant's clock. Budgets have periods of their own.",
    )
    tenant = models.ForeignKey(
        "usage.Tenant", on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Empty: the whole installation.",
    )  # fmt: skip
    client = models.ForeignKey(
        "usage.Client", on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Empty: all clients.",
    )  # fmt: skip
    task_type = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(SLUG_PATTERN)],
        help_text="A task type's slug; empty: all.",
    )  # fmt: skip
    tier = models.ForeignKey(
        "usage.Tier", on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Requests this tier answered; empty: all.",
    )  # fmt: skip
    least_requests = models.PositiveIntegerField(
        default=20,
        help_text="Averages and shares of fewer requests in the period tell nothing.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: it is not watched.")
    snoozed_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then alerts are written down and not sent."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold__gte=0, threshold__lte=MOST), name="alert_threshold_is_sane"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_text(self) -> str:
        """Return in words what is watched. Needs tenant, client and tier."""
        parts = [
            self.tenant.slug if self.tenant else "installation",
            f"client {self.client.slug}" if self.client else "",
            f"task type {self.task_type}" if self.task_type else "",
            f"tier {self.tier.slug}" if self.tier else "",
        ]
        return ", ".join(filter(None, parts))

    def clean(self) -> None:
        """Refuse scopes that nothing can be in."""
        if self.client and self.client.tenant_id != self.tenant_id:
            raise ValidationError({"client": "This client belongs to another tenant."})
        is_of_budgets = self.kind in (AlertKind.BUDGET, AlertKind.FORECAST)
        if is_of_budgets and (self.client or self.task_type or self.tier):
            raise ValidationError(
                "Budgets are watched by tenant alone: they have scopes of their own."
            )
        has_scope = self.tenant or self.client or self.task_type or self.tier
        if self.kind == AlertKind.RETIREMENT and has_scope:
            raise ValidationError("Models are the whole installation's: leave the scope empty.")

    def is_snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now


class SinkKind(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Signed webhook"


@keep_history()
class AlertSink(models.Model):
    """Somewhere that alerts are sent to."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=SinkKind)
    tenant = models.ForeignKey(
        "usage.Tenant", on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Whose alerts are sent there; empty: all.",
    )  # fmt: skip
    recipients = ArrayField(
        models.EmailField(), default=list, blank=True, size=20,
        help_text="Addresses of an e-mail, comma separated.",
    )  # fmt: skip
    address_ref = models.CharField(
        "address", max_length=200, blank=True,
        help_text="Where the webhook's URL is: env:NAME or file:/PATH, never the URL itself.",
    )  # fmt: skip
    secret_ref = models.CharField(
        "secret", max_length=200, blank=True,
        help_text="Where the secret is that signs: env:NAME or file:/PATH.",
    )  # fmt: skip
    is_active = models.BooleanField(default=True, help_text="Off: nothing is sent there.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a sink that nothing could be sent to."""
        if self.kind == SinkKind.EMAIL and not self.recipients:
            raise ValidationError({"recipients": "An e-mail needs an address."})
        if self.kind == SinkKind.WEBHOOK:
            for name in ("address_ref", "secret_ref"):
                self._check_reference(name, getattr(self, name))

    def _check_reference(self, name: str, reference: str) -> None:
        if not reference.startswith(("env:", "file:")):
            raise ValidationError({name: "A webhook needs a reference: env:NAME or file:/PATH."})
        try:
            references.check(reference)
        except RefusedReference as refused:
            raise ValidationError({name: str(refused)}) from refused


class Alert(models.Model):
    """A threshold that was seen to be passed; once per rule, subject, period and threshold."""

    key = models.CharField(
        max_length=160, unique=True, help_text="Rule, subject, period and threshold."
    )
    rule = models.ForeignKey(AlertRule, on_delete=models.SET_NULL, null=True, related_name="alerts")
    kind = models.CharField(max_length=16, choices=AlertKind)
    tenant_id = models.BigIntegerField(null=True, help_text="Empty: the whole installation.")
    text = models.CharField(max_length=400, help_text="What is said; holds no identifier.")
    scope = models.CharField(max_length=300)
    value = models.DecimalField(max_digits=28, decimal_places=9, help_text="What was seen.")
    threshold = models.DecimalField(max_digits=19, decimal_places=9)
    unit = models.CharField(max_length=8)
    starts_at = models.DateTimeField(help_text="Of the period it is about.")
    ends_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("acknowledge_alert", "Can acknowledge and snooze alerts")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fired_at:%Y-%m-%d %H:%M}"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up", "Given up"


class AlertDelivery(models.Model):
    """One alert on its way to one sink, written with the alert so that none is lost."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    sink = models.ForeignKey(AlertSink, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not tried before.")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(
        max_length=48, blank=True, help_text="Why the last try failed, as a code."
    )

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "alert deliveries"
        constraints = [
            models.UniqueConstraint(fields=["alert", "sink"], name="alert_is_sent_once_to_a_sink")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="alert_delivery_due", condition=Q(state="pending"))
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.sink_id}"
