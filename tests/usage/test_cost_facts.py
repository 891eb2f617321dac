"""The cost report's figures: each lever where it belongs, and all of them adding up."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tests.factories.accounts import make_client
from tests.factories.requests import make_attempt, make_request
from usage import configuration, pricing
from usage.catalog import Price as PriceRow
from usage.ledger.rows import token_columns
from usage.models import ModelCard, Price
from usage.pricing import TokenCounts
from usage.reports import groups, ledger_facts, projection
from usage.reports.facts import Facts, by, total, waterfall
from usage.reports.names import NO_DEPARTMENT, Names
from usage.rollups.scope import Scope

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=20)
UTC_ZONE = ZoneInfo("UTC")
TOKENS = TokenCounts(input_tokens=1_000, output_tokens=300)
CACHED = TokenCounts(input_tokens=10, output_tokens=20, cache_read_input_tokens=5_000)
pytestmark = [pytest.mark.django_db, pytest.mark.service]


def price_of(tier: str, at: datetime = START) -> PriceRow:
    catalog = configuration.load_catalog()
    found = catalog.price_at(catalog.default_models[tier], at)
    assert found
    return found


def cost(tier: str, tokens: TokenCounts = TOKENS, *, is_batch: bool = False) -> int:
    return pricing.cost(tokens, price_of(tier), is_batch=is_batch)


def answered(tier: str = "haiku", tokens: TokenCounts = TOKENS, **fields: Any):
    """Return a request that one tier answered, its call with it."""
    is_batch = fields.pop("kind", "main") == "batch"
    request = make_request(
        at=fields.pop("at", START + timedelta(hours=1)),
        tier=tier,
        model_id=price_of(tier).model_id,
        deployment="here",
        uniform_opus_nano_usd=cost("opus", tokens),
        **fields,
    )
    call(request, tier, tokens, kind="batch" if is_batch else "main")
    return request


def call(request, tier: str, tokens: TokenCounts = TOKENS, **fields: Any):
    is_batch = fields.get("kind") == "batch"
    values = {
        "tier": tier,
        "model_id": price_of(tier).model_id,
        "deployment": "here" if tier == request.tier else "elsewhere",
        "price": price_of(tier).frozen(),
        "cost_nano_usd": cost(tier, tokens, is_batch=is_batch),
        **token_columns(tokens),
    }
    return make_attempt(request, **{**values, **fields})


def facts(**changes: Any) -> Facts:
    scope = Scope(**{"tenant_id": None, "start": START, "end": END, **changes})
    return total(ledger_facts.facts_of(scope, UTC_ZONE).values())


def test_nothing_costs_and_saves_nothing():
    found = facts()
    assert (found.requests, found.cost, found.opus, found.saved_share) == (0, 0, 0, None)
    assert {step.after for step in waterfall(found)} == {0}


def test_tokens_are_priced_at_every_tier_of_the_moment():
    answered("haiku")
    answered("opus")
    found = facts()
    assert found.uniform == {tier: 2 * cost(tier) for tier in ("haiku", "sonnet", "opus")}
    assert found.cost == cost("haiku") + cost("opus")
    assert found.routing == found.saved == cost("opus") - cost("haiku")


def test_changed_price_holds_from_its_moment_on():
    model = ModelCard.objects.get(model_id=price_of("sonnet").model_id)
    row = Price.objects.filter(model=model).order_by("-valid_from")[0]
    row.pk, row.valid_from, row.output_usd = None, START + timedelta(days=3), Decimal(99)
    row.save(force_insert=True)
    answered("haiku")
    before = facts().uniform["sonnet"]
    answered("haiku", at=START + timedelta(days=3))
    dearer = 300 * (99 - 15) * 1_000
    assert facts().uniform["sonnet"] == 2 * before + dearer


def test_prompt_cache_saves_what_reading_anew_would_cost_on_opus():
    answered("haiku", CACHED)
    folded = TokenCounts(input_tokens=5_010, output_tokens=20)
    found = facts()
    assert found.prompt_cache == cost("opus", folded) - cost("opus", CACHED)
    assert waterfall(found)[0].after == cost("opus", folded)


def test_kept_answer_is_priced_by_the_tokens_it_once_had():
    answered("sonnet")
    make_request(
        at=START,
        tier="sonnet",
        model_id=price_of("sonnet").model_id,
        cache_status="hit",
        outcome="cached",
        uniform_opus_nano_usd=cost("opus"),
        decision={"kept_tokens": token_columns(TOKENS)},
    )
    found = facts()
    assert (found.kept, found.response_cache) == (1, cost("sonnet"))
    assert found.uniform["haiku"] == 2 * cost("haiku")
    assert found.routing == 2 * (cost("opus") - cost("sonnet"))


def test_kept_answer_of_unknown_tokens_is_a_saving_as_a_whole():
    make_request(at=START, cache_status="hit", uniform_opus_nano_usd=7_000)
    found = facts()
    assert (found.response_cache, found.routing, found.saved) == (7_000, 0, 7_000)


def test_batch_saves_half_of_what_its_tier_costs():
    answered("sonnet", kind="batch")
    found = facts()
    assert found.batch == cost("sonnet") - cost("sonnet", is_batch=True)
    assert found.routing == cost("opus") - cost("sonnet")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("classifier", {"kind": "classifier"}),
        ("speculation", {"kind": "speculation", "outcome": "discarded"}),
        ("checking", {"kind": "judge"}),
        ("checking", {"kind": "shadow"}),
        ("escalation", {"kind": "escalation"}),
        ("retries", {"kind": "main"}),
        ("retries", {"kind": "fallback", "state": "resolved"}),
    ],
)
def test_what_was_paid_beside_the_answer_stands_on_its_line(line, fields):
    request = answered("haiku")
    call(request, "opus", **{"ordinal": 2, **fields})
    found = facts()
    assert getattr(found, line) == cost("opus")
    assert found.answers == cost("haiku")
    assert found.routing == cost("opus") - cost("haiku")
    assert waterfall(found)[-1].after == found.cost == cost("opus") + cost("haiku")


def test_poor_first_answer_of_an_escalated_request_is_escalation():
    request = answered("sonnet", source="escalation")
    call(request, "haiku", ordinal=0)
    found = facts()
    assert (found.escalation, found.answers) == (cost("haiku"), cost("sonnet"))


def test_request_without_an_answer_saves_nothing():
    request = make_request(at=START, state="failed", tier="haiku", deployment="here")
    call(request, "haiku")
    found = facts()
    assert (found.retries, found.opus, found.saved) == (cost("haiku"), 0, -cost("haiku"))


def test_answer_given_by_a_call_begun_early_is_the_answer():
    request = make_request(
        at=START, tier="haiku", model_id=price_of("haiku").model_id, deployment="here",
        uniform_opus_nano_usd=cost("opus"),
    )  # fmt: skip
    call(request, "haiku", kind="speculation", outcome="end_turn")
    assert (facts().answers, facts().speculation) == (cost("haiku"), 0)


def test_months_follow_the_clock_of_the_zone():
    answered(at=START + timedelta(hours=1))
    scope = Scope(tenant_id=None, start=START, end=END)
    [key] = ledger_facts.facts_of(scope, ZoneInfo("America/New_York"))
    assert f"{key.month:%Y-%m}" == "2026-10"


def test_every_waterfall_ends_with_what_the_ledger_has():
    """Whatever the calls were for and whatever they cost, each step leads to the next."""
    dice = random.Random(7)
    tiers = ("haiku", "sonnet", "opus")
    for _ in range(30):
        tokens = TokenCounts(*(dice.randrange(3_000) for _ in range(6)))
        kind = dice.choice(["main", "batch"])
        source = dice.choice(["rule", "escalation"])
        request = answered(dice.choice(tiers), tokens, kind=kind, source=source)
        for ordinal in range(2, dice.randrange(2, 5)):
            kind = dice.choice(["judge", "classifier", "fallback", "speculation", "escalation"])
            call(request, dice.choice(tiers), tokens, kind=kind, ordinal=-ordinal)
    found = facts()
    steps = waterfall(found)
    for before, after in itertools.pairwise(steps):
        assert after.kind == "sum" or before.after == after.before
        assert after.kind != "sum" or before.after == after.after
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(cost_nano_usd) FROM usage_attempt")
        assert steps[-1].after == found.cost == int(cursor.fetchone()[0])


def test_sql_prices_tokens_as_the_ledger_does():
    """Also above the step for long contexts, with odd prices, and rounded up."""
    dice = random.Random(11)
    model = ModelCard.objects.get(model_id=price_of("sonnet").model_id)
    row = Price.objects.filter(model=model).order_by("-valid_from")[0]
    row.pk, row.valid_from, row.input_usd = None, START - timedelta(hours=1), Decimal("3.000001")
    row.long_above_tokens, row.cache_read_usd = 10_000, Decimal("0.333333")
    for kind in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"):
        setattr(row, f"long_{kind}_usd", Decimal(dice.randrange(1, 10**6)) / 10**4)
    row.save(force_insert=True)
    expected = 0
    for size in (10, 3_000, 6_000, 20_000):
        tokens = TokenCounts(*(dice.randrange(size) for _ in range(6)))
        expected += cost("sonnet", tokens)
        answered("haiku", tokens)
    assert facts().uniform["sonnet"] == expected


def test_lines_of_departments_and_clients_add_up():
    lab = make_client(slug="lab", department="Laboratory")
    answered(client_id=lab.pk, tenant_id=lab.tenant_id)
    answered("opus", client_id=4_711)
    scope = Scope(tenant_id=None, start=START, end=END)
    names = Names.load()
    rows = ledger_facts.facts_of(scope, UTC_ZONE)
    found = by(rows, lambda key: names.department(key.client_id))
    assert [(name, each.cost) for name, each in found] == [
        (NO_DEPARTMENT, cost("opus")),
        ("Laboratory", cost("haiku")),
    ]
    assert facts(client_id=lab.pk).cost == cost("haiku")


def test_sessions_are_listed_by_cost_and_the_others_are_summed():
    for number, tier in enumerate(("haiku", "opus", "sonnet")):
        answered(tier, session_hash=bytes([number]), session_label=f"s{number}")
    answered("opus")
    found = groups.dearest(Scope(tenant_id=None, start=START, end=END), "session", limit=2)
    assert [each.name for each in found.shown] == ["s1", "s2"]
    assert (found.number, found.other_cost) == (3, cost("haiku"))
    assert found.cost == sum(map(cost, ("haiku", "sonnet", "opus")))


def test_days_of_sessions_hold_tasks_and_tokens_of_each_tier():
    request = answered("haiku", CACHED, session_hash=b"s", session_label="012")
    call(request, "sonnet", kind="judge", ordinal=2)
    answered("haiku", TOKENS, session_hash=b"s", session_label="012")
    answered("haiku", TOKENS, session_hash=b"\xab\xcd")
    found = list(groups.days(Scope(tenant_id=None, start=START, end=END), UTC_ZONE))
    assert [(d.session, d.tier, d.tasks, d.read_tokens, d.output_tokens) for d in found] == [
        ("abcd", "haiku", 1, 1_000, 300),
        ("012", "haiku", 2, 5_010 + 1_000, 320),
        ("012", "sonnet", 1, 1_000, 300),
    ]


def test_projection_is_the_mean_answer_at_each_tier():
    answered("haiku")
    answered("opus")
    found = facts()
    all_haiku = projection.project(found, 1_000, {"haiku": 50, "sonnet": 0, "opus": 0})
    assert all_haiku
    assert all_haiku.cost == 1_000 * cost("haiku")
    assert all_haiku.opus == 1_000 * cost("opus")
    half = projection.project(found, 10, {"haiku": 1, "opus": 1})
    assert half
    assert half.cost == 5 * (cost("haiku") + cost("opus"))
    assert projection.project(found, 10, {"haiku": 0}) is None
    assert projection.project(Facts(), 10, {"haiku": 1}) is None
    assert projection.monthly_answers(found, days=1) == 60
    assert projection.monthly_answers(found, days=0) == 0
    assert [scale.cost for scale in projection.scales(found, 2)][:2] == [found.cost, 2 * found.cost]
