"""What can answer: tiers, providers, models and deployments."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from routerproject.shared import references
from routerproject.shared.history import keep_history
from routerproject.shared.references import RefusedReference
from usage.models.accounts import SLUG_PATTERN

MODEL_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._:/@-]*$"
# A reference, never a value: credentials and addresses stay in the environment or in a mount.
REFERENCE_PATTERN = (
    "^(env:[A-Z][A-Z0-9_]*|file:/.+|vault:[A-Za-z0-9_./-]+#[A-Za-z0-9_.-]+"
    "|aws-sm:[A-Za-z0-9_/+=.@:-]+(#[A-Za-z0-9_.-]+)?)?$"
)
REFERENCE_FORMS = "env:NAME, file:/PATH, vault:PATH#FIELD or aws-sm:NAME#FIELD"


class Role(models.TextChoices):
    """What a tier is for."""

    EXECUTE = "execute", "Execute: fast, cheap, mechanical"
    GENERATE = "generate", "Generate: balanced, production"
    REASON = "reason", "Reason: deep, critical, dear"


class Protocol(models.TextChoices):
    """The wire formats that `routing.providers` speaks or may learn."""

    ANTHROPIC = "anthropic", "Anthropic Messages"
    BEDROCK = "bedrock", "Anthropic on AWS Bedrock"
    VERTEX = "vertex", "Anthropic on Google Vertex AI"
    OPENAI = "openai", "OpenAI Chat Completions"
    GEMINI = "gemini", "Google Gemini"


class LatencyClass(models.TextChoices):
    """How fast a vendor says its model is."""

    FASTEST = "fastest", "Fastest"
    FAST = "fast", "Fast"
    MODERATE = "moderate", "Moderate"
    UNKNOWN = "unknown", "Not measured"


LEAST_THINKING_TOKENS = 1_024  # the provider's minimum
MOST_THINKING_TOKENS = 1_000_000


def refuse_references(row: "Provider | Deployment", *, base_url_ref: str) -> None:
    """Raise ValidationError for a reference, or the address behind one, that is not allowed."""
    refused: dict[str, str] = {}
    try:
        references.check(row.credential_ref)
    except RefusedReference as error:
        refused["credential_ref"] = str(error)
    try:
        references.address(base_url_ref, is_on_premise=row.is_on_premise)
    except RefusedReference as error:
        refused["base_url_ref"] = str(error)
    if refused:
        raise ValidationError(refused)


def between(field: str, low: Decimal | int, high: Decimal | int) -> Q:
    """Return the condition that a number is in a range, or absent.

    PostgreSQL sorts NaN above every number, so the upper bound refuses it.
    """
    return Q(**{f"{field}__gte": low, f"{field}__lte": high})


@keep_history()
class Tier(models.Model):
    """A level of capability, whoever makes the models in it."""

    slug = models.SlugField(max_length=32, unique=True, help_text="Used in rules and requests.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    role = models.CharField(max_length=8, choices=Role, help_text="What the tier is for.")
    rank = models.PositiveSmallIntegerField(
        unique=True, help_text="Higher is more capable and dearer; starts at 1."
    )
    thinking_ceiling_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Most tokens of thinking per request at this tier, whatever the task type says. "
        "0: none at all; else at least 1,024. A model that adapts its thinking only knows 0.",
    )
    ttft_target_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="Target for the time to first token, milliseconds."
    )
    throughput_target_rps = models.PositiveIntegerField(
        null=True, blank=True, help_text="Target for concurrent throughput, requests per second."
    )
    cache_hit_target_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Target for the share of answers from the cache, percent.",
    )
    availability_target_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Target for the share of calls that are answered, percent.",
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN) & ~Q(slug="rule"), name="tier_slug"
            ),
            models.CheckConstraint(condition=Q(rank__gt=0), name="tier_rank_is_positive"),
            models.CheckConstraint(
                condition=Q(thinking_ceiling_tokens=0)
                | between("thinking_ceiling_tokens", LEAST_THINKING_TOKENS, MOST_THINKING_TOKENS),
                name="tier_thinking_ceiling",
            ),
            models.CheckConstraint(
                condition=between("cache_hit_target_percent", 0, 100), name="tier_cache_target"
            ),
            models.CheckConstraint(
                condition=between("availability_target_percent", 0, 100),
                name="tier_availability_target",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@keep_history()
class Provider(models.Model):
    """Who serves models, and how to reach them."""

    slug = models.SlugField(max_length=63, unique=True, help_text="Used in records.")
    name = models.CharField(max_length=100, help_text="As people read it.")
    protocol = models.CharField(
        max_length=16, choices=Protocol, help_text="The wire format it speaks."
    )
    base_url_ref = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(REFERENCE_PATTERN)],
        help_text=f"Where its address is found: {REFERENCE_FORMS}.",
    )
    credential_ref = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(REFERENCE_PATTERN)],
        help_text=f"Where its credential is found: {REFERENCE_FORMS}. Never the value itself.",
    )
    is_on_premise = models.BooleanField(
        default=False, help_text="Runs inside the clinic's network; its tokens may cost $0."
    )
    has_batches = models.BooleanField(
        default=False, help_text="Takes message batches at the batch price."
    )
    is_enabled = models.BooleanField(
        default=True, help_text="Switch off to stop every call to this provider."
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="provider_slug"),
            models.CheckConstraint(
                condition=Q(base_url_ref__regex=REFERENCE_PATTERN)
                & Q(credential_ref__regex=REFERENCE_PATTERN),
                name="provider_references",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse references that the site does not allow."""
        refuse_references(self, base_url_ref=self.base_url_ref)


@keep_history()
class ModelCard(models.Model):
    """What one pinned model can do, and since when and until when it may be called."""

    model_id = models.CharField(
        max_length=100, unique=True, help_text="The pinned id that is sent to the provider."
    )
    name = models.CharField(max_length=100, help_text="As people read it.")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="models")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="models")
    aliases = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Other ids that mean this model, comma separated; each belongs to one model.",
    )
    context_window_tokens = models.PositiveIntegerField(
        default=200_000, help_text="Input and output together, tokens."
    )
    context_window_beta_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="Larger window behind a beta flag, tokens; not used."
    )
    max_output_tokens = models.PositiveIntegerField(
        default=64_000, help_text="The most it can write in one answer, tokens."
    )
    extended_thinking = models.BooleanField(
        default=False, help_text="Takes a thinking budget in tokens."
    )
    adaptive_thinking = models.BooleanField(
        default=False, help_text="Decides by itself how much to think; takes an effort."
    )
    vision = models.BooleanField(default=False, help_text="Reads images.")
    tools = models.BooleanField(default=True, help_text="Calls tools.")
    prefill = models.BooleanField(
        default=True,
        help_text="Goes on from an assistant's message that a conversation ends with.",
    )
    prompt_caching = models.BooleanField(default=True, help_text="Caches stable prefixes.")
    prompt_cache_min_tokens = models.PositiveIntegerField(
        default=1_024, help_text="The shortest prefix that it caches, tokens."
    )
    batch = models.BooleanField(default=True, help_text="May be called in batches.")
    temperature = models.BooleanField(
        default=False, help_text="Takes temperature, top_p and top_k at the API version in use."
    )
    default_temperature = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="0 to 2; sent only where the model takes a temperature.",
    )
    timeout_ms = models.PositiveIntegerField(
        default=60_000, help_text="The longest wait for one answer, milliseconds."
    )
    swe_bench_verified_percent = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True, help_text="Published score, percent."
    )
    gpqa_diamond_percent = models.DecimalField(
        max_digits=4, decimal_places=1, null=True, blank=True, help_text="Published score, percent."
    )
    scores_are_approximate = models.BooleanField(
        default=False, help_text="The source prints these scores with a tilde."
    )
    latency_class = models.CharField(
        max_length=8,
        choices=LatencyClass,
        default=LatencyClass.UNKNOWN,
        help_text="As the vendor states it; the dashboard shows what was measured.",
    )
    best_for = models.CharField(max_length=200, blank=True, help_text="What it is chosen for.")
    is_live = models.BooleanField(
        default=False, help_text="May answer requests; a candidate is for experiments only."
    )
    is_tier_default = models.BooleanField(
        default=False, help_text="Answers when its tier is chosen; one per tier."
    )
    deprecated_on = models.DateField(
        null=True, blank=True, help_text="Since when the vendor advises against it."
    )
    retires_on = models.DateField(
        null=True, blank=True, help_text="From this day, UTC, the vendor refuses it."
    )
    unlisted_since = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when (UTC) its vendor's list lacks it; empty: listed, or not asked.",
    )
    suggested_replacement = models.CharField(
        max_length=100, blank=True, help_text="The model id to try in its place."
    )
    note = models.TextField(blank=True, help_text="Where these facts come from.")

    class Meta:
        verbose_name = "model"
        ordering = ["-is_live", "tier__rank", "model_id"]
        constraints = [
            models.CheckConstraint(condition=Q(model_id__regex=MODEL_ID_PATTERN), name="model_id"),
            models.CheckConstraint(
                condition=Q(context_window_tokens__gt=0, max_output_tokens__gt=0, timeout_ms__gt=0),
                name="model_sizes_are_positive",
            ),
            models.CheckConstraint(
                condition=between("default_temperature", 0, 2), name="model_temperature"
            ),
            models.CheckConstraint(
                condition=between("swe_bench_verified_percent", 0, 100)
                & between("gpqa_diamond_percent", 0, 100),
                name="model_scores",
            ),
            models.CheckConstraint(
                condition=Q(is_tier_default=False) | Q(is_live=True), name="model_default_is_live"
            ),
            models.UniqueConstraint(
                fields=["tier"], condition=Q(is_tier_default=True), name="model_default_of_tier"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an id or alias that another model already has."""
        names = [self.model_id, *self.aliases]
        if len(set(names)) < len(names):
            raise ValidationError({"aliases": "An alias is listed twice or is the id itself."})
        others = ModelCard.objects.exclude(pk=self.pk)
        taken = others.filter(Q(model_id__in=names) | Q(aliases__overlap=names)).first()
        if taken:
            raise ValidationError({"aliases": f"{taken.model_id} already has one of these names."})


@keep_history()
class Deployment(models.Model):
    """One place where a model answers: an endpoint, its credential and its agreements."""

    slug = models.SlugField(max_length=100, unique=True, help_text="Used in records.")
    model = models.ForeignKey(ModelCard, on_delete=models.PROTECT, related_name="deployments")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="deployments")
    provider_model_id = models.CharField(
        max_length=200, blank=True, help_text="The id used there, when it differs from the model's."
    )
    base_url_ref = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(REFERENCE_PATTERN)],
        help_text=f"{REFERENCE_FORMS}; empty: the provider's.",
    )
    credential_ref = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(REFERENCE_PATTERN)],
        help_text=f"{REFERENCE_FORMS}; empty: the provider's. Never the value itself.",
    )
    has_baa = models.BooleanField(
        default=False, help_text="A business associate agreement covers this deployment."
    )
    zero_data_retention = models.BooleanField(
        default=False, help_text="A zero-data-retention agreement covers this deployment."
    )
    is_on_premise = models.BooleanField(
        default=False, help_text="Nothing sent here leaves the clinic's network."
    )
    weight = models.PositiveSmallIntegerField(
        default=100, help_text="Share of the model's calls, against its other deployments."
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="The provider's limit; empty: not limited here."
    )
    input_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="The provider's limit; empty: not limited here."
    )
    output_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="The provider's limit; empty: not limited here."
    )
    max_concurrency = models.PositiveIntegerField(
        null=True, blank=True, help_text="Calls at the same time; empty: not limited here."
    )
    reserve_percent = models.PositiveSmallIntegerField(
        default=10,
        help_text="Share of the limits that only real-time (point-of-care) work may use, percent.",
    )
    is_enabled = models.BooleanField(
        default=True, help_text="Switch off to stop calls to this deployment."
    )

    class Meta:
        ordering = ["model", "-weight", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reserve_percent__lte=90), name="deployment_reserve_leaves_something"
            ),
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="deployment_slug"),
            models.CheckConstraint(
                condition=Q(base_url_ref__regex=REFERENCE_PATTERN)
                & Q(credential_ref__regex=REFERENCE_PATTERN),
                name="deployment_references",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Refuse references that the site does not allow; the provider's hold where none is set."""
        of_provider = self.provider.base_url_ref if self.provider_id else ""
        refuse_references(self, base_url_ref=self.base_url_ref or of_provider)
