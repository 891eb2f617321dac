"""The ledger: requests, attempts, money entries and idempotency claims.

The big tables are partitioned by month of their UUIDv7 primary key and have no foreign keys, so
that a month can be dropped whole and no edit of an admin can touch a row.
"""

from django.db import models
from django.db.models import Q


class RequestState(models.TextChoices):
    """Where a request stands: open moves to exactly one of the others, unknown can be resolved."""

    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DENIED = "denied"
    UNKNOWN = "unknown"
    RESOLVED = "resolved"


class AttemptState(models.TextChoices):
    """Where one outbound model call stands; a trigger allows only the legal transitions."""

    ADMITTED = "admitted"
    SETTLED = "settled"
    VOID = "void"
    UNKNOWN = "unknown"
    RESOLVED = "resolved"


class AttemptKind(models.TextChoices):
    MAIN = "main"
    FALLBACK = "fallback"
    CLASSIFIER = "classifier"
    ESCALATION = "escalation"
    SPECULATION = "speculation"
    SHADOW = "shadow"
    JUDGE = "judge"
    BATCH = "batch"
    COUNT = "count"  # asks how many tokens a text has, which is free


# The outcome of a call begun before it was known to be the right one, whose answer was not used.
DISCARDED = "discarded"


class TokenColumns(models.Model):
    """Tokens by kind; input excludes cache writes and reads, output includes thinking."""

    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    thinking_tokens = models.BigIntegerField(default=0)
    cache_creation_5m_input_tokens = models.BigIntegerField(default=0)
    cache_creation_1h_input_tokens = models.BigIntegerField(default=0)
    cache_read_input_tokens = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class UsageRecord(TokenColumns):
    """One request of a client: what was decided, what it cost, how it ended. Holds no text."""

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; the reply's id.")
    tenant_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    key_prefix = models.CharField(max_length=16, help_text="First characters of the API key used.")
    user = models.CharField(max_length=128, blank=True, help_text="Who asked, as the PMS says.")
    state = models.CharField(max_length=12, choices=RequestState)
    created_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    boot_id = models.UUIDField(help_text="The process that answered.")

    declared_task_type = models.CharField(max_length=64, blank=True)
    task_type = models.CharField(max_length=64, blank=True)
    tier = models.CharField(max_length=32, blank=True)
    model_id = models.CharField(max_length=128, blank=True)
    deployment = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=32, blank=True, help_text="What decided the tier.")
    confidence = models.FloatField(null=True, blank=True, help_text="0 to 1.")
    urgency = models.CharField(max_length=16, blank=True)
    accuracy = models.CharField(max_length=16, blank=True)
    patient_facing = models.BooleanField(default=False)
    is_stream = models.BooleanField(default=False)
    config_version = models.BigIntegerField(default=0)
    decision = models.JSONField(default=dict, help_text="Inputs, features and reasons; no text.")

    session_hash = models.BinaryField(null=True, blank=True)
    session_label = models.CharField(
        max_length=128, blank=True, help_text="The session id, unless it holds an identifier."
    )
    case_hash = models.BinaryField(null=True, blank=True)
    case_label = models.CharField(
        max_length=128, blank=True, help_text="The case id, unless it holds an identifier."
    )
    prompt_hash = models.BinaryField(null=True, help_text="Keyed hash of the tokenized request.")
    metadata_sealed = models.BinaryField(null=True, blank=True)
    phi_policy = models.CharField(max_length=64, blank=True)
    phi_counts = models.JSONField(default=dict, help_text="Distinct identifiers by category.")

    outcome = models.CharField(max_length=32, blank=True, help_text="Stop reason or problem type.")
    is_truncated = models.BooleanField(default=False)
    cache_status = models.CharField(max_length=8, blank=True)
    attempts = models.IntegerField(default=0)
    cost_nano_usd = models.BigIntegerField(default=0, help_text="All attempts, in nano-USD.")
    model_nano_usd = models.BigIntegerField(default=0)
    classifier_nano_usd = models.BigIntegerField(default=0)
    other_nano_usd = models.BigIntegerField(default=0)
    uniform_opus_nano_usd = models.BigIntegerField(
        default=0, help_text="The same tokens at the Opus price of the moment, in nano-USD."
    )
    latency_ms = models.FloatField(null=True, blank=True, help_text="From first byte to answer.")
    upstream_ms = models.FloatField(null=True, blank=True, help_text="Waiting for providers.")
    time_to_first_token_ms = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "ai_usage"
        verbose_name = "request"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_nano_usd__gte=0)
                & Q(model_nano_usd__gte=0)
                & Q(classifier_nano_usd__gte=0)
                & Q(other_nano_usd__gte=0)
                & Q(uniform_opus_nano_usd__gte=0),
                name="request_money_is_not_negative",
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "id"], name="request_tenant_time"),
            models.Index(fields=["deadline_at"], name="request_open", condition=Q(state="open")),
            models.Index(
                fields=["session_hash"],
                name="request_session",
                condition=Q(session_hash__isnull=False),
            ),
            models.Index(
                fields=["case_hash"], name="request_case", condition=Q(case_hash__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(TokenColumns):
    """One outbound model call, with the price row frozen on it."""

    id = models.UUIDField(primary_key=True, help_text="UUIDv7.")
    request_id = models.UUIDField()
    tenant_id = models.BigIntegerField()
    ordinal = models.IntegerField(help_text="1 for the first call of its request.")
    kind = models.CharField(max_length=12, choices=AttemptKind)
    state = models.CharField(max_length=12, choices=AttemptState)
    tier = models.CharField(max_length=32)
    model_id = models.CharField(max_length=128)
    deployment = models.CharField(max_length=64)
    boot_id = models.UUIDField()
    admitted_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    hold_nano_usd = models.BigIntegerField(help_text="Worst case held on every budget, nano-USD.")
    cost_nano_usd = models.BigIntegerField(default=0, help_text="What it cost, in nano-USD.")
    price_id = models.BigIntegerField()
    price = models.JSONField(help_text="The price row at admission, USD per million tokens.")
    body_hash = models.BinaryField(help_text="Keyed hash of the very bytes that left.")
    outcome = models.CharField(max_length=48, blank=True)
    http_status = models.IntegerField(null=True, blank=True)
    provider_request_id = models.CharField(max_length=128, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    time_to_first_token_ms = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_nano_usd__gte=0) & Q(cost_nano_usd__gte=0),
                name="attempt_money_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(input_tokens__gte=0)
                & Q(output_tokens__gte=0)
                & Q(thinking_tokens__gte=0)
                & Q(cache_creation_5m_input_tokens__gte=0)
                & Q(cache_creation_1h_input_tokens__gte=0)
                & Q(cache_read_input_tokens__gte=0),
                name="attempt_tokens_are_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["request_id"], name="attempt_request"),
            models.Index(
                fields=["deadline_at"], name="attempt_admitted", condition=Q(state="admitted")
            ),
            models.Index(
                fields=["tenant_id"], name="attempt_unknown", condition=Q(state="unknown")
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class EntryKind(models.TextChoices):
    HOLD = "hold"
    POST = "post"
    RELEASE = "release"


class LedgerEntry(models.Model):
    """One movement of money on one budget period. Only grows: a trigger refuses all else.

    The id is derived from attempt, period and kind, so posting the same movement twice collides.
    """

    id = models.UUIDField(primary_key=True)
    attempt_id = models.UUIDField()
    period_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=EntryKind)
    amount_nano_usd = models.BigIntegerField(help_text="Not negative, in nano-USD.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_nano_usd__gte=0), name="entry_is_not_negative"
            )
        ]
        indexes = [
            models.Index(fields=["attempt_id"], name="entry_attempt"),
            models.Index(fields=["period_id"], name="entry_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_nano_usd}"


class IdempotencyClaim(models.Model):
    """A client's Idempotency-Key: at most one set of provider calls per key."""

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress"
        ANSWERED = "answered"
        NOT_KEPT = "not_kept", "Answered, not kept"
        UNKNOWN = "unknown"

    client_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    body_hash = models.BinaryField(help_text="Keyed hash of the canonical request body.")
    request_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=State, default=State.IN_PROGRESS)
    answer_sealed = models.BinaryField(null=True, help_text="The tokenized answer, encrypted.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id", "key"], name="claim_key_is_used_once")
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="claim_expiry"),
            models.Index(fields=["request_id"], name="claim_request"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"
