"""The keeper: swaps soon after an edit, keeps the last good one, never serves an old one."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection

from routerproject.shared.database import in_database
from routing.errors import StaleConfiguration
from routing.models import RulebookVersion
from routing.snapshot import Snapshot, SnapshotKeeper
from tests.factories.accounts import make_key
from tests.patience import LIMIT_SECONDS, USUAL, until, wait_until
from usage import accounts
from usage.models import ModelCard, Price, Tier

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@pytest.fixture
async def keeper(transactional_db: None) -> AsyncIterator[SnapshotKeeper]:
    running = SnapshotKeeper()
    await running.start()
    yield running
    await running.close()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def haiku_target(snapshot: Snapshot) -> int | None:
    return snapshot.table.catalog.tiers["haiku"].ttft_target_ms


async def test_snapshot_is_there_when_start_returns(keeper: SnapshotKeeper):
    assert keeper.current().table.task_types
    assert keeper.alarm == ""


@pytest.mark.parametrize("how", ["save", "update", "sql"])
async def test_edit_is_in_use_soon(keeper: SnapshotKeeper, how: str):
    edits = {
        "save": lambda: Tier(
            **{**Tier.objects.filter(slug="haiku").values()[0], "ttft_target_ms": 7}
        ).save(),
        "update": lambda: Tier.objects.filter(slug="haiku").update(ttft_target_ms=7),
        "sql": lambda: run("UPDATE usage_tier SET ttft_target_ms = 7 WHERE slug = 'haiku'"),
    }
    before = keeper.current().version
    await in_database(edits[how])
    await until(lambda: haiku_target(keeper.current()) == 7)
    assert keeper.current().version > before


async def test_snapshot_held_by_a_request_does_not_change(keeper: SnapshotKeeper):
    held = keeper.current()
    await in_database(Tier.objects.filter(slug="haiku").update, ttft_target_ms=7)
    await until(lambda: haiku_target(keeper.current()) == 7)
    assert haiku_target(held) == 200


async def test_revoked_key_is_known_soon(keeper: SnapshotKeeper):
    key = await in_database(make_key)
    digest = accounts.digest_of(key.text)
    await until(lambda: digest in keeper.current().accounts.keys)
    await in_database(accounts.revoke_key, key=key.row, by=None)
    ended = lambda: keeper.current().accounts.keys[digest].valid_until is not None  # noqa: E731
    await until(ended)


def poison_price() -> None:
    Price.objects.filter(model__is_live=True).update(input_usd=0)


def poison_price_rows() -> None:
    Price.objects.filter(model__is_live=True).delete()


def poison_default_model() -> None:
    ModelCard.objects.update(is_tier_default=False)


def poison_rulebook() -> None:
    latest = RulebookVersion.objects.get()
    RulebookVersion.objects.create(content={}, note="x", published_at=latest.published_at)


def poison_rule_shape() -> None:
    publish_rule(priority="high", conditions={})


def poison_rule_hours() -> None:
    publish_rule(priority=1, conditions={"time_window": {"from": "25:00"}})


def publish_rule(**fields: Any) -> None:
    good = RulebookVersion.objects.earliest("id")
    rule = {"slug": "x", "version": 1, "actions": {"tier": "opus"}, **fields}
    content = {**good.content, "rules": [*good.content["rules"], rule]}
    RulebookVersion.objects.create(content=content, note="x", published_at=good.published_at)


@pytest.mark.parametrize(
    "poison",
    [
        poison_price,
        poison_price_rows,
        poison_default_model,
        poison_rulebook,
        poison_rule_shape,
        poison_rule_hours,
    ],
)
async def test_unfit_configuration_keeps_the_last_good_one_with_an_alarm(
    keeper: SnapshotKeeper, poison: Callable[[], None]
):
    good = keeper.current()
    await in_database(poison)
    await until(lambda: keeper.alarm != "")
    judged = keeper._confirmed_at
    await until(lambda: keeper._confirmed_at > judged)  # though it is not the newest
    assert keeper.current() is good


async def test_mended_configuration_ends_the_alarm(keeper: SnapshotKeeper):
    await in_database(poison_price)
    await until(lambda: keeper.alarm != "")
    await in_database(Price.objects.filter(model__is_live=True).update, input_usd=2)
    await until(lambda: keeper.alarm == "")
    price = keeper.current().table.catalog.prices["claude-sonnet-4-6"][0]
    assert price.input_usd == 2


async def test_unfit_configuration_at_start_is_refused_until_mended(transactional_db: None):
    await in_database(poison_price)
    keeper = SnapshotKeeper()
    await keeper.start()
    try:
        assert "costs nothing" in keeper.alarm
        with pytest.raises(StaleConfiguration):
            keeper.current()
        await in_database(Price.objects.filter(model__is_live=True).update, input_usd=2)
        await until(lambda: keeper.alarm == "")
        assert keeper.current()
    finally:
        await keeper.close()


@pytest.mark.parametrize("poison", [poison_rulebook, poison_rule_shape])
async def test_a_process_that_starts_takes_the_last_good_rulebook(
    transactional_db: None, poison: Callable[[], None]
):
    """A restart must not turn an alarm into an outage; all that is newer is looked at again."""
    await in_database(poison)
    await in_database(poison_rule_hours)
    keeper = SnapshotKeeper()
    await keeper.start()
    try:
        assert keeper.current().table.task_types
        assert keeper.alarm
        await in_database(publish_rule, priority=1, conditions={})
        await until(lambda: keeper.alarm == "")
        assert keeper.current().table.rules[0].slug == "x"
    finally:
        await keeper.close()


async def test_snapshot_is_stale_two_seconds_after_the_last_confirmation(
    transactional_db: None, settings
):
    """The clock is passed in, so nothing waits: 1.9 seconds are fine, 2.1 are not."""
    settings.SNAPSHOT_STALE_AFTER_MS = int(USUAL["SNAPSHOT_STALE_AFTER_MS"])
    now = [100.0]
    keeper = SnapshotKeeper(monotonic=lambda: now[0])
    await keeper.start()
    await keeper.close()
    now[0] += 1.9
    assert keeper.current()
    now[0] += 0.2
    with pytest.raises(StaleConfiguration):
        keeper.current()


async def test_busy_event_loop_does_not_make_the_snapshot_stale(keeper: SnapshotKeeper):
    """Confirmations go on while the loop that answers requests gets to nothing else."""
    before = keeper._confirmed_at
    wait_until(lambda: keeper._confirmed_at > before)


async def test_without_a_database_it_refuses_and_comes_back(keeper: SnapshotKeeper, settings):
    """The database throws everybody out and lets nobody in; later it does again."""
    settings.SNAPSHOT_STALE_AFTER_MS = int(USUAL["SNAPSHOT_STALE_AFTER_MS"])
    name = connection.settings_dict["NAME"]
    await in_database(_close_doors, name, True)
    await until(lambda: _is_stale(keeper))
    await in_database(_close_doors, name, False)
    await until(lambda: not _is_stale(keeper))


async def test_database_that_comes_back_is_asked_over_new_connections(keeper: SnapshotKeeper):
    """Nobody meets one that died meanwhile, after which the pool makes its askers wait."""
    before = keeper.current()
    together = Barrier(4)
    await asyncio.gather(*(in_database(_ask_with_others, together) for _ in range(4)))
    await asyncio.to_thread(_disconnect_all, connection.settings_dict["NAME"])
    await until(lambda: keeper.current() is not before)
    counts: dict[str, int] = connection.pool.get_stats()  # type: ignore[attr-defined]
    assert counts.get("connections_lost", 0) == 0


def _ask_with_others(together: Barrier) -> None:
    run("SELECT 1")
    together.wait(LIMIT_SECONDS)


def _is_stale(keeper: SnapshotKeeper) -> bool:
    try:
        keeper.current()
    except StaleConfiguration:
        return True
    return False


def _close_doors(name: str, is_closed: bool) -> None:
    with connection._nodb_cursor() as cursor:
        limit = "false" if is_closed else "true"
        cursor.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {limit}')
    _disconnect_all(name)


def _disconnect_all(name: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
        line.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
