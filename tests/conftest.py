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
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg.sql import SQL, Identifier
from pytest_django import DjangoDbBlocker

from routerproject.local.folders import locked
from routing.models import LlmClassifier
from tests.patience import be_patient

pytest_plugins = ["tests.sandbox_server"]

RUN = "TEST_RUN"  # the variable that tells all processes of one run its name
FIRST_NUMBERS = count(1_000, 1_000)  # of the practices of each restored database


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Copy the migrated database: for this process, and for each test after one that commits.

    Emptying tables would trip the triggers that let ledger and audit only grow, and would lose the
    starter data that migrations load.
    """
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        _migrate_once()
        _copy_database(source=_migrated(), target=name)
        _use_database(name)
    yield
    with django_db_blocker.unblock():
        _drop_database(name)


def _migrated() -> str:
    """Return the name of the database that only the first process migrates: it takes seconds."""
    return "test_migrated_" + os.environ[RUN]


def _lock() -> Path:
    return Path(tempfile.gettempdir()) / f"{_migrated()}.lock"


def _migrate_once() -> None:
    with locked(_lock(), wait=True):
        if _exists(_migrated()):
            return
        unfinished = _migrated() + "_unfinished"
        connection.settings_dict["TEST"]["NAME"] = unfinished
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        # Most tests count their calls, so those that are about this stage switch it on.
        LlmClassifier.objects.update(is_enabled=False)
        _close_connections()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{_migrated()}"')


def _exists(name: str) -> bool:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return bool(cursor.rowcount)


def _use_database(name: str) -> None:
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the processes copied, after the last of them."""
    if not hasattr(session.config, "workerinput"):
        _lock().unlink(missing_ok=True)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
            line.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(_migrated())))


def _restore_database(self: TransactionTestCase) -> None:
    name = connection.settings_dict["NAME"]
    _copy_database(source=_migrated(), target=name)
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
    _drop_database(target)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def _drop_database(name: str) -> None:
    _close_connections()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


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
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = str(os.getpid())
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
