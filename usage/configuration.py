"""Accounts and catalog of one configuration version, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import Exists, OuterRef, QuerySet

from routerproject.shared.errors import InvalidConfiguration as InvalidConfiguration
from usage import catalog, models


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """What a client or a tenant may ask of models, all its calls together; None is not limited.

    Requests a minute are counted where they come in, not per call.
    """

    slug: str  # client:7 or tenant:7
    input_tokens_per_minute: int | None
    output_tokens_per_minute: int | None
    max_concurrency: int | None
    requests_per_minute: int | None = None
    reserve_percent: int = 0

    @property
    def is_limited(self) -> bool:
        kinds = (
            self.input_tokens_per_minute,
            self.output_tokens_per_minute,
            self.max_concurrency,
        )
        return any(kind is not None for kind in kinds)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What the path of a request needs to know of a tenant."""

    id: int
    slug: str
    name: str
    time_zone: str
    is_active: bool
    requests_per_minute: int | None
    limits: CallerLimits


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the path of a request needs to know of a client."""

    id: int
    slug: str
    tenant: str
    department: str
    model_ids: str  # pin | ceiling | route
    allowed_model_ids: frozenset[str]
    requests_per_minute: int
    is_active: bool
    limits: CallerLimits


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """What one key allows, with all that is known of its client and tenant."""

    key_id: int
    prefix: str
    client: str
    client_id: int
    tenant: str
    tenant_id: int
    scopes: frozenset[str]
    expires_at: datetime | None
    valid_until: datetime | None  # the first of expiry, revocation and end of overlap
    model_ids: str  # pin | ceiling | route
    allowed_model_ids: frozenset[str]
    requests_per_minute: int
    is_active: bool  # of client and tenant
    time_zone: str
    tenant_requests_per_minute: int | None = None
    limits: tuple[CallerLimits, ...] = ()  # of the client and of its tenant, where there are any

    def works_at(self, moment: datetime) -> bool:
        """Return whether the key is accepted at a moment."""
        return self.is_active and (self.valid_until is None or moment < self.valid_until)


@dataclass(frozen=True, slots=True)
class Accounts:
    """All tenants, clients and keys of one configuration version."""

    keys: Mapping[bytes, KeyGrant]  # by digest of the whole key
    tenants: Mapping[str, TenantFacts]  # by slug
    clients: Mapping[tuple[str, str], ClientFacts]  # by tenant and client slug


@dataclass(frozen=True, slots=True)
class UsageConfiguration:
    """What this app contributes to a snapshot."""

    version: int
    accounts: Accounts
    catalog: catalog.Catalog


def load() -> UsageConfiguration:
    """Return the configuration as it is now. Read it in one repeatable-read transaction.

    Raises InvalidConfiguration when two models share an id or alias.
    """
    return UsageConfiguration(current_version(), load_accounts(), load_catalog())


def current_version() -> int:
    """Return the number that grows with every edit of any configuration."""
    return models.ConfigVersion.objects.values_list("version", flat=True).get()


def lock_version() -> int:
    """Return the present version; no edit of any configuration commits before this transaction."""
    rows = models.ConfigVersion.objects.select_for_update()
    return rows.values_list("version", flat=True).get()


def load_accounts() -> Accounts:
    """Return all tenants, clients and keys."""
    tenants = {row.pk: _tenant(row) for row in models.Tenant.objects.all()}
    clients = {row.pk: _client(row, tenants) for row in models.Client.objects.order_by("pk")}
    by_slug = {facts.slug: facts for facts in tenants.values()}
    return Accounts(
        keys={
            bytes(row.digest): _grant(row, clients[row.client_id], by_slug)
            for row in models.ApiKey.objects.order_by("pk")
        },
        tenants=by_slug,
        clients={(facts.tenant, facts.slug): facts for facts in clients.values()},
    )


def load_catalog() -> catalog.Catalog:
    """Return all tiers, models, enabled deployments and prices.

    Raises InvalidConfiguration when two models share an id or alias.
    """
    cards = models.ModelCard.objects.select_related("tier", "provider")
    found = {row.model_id: _card(row) for row in cards}
    deployments: dict[str, list[catalog.Deployment]] = defaultdict(list)
    for deployment in _open_deployments():
        deployments[deployment.model.model_id].append(_deployment(deployment))
    prices: dict[str, list[catalog.Price]] = defaultdict(list)
    for price in models.Price.objects.select_related("model").order_by("-valid_from"):
        prices[price.model.model_id].append(_price(price))
    return catalog.Catalog(
        tiers={row.slug: _tier(row) for row in models.Tier.objects.all()},
        models=found,
        aliases=_aliases(found),
        deployments={model_id: tuple(rows) for model_id, rows in deployments.items()},
        prices={model_id: tuple(rows) for model_id, rows in prices.items()},
        default_models={card.tier: name for name, card in found.items() if card.is_tier_default},
    )


def deployment_of(number: int) -> catalog.Deployment | None:
    """Return a deployment by its row, switched on or not; None where there is none."""
    row = _with_freezes(models.Deployment.objects.filter(pk=number)).first()
    return _deployment(row) if row else None


def _open_deployments() -> Iterable[models.Deployment]:
    rows = models.Deployment.objects.filter(is_enabled=True, provider__is_enabled=True)
    return _with_freezes(rows).order_by("-weight", "slug")


def _with_freezes(rows: QuerySet[models.Deployment]) -> QuerySet[models.Deployment]:
    held = models.Freeze.objects.filter(deployment=OuterRef("pk"), lifted_at=None)
    return rows.annotate(is_frozen=Exists(held)).select_related("model", "provider")


def _aliases(cards: Mapping[str, catalog.ModelCard]) -> dict[str, str]:
    """Return what each alias means. An alias of two models, or that is a model's id, is refused."""
    meanings: dict[str, str] = {}
    for card in cards.values():
        for alias in card.aliases:
            if alias in cards or meanings.setdefault(alias, card.model_id) != card.model_id:
                raise InvalidConfiguration([f"The model id {alias} belongs to two models."])
    return meanings


def _tenant(row: models.Tenant) -> TenantFacts:
    return TenantFacts(
        row.pk,
        row.slug,
        row.name,
        row.time_zone,
        row.is_active,
        row.requests_per_minute,
        _limits("tenant", row),
    )


def _limits(kind: str, row: models.Tenant | models.Client) -> CallerLimits:
    return CallerLimits(
        f"{kind}:{row.pk}",
        row.input_tokens_per_minute,
        row.output_tokens_per_minute,
        row.max_concurrency,
    )


def _client(row: models.Client, tenants: Mapping[int, TenantFacts]) -> ClientFacts:
    return ClientFacts(
        id=row.pk,
        slug=row.slug,
        tenant=tenants[row.tenant_id].slug,
        department=row.department,
        model_ids=row.model_ids,
        allowed_model_ids=frozenset(row.allowed_model_ids),
        requests_per_minute=row.requests_per_minute,
        is_active=row.is_active,
        limits=_limits("client", row),
    )


def grant_without_key(
    known: Accounts, tenant: str, client: str, scopes: frozenset[str]
) -> KeyGrant:
    """Return what a key of a client would allow, for looking only: there is no such key.

    Raises InvalidConfiguration when there is no such client.
    """
    facts = known.clients.get((tenant, client))
    if facts is None:
        raise InvalidConfiguration([f"There is no client {client} of the tenant {tenant}."])
    return _grant_of(facts, known.tenants[tenant], key_id=0, prefix="", scopes=scopes)


def _grant(row: models.ApiKey, client: ClientFacts, tenants: Mapping[str, TenantFacts]) -> KeyGrant:
    return _grant_of(
        client,
        tenants[client.tenant],
        key_id=row.pk,
        prefix=row.prefix,
        scopes=frozenset(row.scopes),
        expires_at=row.expires_at,
        valid_until=row.valid_until,
    )


def _grant_of(
    client: ClientFacts,
    tenant: TenantFacts,
    *,
    key_id: int,
    prefix: str,
    scopes: frozenset[str],
    expires_at: datetime | None = None,
    valid_until: datetime | None = None,
) -> KeyGrant:
    return KeyGrant(
        key_id=key_id,
        prefix=prefix,
        client=client.slug,
        client_id=client.id,
        tenant=tenant.slug,
        tenant_id=tenant.id,
        scopes=scopes,
        expires_at=expires_at,
        valid_until=valid_until,
        model_ids=client.model_ids,
        allowed_model_ids=client.allowed_model_ids,
        requests_per_minute=client.requests_per_minute,
        is_active=client.is_active and tenant.is_active,
        time_zone=tenant.time_zone,
        tenant_requests_per_minute=tenant.requests_per_minute,
        limits=tuple(limits for limits in (client.limits, tenant.limits) if limits.is_limited),
    )


def _tier(row: models.Tier) -> catalog.Tier:
    return catalog.Tier(row.slug, row.name, row.role, row.rank, row.ttft_target_ms)


def _card(row: models.ModelCard) -> catalog.ModelCard:
    return catalog.ModelCard(
        model_id=row.model_id,
        name=row.name,
        tier=row.tier.slug,
        provider=row.provider.slug,
        aliases=tuple(row.aliases),
        context_window_tokens=row.context_window_tokens,
        max_output_tokens=row.max_output_tokens,
        extended_thinking=row.extended_thinking,
        adaptive_thinking=row.adaptive_thinking,
        vision=row.vision,
        tools=row.tools,
        prefill=row.prefill,
        prompt_caching=row.prompt_caching,
        prompt_cache_min_tokens=row.prompt_cache_min_tokens,
        batch=row.batch,
        temperature=row.temperature,
        timeout_ms=row.timeout_ms,
        is_live=row.is_live,
        is_tier_default=row.is_tier_default,
        retires_on=_midnight(row.retires_on),
        thinking_ceiling_tokens=row.tier.thinking_ceiling_tokens,
    )


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _deployment(row: models.Deployment) -> catalog.Deployment:
    return catalog.Deployment(
        slug=row.slug,
        model_id=row.model.model_id,
        provider=row.provider.slug,
        protocol=row.provider.protocol,
        base_url_ref=row.base_url_ref or row.provider.base_url_ref,
        credential_ref=row.credential_ref or row.provider.credential_ref,
        has_baa=row.has_baa,
        zero_data_retention=row.zero_data_retention,
        is_on_premise=row.is_on_premise,
        weight=row.weight,
        requests_per_minute=row.requests_per_minute,
        input_tokens_per_minute=row.input_tokens_per_minute,
        output_tokens_per_minute=row.output_tokens_per_minute,
        max_concurrency=row.max_concurrency,
        reserve_percent=row.reserve_percent,
        provider_model_id=row.provider_model_id,
        is_frozen=row.is_frozen,  # type: ignore[attr-defined]
    )


def _price(row: models.Price) -> catalog.Price:
    return catalog.Price(
        id=row.pk,
        model_id=row.model.model_id,
        valid_from=row.valid_from,
        input_usd=row.input_usd,
        output_usd=row.output_usd,
        cache_write_5m_usd=row.cache_write_5m_usd,
        cache_write_1h_usd=row.cache_write_1h_usd,
        cache_read_usd=row.cache_read_usd,
        batch_multiplier=row.batch_multiplier,
        long_context=_long_context(row),
    )


def _long_context(row: models.Price) -> catalog.LongContext | None:
    if row.long_above_tokens is None:
        return None
    rates = {f"{kind}_usd": getattr(row, f"long_{kind}_usd") for kind in catalog.KINDS}
    return catalog.LongContext(row.long_above_tokens, **rates)
