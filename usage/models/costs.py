"""Hourly costs: what the cost report reads of hours that have ended, instead of their rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


def _money(help_text: str) -> "models.BigIntegerField[int, int]":
    return models.BigIntegerField(default=0, help_text=f"{help_text}, nano-USD.")


class HourlyCost(models.Model):
    """What the requests begun in one hour cost and would have cost, by client, task type, tier.

    Partitioned by month of the key, whose time is the hour; integers only, so any hours add up.
    """

    id = models.UUIDField(primary_key=True, help_text="The hour, then random.")
    hour = models.DateTimeField(help_text="Its beginning, UTC.")
    tenant_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    task_type = models.CharField(max_length=64, blank=True)
    tier = models.CharField(max_length=32, blank=True, help_text="That answered, if one did.")

    requests = models.BigIntegerField(default=0)
    answered = models.BigIntegerField(default=0, help_text="Of them by a model or a kept answer.")
    kept = models.BigIntegerField(default=0, help_text="Of them by a kept answer.")
    by_rule = models.BigIntegerField(default=0, help_text="Of them by a rule.")
    cost = _money("All calls")
    prompt_cache = _money("Spared by the prompt cache, on Opus")
    plain = _money("The answers' calls, if none had been in a batch")
    answers = _money("The answers' calls")
    response_cache = _money("Spared by kept answers")
    classifier = _money("Calls of the classifier")
    speculation = _money("Calls begun early and not used")
    escalation = _money("Calls whose answer another tier replaced")
    checking = _money("Judges and shadows")
    retries = _money("Calls that gave no answer")
    uniform = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text="The same tokens on each tier alone, cheapest tier first, nano-USD.",
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant_id", "id"], name="hourly_cost_tenant"),
            models.Index(fields=["client_id", "id"], name="hourly_cost_client"),
            models.Index(fields=["task_type", "id"], name="hourly_cost_task_type"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.tier}"


class CostedHour(models.Model):
    """An hour whose costs are there for all tenants, and by which models and prices."""

    hour = models.DateTimeField(primary_key=True, help_text="Its beginning, UTC.")
    basis = models.CharField(max_length=32, help_text="Hash of the tiers' models and all prices.")

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"
