"""Hourly roll-ups: sums of requests and their calls, derived from the rows and remade with them.

Partitioned by month of their key, whose time is the hour; integers only, so any hours add up.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from usage.models.ledger import TokenColumns


def _count(help_text: str) -> Any:
    return models.BigIntegerField(default=0, help_text=help_text)


def _numbers(help_text: str) -> Any:
    return ArrayField(models.BigIntegerField(), default=list, help_text=help_text)


class HourlyFigures(TokenColumns):
    """What the requests begun in one hour came to, with all their calls."""

    id = models.UUIDField(primary_key=True, help_text="The hour, then a hash of whose it is.")
    hour = models.DateTimeField(help_text="Its beginning, UTC.")
    tenant_id = models.BigIntegerField()
    tier = models.CharField(max_length=32, blank=True, help_text="That answered, if one did.")

    requests = _count("Requests begun in the hour.")
    completed = _count("Requests that were answered.")
    failed = _count("Requests for which providers were called in vain.")
    denied = _count("Requests refused before any call.")
    cancelled = _count("Requests given up by their caller.")
    unknown = _count("Requests with a call that may have been billed.")
    cache_hits = _count("Requests that got a kept answer.")
    cache_misses = _count("Requests for which one was looked for in vain.")
    fallbacks = _count("Requests with a call of the fallback chain.")
    escalations = _count("Requests with a call one tier up.")
    uniform_opus_nano_usd = _count("The same tokens at the Opus price of the moment, nano-USD.")

    attempts = _count("Outbound calls.")
    cost_nano_usd = _count("All calls, nano-USD.")
    model_nano_usd = _count("Calls for the answer, nano-USD.")
    classifier_nano_usd = _count("Calls of the classifier, nano-USD.")
    other_nano_usd = _count("All other calls, nano-USD.")
    held_nano_usd = _count("Worst case of calls in flight, nano-USD.")
    unknown_nano_usd = _count("Worst case of calls whose outcome is not known, nano-USD.")

    latency_ms = _count("Sum over completed requests, each rounded to whole milliseconds.")
    measured = _count("How many requests are in it.")
    latency_buckets = _numbers("Buckets of their latency, 4 % wide.")
    latency_counts = _numbers("Requests in each of these buckets.")
    first_token_buckets = _numbers("Buckets of their time to first token, 4 % wide.")
    first_token_counts = _numbers("Requests in each of these buckets.")

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.tier}"


class HourlyUsage(HourlyFigures):
    """The figures of an hour by client, task type, tier and model."""

    client_id = models.BigIntegerField()
    task_type = models.CharField(max_length=64, blank=True)
    model_id = models.CharField(max_length=128, blank=True)

    class Meta(HourlyFigures.Meta):
        verbose_name_plural = "hourly usage"
        indexes = [
            models.Index(fields=["tenant_id", "id"], name="hourly_usage_tenant"),
            models.Index(fields=["client_id", "id"], name="hourly_usage_client"),
            models.Index(fields=["task_type", "id"], name="hourly_usage_task_type"),
        ]


class HourlyTotal(HourlyFigures):
    """The figures of an hour by tier alone: the sums of the hour's other rows."""

    class Meta(HourlyFigures.Meta):
        indexes = [models.Index(fields=["tenant_id", "id"], name="hourly_total_tenant")]


class RollupState(models.Model):
    """Which hours are rolled up: from `since` until before `until`. One row."""

    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="rollup_state_is_one")]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class RollupChain(models.Model):
    """Up to which entry of a tenant's audit chain the rolled-up hours know of every change."""

    tenant_id = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"tenant {self.tenant_id}: {self.seq}"
