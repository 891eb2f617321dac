"""The figures of the dashboard and of the usage summary, read from the ledger's own rows."""

from datetime import UTC, datetime, timedelta

import pytest

from routerproject.shared import clock
from tests.factories.requests import make_attempt, make_request
from usage.dashboard import percentiles, queries

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.service]


def summary(**changes) -> queries.Summary:
    return queries.summary(**{"tenant_id": 1, "start": START, "end": END, **changes})


def answered(hour: float = 1, *, cost: int = 1_000, **fields):
    request = make_request(
        at=START + timedelta(hours=hour), uniform_opus_nano_usd=5 * cost, **fields
    )
    make_attempt(request, cost_nano_usd=cost, input_tokens=10, output_tokens=2)
    return request


def test_nothing_costs_nothing():
    found = summary()
    assert (found.requests, found.cost_nano_usd, found.tiers) == (0, 0, ())
    assert found.latency == percentiles.Latency()


def test_tiers_add_up_to_the_whole_in_order_of_rank():
    """Cost, tokens and savings of the tiers are those of the whole."""
    answered(tier="opus", cost=7_000)
    answered(tier="haiku", cost=1_000)
    answered(tier="haiku", cost=2_000)
    found = summary()
    assert [(t.tier, t.requests, t.cost_nano_usd) for t in found.tiers] == [
        ("haiku", 2, 3_000),
        ("opus", 1, 7_000),
    ]
    assert (found.requests, found.attempts, found.cost_nano_usd) == (3, 3, 10_000)
    assert (found.tokens.input_tokens, found.tokens.output_tokens) == (30, 6)
    assert found.saved_nano_usd == 40_000


def test_share_of_kept_answers_is_of_those_that_were_looked_for():
    for status in ("hit", "hit", "hit", "miss", "off", "replay", ""):
        answered(tier="haiku", cache_status=status)
    answered(tier="opus", cache_status="off")
    found = summary()
    assert (found.cache_hits, found.cache_misses, found.cache_hit_share) == (3, 1, 0.75)
    assert [tier.cache_hit_share for tier in found.tiers] == [0.75, None]


def test_share_of_thinking_is_of_the_output():
    request = make_request(at=START)
    make_attempt(request, output_tokens=200, thinking_tokens=50)
    assert summary().thinking_share == 0.25
    assert queries.Figures().thinking_share is None


def test_an_open_request_shows_what_it_holds_and_what_nobody_knows():
    request = make_request(at=START, state="open", latency_ms=None, finished_at=None)
    make_attempt(request, state="admitted", hold_nano_usd=70, cost_nano_usd=0)
    make_attempt(request, state="unknown", hold_nano_usd=30, cost_nano_usd=0, ordinal=2)
    make_attempt(request, state="void", hold_nano_usd=10, cost_nano_usd=0, ordinal=3)
    found = summary()
    assert (found.held_nano_usd, found.unknown_nano_usd, found.attempts) == (70, 30, 3)


def test_a_dead_process_hides_no_cost():
    """The sum comes from the attempts, also when nobody closed the request."""
    answered(state="failed", cost=900, cost_nano_usd=0)
    assert summary().cost_nano_usd == 900


@pytest.mark.parametrize(
    ("narrowing", "fields"),
    [
        ({"tier": "opus"}, {"tier": "opus"}),
        ({"task_type": "triage"}, {"task_type": "triage"}),
        ({"client_id": 9}, {"client_id": 9}),
        ({"tenant_id": 2}, {"tenant_id": 2}),
        ({"session_hash": b"s"}, {"session_hash": b"s"}),
        ({"case_hash": b"c"}, {"case_hash": b"c"}),
    ],
)
def test_each_filter_narrows(narrowing, fields):
    answered(cost=1)
    answered(cost=10, **fields)
    found = summary(**narrowing)
    assert (found.requests, found.cost_nano_usd) == (1, 10)


def test_every_tenant_is_summed_when_none_is_named():
    answered(tenant_id=1)
    answered(tenant_id=2)
    assert summary(tenant_id=None).requests == 2


def test_the_end_is_exclusive_and_the_start_is_not():
    answered(0)
    answered(24)
    assert summary().requests == 1


def test_percentiles_of_a_day_are_exact():
    for latency in range(1, 101):
        answered(latency_ms=float(latency))
    assert summary().latency == percentiles.Latency(50.5, 95.05, 99.01)


def test_percentiles_of_a_month_are_within_two_percent():
    for latency in range(100, 1_100):
        make_request(at=START, latency_ms=float(latency))
    found = summary(end=START + timedelta(days=30)).latency
    assert found.p50 == pytest.approx(600, rel=0.021)
    assert found.p95 == pytest.approx(1_050, rel=0.021)
    assert found.p99 == pytest.approx(1_090, rel=0.021)


def test_cost_of_queries_is_constant(django_assert_num_queries):
    for tier in ("haiku", "sonnet", "opus"):
        answered(tier=tier)
    with django_assert_num_queries(6):
        summary()


def test_a_finished_request_shows_in_the_very_next_call():
    now = clock.now()
    window = {"start": now - timedelta(minutes=1), "end": now + timedelta(minutes=1)}
    assert summary(**window).requests == 0
    make_attempt(make_request(at=now), cost_nano_usd=3)
    assert summary(**window).cost_nano_usd == 3


def test_other_months_are_not_read():
    """The bounds on the key leave one partition of each table, besides the default one."""
    plan = queries.Scope(tenant_id=1, start=START, end=END).requests().explain()
    assert "ai_usage_2026" in plan or "ai_usage_default" in plan
    assert plan.count("Scan on ai_usage") <= 2
