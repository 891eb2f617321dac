"""Who may call: tenants, their clients, and the keys of those clients."""

from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from routerproject.shared.history import keep_history

SLUG_PATTERN = "^[a-z0-9][a-z0-9_-]*$"
PREFIX_LENGTH = 8
LIMITS = ("input_tokens_per_minute", "output_tokens_per_minute", "max_concurrency")


def _positive(*fields: str) -> Q:
    """Return the condition that each number is positive or absent."""
    return Q(*(Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": 0}) for name in fields))


class Scope(models.TextChoices):
    """Everything a key can be allowed to do; the only list of scopes there is."""

    ROUTE = "route", "Route requests, explain decisions, /v1/*"
    ROUTE_OVERRIDE = "route:override", "Choose the tier or model"
    USAGE_READ = "usage:read", "Read the usage of the own tenant"
    USAGE_READ_ALL = "usage:read:all", "Read the usage of every tenant"
    PHI_TEST = "phi:test", "Try the sanitizer"
    BATCH = "batch", "Submit batches"
    CONVERSATION = "conversation", "Hold case conversations"
    FEEDBACK = "feedback", "Rate answers"
    GOVERNANCE = "governance", "Read the routing table, ask for advice"

    @property
    def permission(self) -> str:
        """Return the codename of the permission to grant this scope to a key."""
        return "grant_" + self.value.replace(":", "_")


class ModelIdMode(models.TextChoices):
    """What a real model id in a drop-in request means for a client."""

    PIN = "pin", "Pin: that model answers"
    CEILING = "ceiling", "Ceiling: routed, but to no higher tier than that model's"
    ROUTE = "route", "Route: the id is ignored"


@keep_history()
class Tenant(models.Model):
    """A clinic whose data, keys, budgets and audit chain are its own."""

    slug = models.SlugField(
        max_length=63,
        unique=True,
        help_text="Short name in lower case, used in commands, filters and records.",
    )
    name = models.CharField(max_length=200, help_text="The clinic's name as people read it.")
    time_zone = models.CharField(
        max_length=64,
        default="America/New_York",
        help_text="IANA name; days and months of budgets and rules follow this clock.",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Of all its clients together, before 429; empty: not limited.",
    )
    input_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of all its calls together; empty: not limited."
    )
    output_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of all its calls together; empty: not limited."
    )
    max_concurrency = models.PositiveIntegerField(
        null=True, blank=True, help_text="Calls at the same time; empty: not limited."
    )
    is_active = models.BooleanField(
        default=True, help_text="Switch off to refuse every key of this tenant."
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="UTC.")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="tenant_slug"),
            models.CheckConstraint(
                condition=_positive("requests_per_minute", *LIMITS), name="tenant_limits"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a time zone that is not in the time zone database."""
        if self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": f"{self.time_zone} is not an IANA time zone."})


@keep_history()
class Client(models.Model):
    """A program of a tenant that calls the router, such as its PMS."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="clients")
    slug = models.SlugField(max_length=63, help_text="Short name, unique within the tenant.")
    name = models.CharField(max_length=200, help_text="The program's name as people read it.")
    department = models.CharField(
        max_length=200, blank=True, help_text="Whom statements charge for this client's calls."
    )
    model_ids = models.CharField(
        max_length=8,
        choices=ModelIdMode,
        default=ModelIdMode.CEILING,
        help_text="What a real model id in a /v1/* request means.",
    )
    allowed_model_ids = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Pinned model ids this client may be served by, comma separated; empty: all.",
    )
    requests_per_minute = models.PositiveIntegerField(
        default=1000, help_text="Requests per minute before 429."
    )
    input_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of all its calls together; empty: not limited."
    )
    output_tokens_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of all its calls together; empty: not limited."
    )
    max_concurrency = models.PositiveIntegerField(
        null=True, blank=True, help_text="Calls at the same time; empty: not limited."
    )
    is_active = models.BooleanField(
        default=True, help_text="Switch off to refuse every key of this client."
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="UTC.")

    class Meta:
        ordering = ["tenant__slug", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="client_slug_is_unique"),
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="client_slug"),
            models.CheckConstraint(
                condition=Q(model_ids__in=ModelIdMode.values), name="client_model_ids_is_known"
            ),
            models.CheckConstraint(
                condition=Q(requests_per_minute__gt=0), name="client_rate_is_positive"
            ),
            models.CheckConstraint(condition=_positive(*LIMITS), name="client_limits"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant.slug}/{self.slug}"


@keep_history(exclude=["digest", "last_used_on"])
class ApiKey(models.Model):
    """A credential of one client. The key itself is shown once and never stored."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=100, help_text="Where this key is used.")
    prefix = models.CharField(
        max_length=PREFIX_LENGTH,
        unique=True,
        editable=False,
        help_text="The readable part of the key, for logs and lists.",
    )
    digest = models.BinaryField(
        max_length=32, unique=True, editable=False, help_text="SHA-256 of the whole key."
    )
    scopes = ArrayField(
        models.CharField(max_length=32, choices=Scope),
        help_text="What the key may do, comma separated; never more than its creator may grant.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="Empty when made on the command line.",
    )
    created_at = models.DateTimeField(help_text="UTC.")
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="UTC; empty: does not expire by itself."
    )
    revoked_at = models.DateTimeField(
        null=True, blank=True, help_text="UTC; the key is refused from then on."
    )
    replaced_by = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="The key that took over in a rotation.",
    )
    overlap_until = models.DateTimeField(
        null=True, blank=True, help_text="UTC; until then a rotated key still works."
    )
    last_used_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The last day with a call, UTC."
    )

    class Meta:
        verbose_name = "API key"
        ordering = ["client", "-created_at"]
        permissions = [
            (scope.permission, f"Can grant keys the scope {scope.value}") for scope in Scope
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(prefix__regex=f"^[a-z0-9]{{{PREFIX_LENGTH}}}$"), name="api_key_prefix"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & Q(scopes__len__gt=0),
                name="api_key_scopes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="api_key_expires_after_creation",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True, overlap_until__isnull=True)
                | Q(replaced_by__isnull=False, overlap_until__isnull=False),
                name="api_key_overlap_is_of_a_rotation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (cmr_{self.prefix}_…)"

    @property
    def valid_until(self) -> datetime | None:
        """Return the first moment at which the key no longer works, if there is one."""
        ends = (self.expires_at, self.revoked_at, self.overlap_until)
        return min((end for end in ends if end), default=None)
