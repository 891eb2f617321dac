"""The catalog that migrations load, and what its tables refuse."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from tests.factories.accounts import make_client, make_key
from usage.configuration import InvalidConfiguration, load, load_catalog
from usage.models import Deployment, ModelCard, Price, Provider, Tier

pytestmark = [pytest.mark.service, pytest.mark.django_db]

HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
STARTER_SLUGS: dict[type[Provider | Deployment], str] = {
    Provider: "anthropic",
    Deployment: "anthropic-direct-opus",
}

CANDIDATES = [
    *(
        "claude-opus-4-8",
        "claude-opus-5",
        "claude-opus-5-5",
        "claude-sonnet-5",
        "claude-sonnet-5-5",
    ),
    *("claude-haiku-5-5", "gpt-4o-mini", "gpt-4o", "o1", "o3", "gemini-flash", "gemini-pro"),
    *("gemini-ultra", "mistral-small", "mistral-large"),
    *("gemma3:27b", "gemma3:4b", "medgemma:4b", "biomistral:7b"),
]

# PRD section 3.2: id, input, output, context, output limit, SWE-bench, GPQA, extended, adaptive.
MATRIX = [
    (OPUS, 5, 25, 200_000, 128_000, "80.8", "91.3", True, True, "moderate"),
    (SONNET, 3, 15, 200_000, 64_000, "79.6", "74.1", True, True, "fast"),
    (HAIKU, 1, 5, 200_000, 64_000, "49.0", "65.0", True, False, "fastest"),
]


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row[0])
def test_matrix_of_the_prd_is_loaded(row):
    card = ModelCard.objects.get(model_id=row[0])
    price = load_catalog().price_at(row[0], NOW)
    assert price is not None
    assert (
        card.model_id,
        price.input_usd,
        price.output_usd,
        card.context_window_tokens,
        card.max_output_tokens,
        str(card.swe_bench_verified_percent),
        str(card.gpqa_diamond_percent),
        card.extended_thinking,
        card.adaptive_thinking,
        card.latency_class,
    ) == row
    assert card.best_for
    assert card.is_live
    assert card.is_tier_default


def test_larger_windows_and_doubtful_scores_are_marked():
    beta = ModelCard.objects.filter(context_window_beta_tokens=1_000_000, is_live=True)
    assert {card.model_id for card in beta} == {OPUS, SONNET}
    assert ModelCard.objects.get(scores_are_approximate=True).model_id == HAIKU


def test_thinking_ceiling_of_a_tier_reaches_its_models():
    """Less than the provider's minimum is no ceiling; 0 is none at all."""
    haiku = Tier.objects.filter(slug="haiku")
    for ceiling in (2_048, 0, None):
        haiku.update(thinking_ceiling_tokens=ceiling)
        assert load_catalog().models[HAIKU].thinking_ceiling_tokens == ceiling
    with pytest.raises(IntegrityError), transaction.atomic():
        haiku.update(thinking_ceiling_tokens=500)


def test_tiers_have_the_targets_of_the_prd():
    rows = Tier.objects.values_list("slug", "role", "ttft_target_ms", "throughput_target_rps")
    assert list(rows) == [
        ("haiku", "execute", 200, 50),
        ("sonnet", "generate", 500, 20),
        ("opus", "reason", 1000, 5),
    ]
    assert Tier.objects.get(slug="opus").availability_target_percent == Decimal("99.5")
    assert Tier.objects.get(slug="haiku").cache_hit_target_percent == 30


@pytest.mark.parametrize(
    ("model_id", "moment", "input_usd", "output_usd"),
    [
        (HAIKU, "2025-02-01", "0.25", "1.25"),
        (HAIKU, "2025-08-01", "0.80", "4"),
        (HAIKU, "2026-02-19", "0.80", "4"),
        (HAIKU, "2026-02-20", "1", "5"),
        (OPUS, "2025-02-01", "15", "75"),
        (OPUS, "2026-11-21", "5", "25"),
        (SONNET, "2025-02-01", "3", "15"),
        ("gpt-4o-mini", "2026-11-21", "0.15", "0.6"),
    ],
)
def test_price_is_the_one_of_its_day(model_id, moment, input_usd, output_usd):
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    price = load_catalog().price_at(model_id, at)
    assert price is not None
    assert (price.input_usd, price.output_usd) == (Decimal(input_usd), Decimal(output_usd))


def test_there_is_no_price_before_the_first():
    assert load_catalog().price_at(HAIKU, datetime(2020, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize("model_id", [HAIKU, SONNET, OPUS])
def test_cache_and_batch_prices_follow_the_input_price(model_id):
    price = load_catalog().price_at(model_id, NOW)
    assert price is not None
    assert price.cache_write_5m_usd == price.input_usd * Decimal("1.25")
    assert price.cache_write_1h_usd == price.input_usd * 2
    assert price.cache_read_usd == price.input_usd / 10
    assert price.batch_multiplier == Decimal("0.5")


def test_every_starter_price_says_who_said_so():
    assert not Price.objects.filter(note="").exists()


@pytest.mark.parametrize(
    ("alias", "model_id"),
    [
        ("claude-haiku-4-5", HAIKU),
        ("claude-haiku-4-5-20250514", HAIKU),
        ("claude-sonnet-4-6-20250514", SONNET),
        ("claude-opus-4.6", OPUS),
    ],
)
def test_other_ids_are_aliases_of_the_pinned_one(alias, model_id):
    card = load_catalog().model(alias)
    assert card is not None
    assert card.model_id == model_id


def test_only_the_three_models_of_the_prd_are_live():
    live = ModelCard.objects.filter(is_live=True).values_list("model_id", flat=True)
    assert set(live) == {HAIKU, SONNET, OPUS}
    for model_id in live:
        assert load_catalog().deployments[model_id][0].slug.startswith("anthropic-direct")


@pytest.mark.parametrize("model_id", CANDIDATES)
def test_other_families_are_candidates(model_id):
    card = load_catalog().model(model_id)
    assert card is not None
    assert not card.is_live


def test_model_that_retires_names_its_day_and_successor():
    card = ModelCard.objects.get(model_id="claude-sonnet-4-5-20250929")
    assert str(card.retires_on) == "2026-11-30"
    assert card.suggested_replacement == SONNET


@pytest.mark.parametrize("kind", ["input", "output", "cache_read", "cache_write_5m"])
@pytest.mark.parametrize("value", ["NaN", "-0.000001", "Infinity", "-Infinity", "1000000"])
def test_database_refuses_a_price_that_is_no_price(kind, value):
    """A NaN in one row would make every sum over it NaN and every cap pass."""
    statement = f"UPDATE usage_price SET {kind}_usd = %s::numeric"  # noqa: S608
    with (
        pytest.raises((IntegrityError, DataError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [value])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("long_input_usd", "NaN"),
        ("long_cache_read_usd", "-0.000001"),
        ("long_output_usd", "1000000"),
        ("long_output_usd", None),
        ("long_above_tokens", "0"),
        ("long_above_tokens", None),
    ],
)
def test_database_refuses_half_a_step_and_rates_that_are_none(column, value):
    assert Price.objects.filter(long_above_tokens__isnull=False).exists()
    statement = f"UPDATE usage_price SET {column} = %s::numeric WHERE long_above_tokens > 0"  # noqa: S608
    with (
        pytest.raises((IntegrityError, DataError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [value])


@pytest.mark.parametrize("change", [{"long_input_usd": None}, {"long_above_tokens": 0}], ids=str)
def test_form_asks_for_a_whole_step(change):
    row = Price.objects.get(long_above_tokens__isnull=False)
    for name, value in change.items():
        setattr(row, name, value)
    with pytest.raises(ValidationError, match="all five of its rates"):
        row.full_clean(exclude=change)


def test_step_is_read_into_the_configuration():
    [price] = load_catalog().prices["claude-sonnet-4-5-20250929"]
    assert price.long_context is not None
    assert price.rates(200_000) is price
    assert price.rates(200_001) is price.long_context
    assert price.long_context.output_usd == Decimal("22.5")


def test_price_of_the_same_moment_is_refused():
    row = Price.objects.first()
    assert row is not None
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_free_tokens_are_for_models_on_premise_only():
    free = {"input_usd": 0, "output_usd": 0, "cache_write_5m_usd": 0, "cache_write_1h_usd": 0}
    row = {"valid_from": NOW, "cache_read_usd": 0, **free}
    Price(model=ModelCard.objects.get(model_id="gemma3:4b"), **row).full_clean()
    with pytest.raises(ValidationError, match="premise"):
        Price(model=ModelCard.objects.get(model_id=HAIKU), **row).full_clean()


def test_credentials_are_references_and_never_values():
    for value in ("sk-ant-api03-abc", "https://evil.example", "env:lower", "file:relative"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Provider.objects.filter(slug="anthropic").update(credential_ref=value)
        with pytest.raises(IntegrityError), transaction.atomic():
            Deployment.objects.filter(slug="anthropic-direct-opus").update(base_url_ref=value)


@pytest.mark.parametrize("table", [Provider, Deployment])
@pytest.mark.parametrize("reference", ["env:KEY_ENCRYPTION_KEY", "file:/etc/hostname"])
def test_form_refuses_references_to_other_secrets(table, reference):
    """They would be sent to the provider."""
    row = table.objects.get(slug=STARTER_SLUGS[table])
    row.credential_ref = row.base_url_ref = reference
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert set(refused.value.message_dict) == {"credential_ref", "base_url_ref"}


def test_form_refuses_an_address_that_anybody_can_listen_to(settings):
    """A deployment without an address of its own has the provider's."""
    settings.ANTHROPIC_BASE_URL = "http://models.example.org"
    for table, slug in STARTER_SLUGS.items():
        row = table.objects.get(slug=slug)
        with pytest.raises(ValidationError, match="https"):
            row.full_clean()
        row.is_on_premise = True
        row.full_clean()


@pytest.mark.parametrize("table", [Provider, Deployment])
def test_form_takes_what_the_starter_data_refers_to(table):
    for row in table.objects.all():
        row.full_clean()


def test_tier_has_one_default_model_and_it_is_live():
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelCard.objects.filter(model_id="claude-opus-4-8").update(
            is_live=True, is_tier_default=True
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelCard.objects.filter(model_id=OPUS).update(is_live=False)


def test_alias_of_two_models_is_refused_in_form_and_snapshot():
    opus = ModelCard.objects.get(model_id=OPUS)
    opus.aliases = ["claude-haiku-4-5"]
    with pytest.raises(ValidationError, match=HAIKU):
        opus.full_clean()
    opus.save()
    with pytest.raises(InvalidConfiguration, match="claude-haiku-4-5"):
        load_catalog()


def test_switched_off_provider_has_no_deployments():
    Provider.objects.filter(slug="anthropic").update(is_enabled=False)
    assert not load_catalog().deployments


def test_loading_costs_a_constant_number_of_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
):
    for _ in range(3):
        make_key(client=make_client())
    with django_assert_num_queries(8):
        load()
