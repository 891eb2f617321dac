"""The cast of the tests, and a database that is restored instead of emptied.

What keeps tests true on any machine, and quick:

- Wait for a condition, never for a time: `wait_until` and `until` of tests/patience.py.
- What happens while a call runs: `sandbox.script(latency_ms=HELD_MS)` or a `stall`, look, then
  `sandbox.release()`.
- The product's own short limits are long here. A test about one of them sets it itself, or starts
  its router with `environment=USUAL`.
- A deadline that is to be missed is tried longer until the request got far enough: DEADLINES_MS.
- No test says how long something took. Count instead.
- Use the router of `gateway_process`; one of your own takes a second, and needs a reason. It is
  forked by a process that has imported the product, unless the test is about how a router starts or
  ends (`is_alone`), there are several workers, or its environment is about more than settings.
- `fetch` and `web_client` of tests/gateway_server.py instead of a client of your own.
- A test that commits costs a copy of the database: take `django_db` without `transaction` where you
  can, or share a module's database as tests/e2e/campaign does.
"""

import gc
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from tests import databases
from tests.databases import TestDatabase
from tests.patience import be_patient
from tests.server_processes import PRELOADED

pytest_plugins = ["tests.sandbox_server"]
MIGRATING = pytest.StashKey[subprocess.Popen[bytes]]()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Give this process a copy of the migrated database, and a fresh one after each commit."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        databases.migrate_once()
        database = TestDatabase(name)
    restoring = pytest.MonkeyPatch()

    def restore(case: TransactionTestCase) -> None:
        database.restore()
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()  # other ids begin anew, and what is kept under one is another row's

    restoring.setattr(TransactionTestCase, "_fixture_teardown", restore)
    yield
    restoring.undo()
    with django_db_blocker.unblock():
        database.remove()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        if MIGRATING in session.config.stash:
            session.config.stash[MIGRATING].wait()
        databases.remove_migrated()


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """Make the folder of collected files, whose absence WhiteNoise warns about."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[Any]) -> None:
    """Give each parallel process a Redis database and a folder of its own.

    Its PostgreSQL database is pytest-django's doing. The one that all of them copy is made
    meanwhile: each process collects for seconds.
    """
    config.stash[MIGRATING] = subprocess.Popen([sys.executable, "-m", "tests.migrating"])
    if sys.platform == "linux":
        PRELOADED.launch()
    redis = urlsplit(os.environ["REDIS_URL"])
    for number, spec in enumerate(specs, start=1):
        folder = Path(os.environ["DATA_DIR"]) / f"worker-{number}"
        folder.mkdir(exist_ok=True)
        spec.env["DATA_DIR"] = str(folder)
        spec.env["REDIS_URL"] = redis._replace(path=f"/{number}").geturl()


@pytest.hookimpl(trylast=True)  # after the plugins have set up what is changed here
def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("Run the tests by `make test`: it starts PostgreSQL and Redis.", returncode=4)
    if not hasattr(config, "workerinput"):
        os.environ[databases.RUN] = str(os.getpid())
    else:
        _report_tries_at_once(config)
    be_patient()
    _be_repeatable(explores=config.option.markexpr == "soak")
    settings.PASSWORD_HASHERS = ["tests.factories.people.QuickHasher"]


def pytest_collection() -> None:
    gc.disable()  # what is collected stays, and looking for cycles in it is a fifth of the time


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def _report_tries_at_once(config: pytest.Config) -> None:
    """Let the line over which each test's tries are counted hold back no packet (RFC 896).

    A test says how often it may be tried, which nobody answers, and the next one asks how often it
    was: that question waited 40 ms for the acknowledgement of what had been said.
    """
    line: socket.socket = config.failures_db.sock  # type: ignore[attr-defined]
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


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
