"""The close of a month: bills compared, differences explained, statements that stay as they are.

A month is one of UTC, like the partitions of the ledger and the bills of providers.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from usage.models.ledger import TokenColumns


class BillKind(models.TextChoices):
    BOOK = "book", "Call by call"
    REPORT = "report", "Sums of a usage report"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing-here", "On the bill, not in the ledger"
    MISSING_THERE = "missing-there", "In the ledger, not on the bill"
    AMOUNT = "amount", "Another amount"
    TOKENS = "tokens", "Other tokens"
    DUPLICATE = "duplicate", "Twice on the bill"
    UNKNOWN = "unknown", "Nobody knows what the call cost"
    RUNNING = "running", "Still under way"


class Bill(models.Model):
    """A provider's bill of one month that was held against the ledger."""

    month = models.DateField(help_text="Its first day, UTC.")
    provider = models.CharField(max_length=63, help_text="The provider's slug.")
    kind = models.CharField(max_length=6, choices=BillKind)
    compared_by = models.CharField(max_length=160, help_text="Who held it against the ledger.")
    compared_at = models.DateTimeField(help_text="UTC.")
    lines = models.PositiveIntegerField(help_text="Of the bill.")
    equal = models.PositiveIntegerField(help_text="Lines that the ledger has just so.")
    resolved = models.PositiveIntegerField(help_text="Unknown calls that it cleared up.")
    billed_nano_usd = models.BigIntegerField(
        null=True, help_text="Its sum in nano-USD; empty where it names no amounts."
    )
    deployments = ArrayField(
        models.CharField(max_length=100),
        default=list,
        help_text="Whose calls it was held against, by slug.",
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["month"], name="bill_month")]

    def __str__(self) -> str:
        return f"{self.provider} {self.month:%Y-%m}"


class BillDifference(models.Model):
    """Something in which a bill and the ledger do not agree, and why, once somebody says so."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=13, choices=DifferenceKind)
    row = models.PositiveIntegerField(null=True, help_text="Of the bill, from 1.")
    reference = models.CharField(max_length=200, help_text="The call or bucket, as the bill says.")
    attempt_id = models.UUIDField(null=True)
    ours_nano_usd = models.BigIntegerField(null=True, help_text="In the ledger, in nano-USD.")
    theirs_nano_usd = models.BigIntegerField(null=True, help_text="On the bill, in nano-USD.")
    tokens = models.CharField(max_length=300, blank=True, help_text="By how many tokens, by kind.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why, as somebody says.")
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    explained_at = models.DateTimeField(null=True, help_text="UTC.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason="", explained_by=None, explained_at=None)
                | (~Q(reason="") & Q(explained_by__isnull=False, explained_at__isnull=False)),
                name="difference_is_explained_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class MonthClose(models.Model):
    """The close of one month: after it, no call of that month changes any more."""

    class State(models.TextChoices):
        CLOSING = "closing"
        CLOSED = "closed"
        REFUSED = "refused"

    month = models.DateField(help_text="Its first day, UTC.")
    state = models.CharField(max_length=7, choices=State, default=State.CLOSING)
    problem = models.CharField(max_length=500, blank=True, help_text="Why it was not closed.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(help_text="UTC.")
    closed_at = models.DateTimeField(null=True, help_text="UTC.")
    calls = models.BigIntegerField(default=0)
    cost_nano_usd = models.BigIntegerField(default=0, help_text="Of all calls, in nano-USD.")

    class Meta:
        ordering = ["-month", "-id"]
        permissions = [("close_month", "Can compare bills, explain differences and close months")]
        constraints = [
            models.UniqueConstraint(
                fields=["month"], condition=~Q(state="refused"), name="month_is_closed_once"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="stays_closed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class StatementLine(TokenColumns):
    """What one client spent on one journey in a closed month. Never changes.

    Names are those of the day of closing, so that a statement can be printed again years later.
    """

    close = models.ForeignKey(MonthClose, on_delete=models.PROTECT, related_name="lines")
    tenant = models.CharField(max_length=63, help_text="Its slug on that day.")
    client = models.CharField(max_length=63, help_text="Its slug on that day.")
    department = models.CharField(max_length=200, blank=True)
    case_hash = models.BinaryField(null=True, help_text="Empty: of no journey.")
    case_label = models.CharField(max_length=128, blank=True)
    begins_journey = models.BooleanField(
        db_default=True, help_text="One line of each journey, of however many clients it is."
    )
    requests = models.PositiveIntegerField()
    calls = models.PositiveIntegerField()
    cost_nano_usd = models.BigIntegerField(help_text="Of these calls, in nano-USD.")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["close", "tenant"], name="statement_of_tenant"),
            models.Index(
                fields=["close", "-cost_nano_usd"],
                name="statement_dearest",
                condition=Q(case_hash__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(cost_nano_usd__gte=0), name="statement_cost")
        ]
        triggers = [
            pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.tenant}/{self.client} {self.cost_nano_usd}"
