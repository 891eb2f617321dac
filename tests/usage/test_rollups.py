"""Hours are rolled up exactly: whatever happens, and whenever, they say what the rows say."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from routerproject.shared import clock
from routerproject.shared.database import in_database
from routerproject.shared.money import NanoUsd
from tests.factories.requests import make_attempt, make_request
from tests.usage.conftest import Clinic, plan
from usage import ledger, reconciliation
from usage.ledger.closing import Closing
from usage.models import (
    Attempt,
    CostedHour,
    HourlyCost,
    HourlyTotal,
    HourlyUsage,
    LedgerEntry,
    ModelCard,
    Price,
    RollupChain,
    RollupState,
    UsageRecord,
)
from usage.pricing import TokenCounts
from usage.reports import hours, ledger_facts
from usage.reports.facts import Facts, Key
from usage.rollups import Reading, Scope, upkeep
from usage.rollups.coverage import Sources, hour_of, sources_of
from usage.rollups.making import HOUR

EVERY_KEY = ("tenant_id", "client_id", "task_type", "tier", "model_id", "moment")
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=6, minutes=30)
UTC_ZONE = ZoneInfo("UTC")
pytestmark = pytest.mark.service


def by_rows(scope: Scope) -> Reading:
    return Reading(scope, sources=Sources((), ((scope.start, scope.end),)))


def assert_same(scope: Scope) -> None:
    """Compare what is read with roll-ups and what is read without, by every key."""
    mixed, rows = Reading(scope), by_rows(scope)
    assert mixed.sums(*EVERY_KEY) == rows.sums(*EVERY_KEY)
    assert mixed.sums("tier") == rows.sums("tier")
    for of in ("latency", "first_token"):
        assert mixed.latencies("task_type", of=of) == rows.latencies("task_type", of=of)
        assert mixed.latencies("tier", of=of) == rows.latencies("tier", of=of)
    assert costs_of(hours.facts_of(scope, UTC_ZONE)) == costs_of(
        ledger_facts.facts_of(scope, UTC_ZONE)
    )


def costs_of(found: dict[Key, Facts]) -> dict[Key, tuple[Facts, dict[str, int]]]:
    """Return facts without tiers at which nothing would have been paid."""
    return {
        key: (replace(facts, uniform={}), {tier: n for tier, n in facts.uniform.items() if n})
        for key, facts in found.items()
    }


@dataclass
class Traffic:
    """Requests of a clinic over the last hours, at random: begun, settled late, left alone."""

    clinic: Clinic
    writer: ledger.Writer
    now: datetime
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    open_pages: list[ledger.Page] = field(default_factory=list)
    unknown: list[UUID] = field(default_factory=list)

    async def step(self) -> None:
        choices = (self.begin, self.begin, self.answer, self.answer, self.resolve, self.keep_up)
        await self.dice.choice(choices)()

    async def begin(self) -> None:
        at = self.now - timedelta(minutes=self.dice.randrange(400))
        row = ledger.RequestRow(
            id=clock.new_id(at),
            tenant_id=self.clinic.tenant_id,
            client_id=self.clinic.client_id,
            key_prefix="cmr_test",
            created_at=at,
            deadline_at=at + timedelta(days=1),
            boot_id=uuid4(),
            task_type=self.dice.choice(["visit_summary", "extraction"]),
        )
        page = ledger.Page(row, key_id=self.clinic.key_id, writer=self.writer)
        if self.dice.random() < 0.2:
            return await page.record(
                Closing("completed", "kept", 2.0, cache_status=self.dice.choice(["hit", "miss"]))
            )
        await self._call(page, "classifier")
        self.open_pages.append(page)

    async def answer(self) -> None:
        """Go on with a request that was begun earlier; some never end."""
        if not self.open_pages:
            return
        page = self.open_pages.pop(self.dice.randrange(len(self.open_pages)))
        kind = self.dice.choice(["main", "fallback", "escalation"])
        closing = Closing(
            self.dice.choice(["completed", "completed", "failed", "cancelled"]),
            "end_turn",
            latency_ms=self.dice.uniform(0, 9_000),
            time_to_first_token_ms=self.dice.choice([None, self.dice.uniform(0, 900)]),
            uniform_opus=NanoUsd(5_000),
        )
        await self._call(page, kind, None if self.dice.random() < 0.3 else closing)
        if self.dice.random() < 0.3:
            await self._call(page, "judge")  # after the end of its request

    async def _call(self, page: ledger.Page, kind: str, closing: Closing | None = None) -> None:
        tier = self.dice.choice(["haiku", "sonnet"])
        async with page.admitted(plan(kind=kind, tier=tier)) as entry:
            end = self.dice.choice(["settled", "settled", "settled", "void", "unknown"])
            if end == "settled":
                used = TokenCounts(input_tokens=self.dice.randrange(90), output_tokens=20)
                entry.settle(used, outcome="end_turn", latency_ms=5.0)
            elif end == "void":
                entry.void(outcome="busy", latency_ms=5.0)
            else:
                entry.doubt(outcome="cut", latency_ms=5.0)
                self.unknown.append(entry.attempt.id)
            if closing:
                entry.close(closing)

    async def resolve(self) -> None:
        """Clear up a call long after its hour was rolled up."""
        if self.unknown:
            attempt = self.unknown.pop(self.dice.randrange(len(self.unknown)))
            await in_database(
                reconciliation.resolve, attempt_id=attempt, cost=77, by="a test", evidence={}
            )

    async def keep_up(self) -> None:
        await in_database(upkeep.keep_up, self.now)
        await in_database(upkeep.fill_back, self.now, hour_of(self.now - timedelta(hours=7)))


@pytest.mark.parametrize(
    "steps", [40, pytest.param(400, marks=pytest.mark.soak)], ids=["some", "many"]
)
async def test_hours_say_what_rows_say_whenever_one_looks(
    clinic: Clinic, writer: ledger.Writer, steps: int
):
    """Late settlements, corrections and calls after the end of their request included."""
    traffic = Traffic(clinic, writer, clock.now())
    scope = Scope(
        tenant_id=clinic.tenant_id,
        start=traffic.now - timedelta(hours=9),
        end=traffic.now + timedelta(minutes=1),
    )
    used_hours = costed = 0
    for step in range(steps):
        await traffic.step()
        if step % 4 == 0:
            await in_database(assert_same, scope)
            used_hours += bool((await in_database(sources_of, scope)).hours)
            costed += bool((await in_database(costed_hours, scope)).hours)
    assert used_hours > steps // 10 < costed
    await traffic.keep_up()
    await in_database(assert_derived, scope)


def costed_hours(scope: Scope) -> Sources:
    return hours.sources_of(scope, UTC_ZONE, hours.Basis())


def assert_derived(scope: Scope) -> None:
    """The hours hold what the ledger's entries and rows add up to."""
    (found,) = Reading(scope).sums().values()
    posted = LedgerEntry.objects.filter(kind="post").aggregate(sum=Sum("amount_nano_usd"))["sum"]
    assert found["cost_nano_usd"] == posted > 0
    assert found["requests"] == UsageRecord.objects.count()
    assert found["attempts"] == Attempt.objects.count()
    assert found["fallbacks"] > 0 < found["escalations"]
    parts = (found[f"{part}_nano_usd"] for part in ("model", "classifier", "other"))
    assert sum(parts) == posted
    for name in ("requests", "cost_nano_usd", "measured"):
        totals = HourlyTotal.objects.aggregate(sum=Sum(name))["sum"]
        assert totals == HourlyUsage.objects.aggregate(sum=Sum(name))["sum"]


@pytest.fixture
def quiet_afternoon(db: None) -> Scope:
    """Requests at noon and in the hours after, rolled up in the evening."""
    for minutes in (0, 30, 61, 200):
        request = make_request(at=NOON + timedelta(minutes=minutes), client_id=4)
        make_attempt(request, cost_nano_usd=1_000)
    caught_up(LATER)
    return Scope(tenant_id=1, start=NOON, end=LATER)


def caught_up(now: datetime) -> None:
    upkeep.keep_up(now)
    while upkeep.fill_back(now, upkeep.earliest_hour() or now):
        pass


def spoil() -> None:
    """Make hours say what rows do not, to see which are read."""
    HourlyUsage.objects.update(requests=100)
    HourlyTotal.objects.update(requests=100)


def requests_in(scope: Scope) -> int:
    return sum((each["requests"] for each in Reading(scope).sums().values()), 0)


def test_ended_hours_are_read_from_roll_ups(quiet_afternoon: Scope):
    spoil()
    assert requests_in(quiet_afternoon) == 300


def test_a_request_after_the_last_hour_shows_at_once(quiet_afternoon: Scope):
    make_request(at=NOON + timedelta(hours=6, minutes=1))
    assert requests_in(quiet_afternoon) == 5


def test_parts_of_hours_are_read_from_rows(quiet_afternoon: Scope):
    assert requests_in(Scope(tenant_id=1, start=NOON + timedelta(minutes=10), end=LATER)) == 3
    assert requests_in(Scope(tenant_id=1, start=NOON, end=NOON + timedelta(minutes=10))) == 1


@pytest.mark.parametrize(
    ("narrowing", "expected"),
    [({"client_id": 4}, 4), ({"client_id": 5}, 0), ({"tier": "opus"}, 0), ({"tier": "sonnet"}, 4)],
)
def test_filters_narrow_hours_as_they_narrow_rows(quiet_afternoon: Scope, narrowing, expected):
    assert requests_in(Scope(tenant_id=1, start=NOON, end=LATER, **narrowing)) == expected
    assert_same(Scope(tenant_id=1, start=NOON, end=LATER, **narrowing))


def test_sessions_and_cases_are_read_from_rows(quiet_afternoon: Scope):
    make_request(at=NOON, case_hash=b"c")
    spoil()
    assert requests_in(Scope(tenant_id=1, start=NOON, end=LATER, case_hash=b"c")) == 1


def test_days_of_a_clock_between_the_hours_are_read_from_rows(quiet_afternoon: Scope):
    spoil()
    india, new_york = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
    rows = Reading(quiet_afternoon, step="day", zone=india).sums("moment")
    hours = Reading(quiet_afternoon, step="day", zone=new_york).sums("moment")
    assert sum(each["requests"] for each in rows.values()) == 4
    assert sum(each["requests"] for each in hours.values()) == 300


def test_upkeep_takes_nothing_from_another_process(quiet_afternoon: Scope):
    assert upkeep.keep_up(LATER) == 0
    assert RollupState.objects.get().until == hour_of(LATER)


def test_a_clock_set_back_takes_no_hour_away(quiet_afternoon: Scope):
    upkeep.keep_up(LATER - timedelta(days=1))
    assert RollupState.objects.get().until == hour_of(LATER)
    assert requests_in(quiet_afternoon) == 4


def test_a_worker_that_was_away_catches_up_in_steps(quiet_afternoon: Scope):
    later = LATER + timedelta(days=3)
    made = [upkeep.keep_up(later) for _ in range(4)]
    assert made == [24, 24, 24, 0]
    assert requests_in(quiet_afternoon) == 4


def test_rebuilding_corrects_what_was_spoilt(quiet_afternoon: Scope):
    spoil()
    made = list(upkeep.rebuild(NOON - timedelta(days=1), LATER))
    assert [hour for hour, _ in made] == [NOON + HOUR * step for step in range(6)]
    assert requests_in(quiet_afternoon) == 4


def test_forgotten_months_are_dropped_and_read_from_rows(quiet_afternoon: Scope):
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert upkeep.forget(NOON) == 0
    assert upkeep.forget(december) > 0
    assert not HourlyUsage.objects.exists()
    assert requests_in(quiet_afternoon) == 4


def test_the_command_forgets_months_and_keeps_their_requests(
    quiet_afternoon: Scope, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=60))
    out = StringIO()
    call_command("forget_rollups", stdout=out)
    assert out.getvalue().startswith("0 tables of months before ")
    assert HourlyUsage.objects.exists()
    settings.KEEP_ROLLUPS_MONTHS = 1
    call_command("forget_rollups", stdout=out)
    assert out.getvalue().endswith(" tables of months before 2026-12 dropped\n")
    assert not HourlyUsage.objects.exists()
    assert requests_in(quiet_afternoon) == 4


def test_roll_ups_lie_in_the_partition_of_their_month(quiet_afternoon: Scope):
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM usage_hourlyusage")
        assert cursor.fetchall() == [("usage_hourlyusage_2026_11",)]


def test_the_command_makes_a_time_anew_and_says_how_far_it_is(quiet_afternoon: Scope):
    spoil()
    out = StringIO()
    times = ("--from", "2026-11-10", "--to", "2026-11-10T15:00")
    call_command("rebuild_rollups", *times, stdout=out)
    assert out.getvalue().splitlines()[-1] == "3 hours made anew, 2 rows"
    assert requests_in(quiet_afternoon) == 3 + 100


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from", "yesterday"], "--from must be an ISO 8601 date or date-time."),
        (["--to", "2026-13-01"], "--to must be an ISO 8601 date or date-time."),
        (["--from", "2026-11-11", "--to", "2026-11-10"], "--from must lie before --to."),
    ],
)
def test_the_command_refuses_times_that_are_none(quiet_afternoon: Scope, given, said):
    with pytest.raises(CommandError, match=said):
        call_command("rebuild_rollups", *given)


def test_an_empty_installation_has_nothing_to_roll_up(db: None):
    caught_up(LATER)
    assert not HourlyUsage.objects.exists()
    assert RollupState.objects.get().since == hour_of(LATER)
    assert not RollupChain.objects.exists()


def test_costs_of_an_upgrade_are_made_afterwards(quiet_afternoon: Scope):
    """Hours that were rolled up before there were costs are read from rows until then."""
    HourlyCost.objects.all().delete()
    CostedHour.objects.all().delete()
    assert costed_hours(quiet_afternoon).hours == ()
    assert_same(quiet_afternoon)
    while upkeep.add_costs(LATER, NOON):
        pass
    assert costed_hours(quiet_afternoon).hours == ((NOON, hour_of(LATER)),)
    assert HourlyCost.objects.count() == 3
    assert_same(quiet_afternoon)


def test_price_that_is_added_for_the_past_makes_costs_anew(quiet_afternoon: Scope):
    """From its moment on hours are read from rows, until they were made by the new price."""
    row = Price.objects.filter(model__is_tier_default=True, model__tier__slug="haiku")[0]
    row.pk, row.valid_from, row.input_usd = None, NOON + timedelta(hours=2), Decimal(90)
    row.save(force_insert=True)
    assert costed_hours(quiet_afternoon).hours == ((NOON, NOON + timedelta(hours=2)),)
    assert_same(quiet_afternoon)
    assert upkeep.add_costs(LATER, NOON) == 4
    assert costed_hours(quiet_afternoon).rows == ((hour_of(LATER), LATER),)
    assert_same(quiet_afternoon)
    assert upkeep.add_costs(LATER, NOON) == 0


def test_another_model_for_a_tier_makes_all_costs_anew(quiet_afternoon: Scope):
    ModelCard.objects.filter(is_tier_default=True, tier__slug="haiku").update(is_tier_default=False)
    assert costed_hours(quiet_afternoon).hours == ()
    assert_same(quiet_afternoon)


def test_months_of_costs_are_read_on_the_clock_of_the_zone(quiet_afternoon: Scope):
    """As with rows: an hour of UTC lies in the month that the zone's clock shows."""
    start = datetime(2026, 10, 31, 22, tzinfo=UTC)
    for hours_later in (0, 1, 2, 3):
        make_request(at=start + timedelta(hours=hours_later), client_id=4)
    caught_up(LATER)
    list(upkeep.rebuild(start, start + timedelta(hours=4)))
    scope, berlin = Scope(tenant_id=1, start=start, end=LATER), ZoneInfo("Europe/Berlin")
    found = hours.facts_of(scope, berlin)
    assert costed_hours(scope).hours
    assert costs_of(found) == costs_of(ledger_facts.facts_of(scope, berlin))
    assert sorted((key.month.month, each.requests) for key, each in found.items()) == [
        (10, 1),
        (11, 7),
    ]
