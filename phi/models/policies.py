"""What admins decide about identifiers."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from routerproject.shared.history import count_versions, keep_history


class Mode(models.TextChoices):
    """What happens to a request with identifiers."""

    TOKENIZE = "tokenize", "Tokenize: identifiers become tokens and come back in the answer"
    REDACT = "redact", "Redact: identifiers are removed for good"
    BLOCK = "block", "Block: a request with identifiers is refused"
    LOCAL_ONLY = "local_only", "Local only: tokenized, and only on-premise models may answer"


class OnFinding(models.TextChoices):
    """What the last scan does with an identifier that is still there."""

    DENY = "deny", "Deny: the request is refused"
    RESANITIZE = "resanitize", "Sanitize again: with what was found, then scan once more or refuse"
    ON_PREMISE = "on_premise", "On premise: only an on-premise model may answer, or none"


class OnDoubt(models.TextChoices):
    """What happens to words, days and numbers that may identify somebody and were not found."""

    TOKENIZE = "tokenize", "Tokenize: they become tokens too and come back in the answer"
    DENY = "deny", "Deny: the request is refused"
    ON_PREMISE = "on_premise", "On premise: only an on-premise model may answer, or none"
    OFF = "off", "Off: nothing is done, as for texts of code"


class PmsFailure(models.TextChoices):
    """What happens when the record of a patient named by id cannot be had."""

    REFUSE = "refuse", "Refuse: nothing leaves without the patient's record"
    PROCEED = "proceed", "Proceed: only what the other layers find is protected"


@keep_history()
class Policy(models.Model):
    """How identifiers of a tenant, and of one of its task types, are treated.

    Without a tenant it is the default of the installation; without a task type, of the tenant.
    """

    slug = models.SlugField(
        max_length=63, unique=True, help_text="Short name in lower case, used in records."
    )
    tenant = models.SlugField(
        max_length=63, blank=True, default="", help_text="Tenant slug; empty: every tenant."
    )
    task_type = models.SlugField(
        max_length=63, blank=True, default="", help_text="Task type slug; empty: every task type."
    )
    mode = models.CharField(
        max_length=16,
        choices=Mode,
        default=Mode.TOKENIZE,
        help_text="What happens to a request with identifiers.",
    )
    allowed_categories = ArrayField(
        models.CharField(max_length=32),
        default=list,
        blank=True,
        help_text="Category slugs that may leave as they are. Needs a deployment under a BAA.",
    )
    allows_images = models.BooleanField(
        default=False, help_text="Let images leave unexamined. Needs a deployment under a BAA."
    )
    allows_documents = models.BooleanField(
        default=False,
        help_text="Let documents without readable text leave. Needs a deployment under a BAA.",
    )
    on_doubt = models.CharField(
        max_length=16,
        choices=OnDoubt,
        default=OnDoubt.TOKENIZE,
        help_text="What happens to words, days and numbers that may identify somebody and were "
        "not found as identifiers.",
    )
    on_finding = models.CharField(
        max_length=16,
        choices=OnFinding,
        default=OnFinding.DENY,
        help_text="What the last scan does with an identifier that is still there.",
    )
    pms_failure = models.CharField(
        max_length=16,
        choices=PmsFailure,
        default=PmsFailure.REFUSE,
        help_text="What happens when the record of a patient named by id cannot be had.",
    )
    keeps_answers = models.BooleanField(
        default=True,
        help_text="Keep answers, encrypted and with tokens: for equal requests as long as the "
        "task type says, and a day for repeats with an Idempotency-Key. Off: none is stored.",
    )
    review_percent = models.PositiveSmallIntegerField(
        default=0,
        help_text="Percent of the answered requests whose text and answer, tokenized and encrypted "
        "under the key of the case, are kept for readers of the review queue. 0: none.",
    )
    review_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days after which such a text is forgotten, 1 to 90."
    )
    allow_list = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="Words that are no identifiers here, such as the clinic's own name.",
    )
    is_active = models.BooleanField(default=True, help_text="Switch off to ignore this policy.")
    version = models.PositiveIntegerField(
        default=1, help_text="Counts published edits; records name it."
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="UTC.")

    class Meta:
        triggers = [count_versions()]
        verbose_name = "PHI policy"
        verbose_name_plural = "PHI policies"
        ordering = ["tenant", "task_type"]
        permissions = [("try_sanitizer", "Can try out the sanitizer")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "task_type"],
                condition=Q(is_active=True),
                name="phi_policy_is_unique",
            ),
            models.CheckConstraint(
                condition=Q(task_type="") | ~Q(tenant=""), name="phi_policy_task_needs_tenant"
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="phi_policy_mode"),
            models.CheckConstraint(
                condition=Q(on_finding__in=OnFinding.values), name="phi_policy_on_finding"
            ),
            models.CheckConstraint(
                condition=Q(on_doubt__in=OnDoubt.values), name="phi_policy_on_doubt"
            ),
            models.CheckConstraint(
                condition=Q(pms_failure__in=PmsFailure.values), name="phi_policy_pms_failure"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="phi_policy_version"),
            models.CheckConstraint(
                condition=Q(review_percent__lte=100, review_days__gte=1, review_days__lte=90),
                name="phi_policy_review",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
