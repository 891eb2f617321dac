"""The cast of the tests, and a database that is restored instead of emptied.

What keeps tests true on any machine, and quick:

- Wait for a condition, never for a time: `wait_until` and `until` of tests/patience.py.
- What happens while a call runs: `sandbox.script(latency_ms=HELD_MS)` or a `stall`, look, then
  `sandbox.release()`.
- The product's own short limits are long here. A test about one of them sets it itself, or starts
  its router with `environment=USUAL`.
- A deadline that is to be missed is tried longer until the request got far enough: DEADLINES_MS.
- No test says how long something took. Count instead.
- Use the router of `gateway_process`; one of your own takes seconds, and needs a reason.
- `fetch` and `web_client` of tests/gateway_server.py instead of a client of your own.
- A test that commits costs a copy of the database: take `django_db` without `transaction` where you
  can, or share a module's database as tests/e2e/campaign does.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
import redis
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from routing.models import LlmClassifier
from tests.patience import be_patient

pytest_plugins = ["tests.sandbox_server"]

TEMPLATE_SUFFIX = "_template"
FIRST_NUMBERS = count(1_000, 1_000)  # of the practices of each restored database


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Keep a copy of the migrated database, from which tests that commit are cleaned up.

    Emptying tables would trip the triggers that let ledger and audit only grow, and would lose the
    starter data that migrations load.
    """
    with django_db_blocker.unblock():
        # Most tests count their calls, so those that are about this stage switch it on.
        LlmClassifier.objects.update(is_enabled=False)
        name = connection.settings_dict["NAME"]
        _copy_database(source=name, target=name + TEMPLATE_SUFFIX)
    yield
    with django_db_blocker.unblock():
        _close_connections()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}{TEMPLATE_SUFFIX}" WITH (FORCE)')


def _restore_database(self: TransactionTestCase) -> None:
    name = connection.settings_dict["NAME"]
    _copy_database(source=name + TEMPLATE_SUFFIX, target=name)
    _begin_numbers_at(next(FIRST_NUMBERS))
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()  # other ids begin anew, and what is kept under one is another row's


def _begin_numbers_at(number: int) -> None:
    """Let no practice have the number of an earlier one: routers that live on know those."""
    with connection.cursor() as cursor:
        for table in ("usage_tenant", "usage_client"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])
    _close_connections()


setattr(TransactionTestCase, "_fixture_teardown", _restore_database)  # noqa: B010 (untyped)


def _copy_database(*, source: str, target: str) -> None:
    _close_connections()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user AND backend_type = 'client backend'",
            [source],
        )
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def _close_connections() -> None:
    connections.close_all()
    for each in connections.all(initialized_only=True):
        each.close_pool()  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """Make the folder of collected files, whose absence WhiteNoise warns about."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[Any]) -> None:
    """Give each parallel process a Redis database and a folder of its own.

    Its PostgreSQL database is pytest-django's doing.
    """
    redis = urlsplit(os.environ["REDIS_URL"])
    for number, spec in enumerate(specs, start=1):
        folder = Path(os.environ["DATA_DIR"]) / f"worker-{number}"
        folder.mkdir(exist_ok=True)
        spec.env["DATA_DIR"] = str(folder)
        spec.env["REDIS_URL"] = redis._replace(path=f"/{number}").geturl()


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("Run the tests by `make test`: it starts PostgreSQL and Redis.", returncode=4)
    be_patient()
    _be_repeatable(explores=config.option.markexpr == "soak")
    settings.PASSWORD_HASHERS = ["tests.factories.people.QuickHasher"]


def _be_repeatable(*, explores: bool) -> None:
    """Try the same examples in every run; only the soak looks for new ones.

    None has a deadline, and none is generated too slowly: that would be said of the machine.
    """
    hypothesis.settings.register_profile(
        "router",
        deadline=None,
        derandomize=not explores,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("router")
