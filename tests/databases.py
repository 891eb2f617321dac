"""The migrated database, migrated once for all test processes, and the copies of it.

Emptying tables would trip the triggers that let ledger and audit only grow, and would lose the
starter data that migrations load. So a test that commits leaves its database to be dropped, and a
copy takes its place that was made while the test ran: routers that live on find one at once.
"""

import os
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg.sql import SQL, Identifier

from routerproject.local.folders import locked
from routing.models import LlmClassifier
from usage.management.commands.load_starter_data import load_groups

RUN = "TEST_RUN"  # the variable that tells all processes of one run its name
FIRST_NUMBERS = count(1_000, 1_000)  # of the practices of each copy
TRIES = 5


def migrated() -> str:
    """Return the name of the database that the first process migrates: it takes seconds."""
    return "test_migrated_" + os.environ[RUN]


def migrate_once() -> None:
    """Make the migrated database unless another process of this run has."""
    with locked(_lock(), wait=True), closing(Server()) as server:
        if server.has(migrated()):
            return
        unfinished = migrated() + "_unfinished"
        connection.settings_dict["TEST"]["NAME"] = unfinished
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        # Most tests count their calls, so those that are about this stage switch it on.
        LlmClassifier.objects.update(is_enabled=False)
        load_groups()
        close_connections()
        server.execute("ALTER DATABASE {} RENAME TO {}", unfinished, migrated())


def remove_migrated() -> None:
    """Remove it after the last process of a run."""
    _lock().unlink(missing_ok=True)
    with closing(Server()) as server:
        server.execute("DROP DATABASE IF EXISTS {}", migrated())


class Server:
    """PostgreSQL beside the tests' databases, over one connection: a new one costs 9 ms."""

    def __init__(self) -> None:
        self._kept: psycopg.Connection | None = None

    def execute(self, statement: str, *names: str) -> None:
        self._line().execute(SQL(statement).format(*map(Identifier, names)))

    def has(self, name: str) -> bool:
        found = self._line().execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return found.rowcount > 0

    def disconnect(self, name: str) -> None:
        """Close everybody's connections to a database, and wait until each has gone."""
        self._line().execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def _line(self) -> psycopg.Connection:
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        return self._kept


class TestDatabase:
    """The database under one process's tests, and the next one, made in advance."""

    __test__ = False

    def __init__(self, name: str) -> None:
        self._name = name
        self._server = Server()  # used by one thread at a time: each waits for the other
        self._thread = ThreadPoolExecutor(1)
        self._next: Future[None] = self._thread.submit(self._make_next)
        settings.DATABASES["default"]["NAME"] = name
        connection.settings_dict["NAME"] = name
        self.restore()

    @property
    def _spare(self) -> str:
        return f"{self._name}_next"

    @property
    def _used(self) -> str:
        return f"{self._name}_used"

    def restore(self) -> None:
        """Put the next copy in the database's place, whoever still uses it.

        What PostgreSQL refuses is tried again: else each later test would find what this one left.
        """
        for tried in range(1, TRIES + 1):
            try:
                self._next.result()
                self._replace()
                break
            except psycopg.Error:
                if tried == TRIES:
                    raise
                time.sleep(tried)
            finally:
                self._next = self._thread.submit(self._make_next)
        _begin_numbers_at(next(FIRST_NUMBERS))

    def _replace(self) -> None:
        close_connections()
        if self._server.has(self._name):
            self._server.execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", self._name)
            self._server.disconnect(self._name)
            self._server.execute("ALTER DATABASE {} RENAME TO {}", self._name, self._used)
        self._server.execute("ALTER DATABASE {} RENAME TO {}", self._spare, self._name)

    def remove(self) -> None:
        close_connections()
        self._thread.shutdown()
        self._drop(self._name, self._spare, self._used)
        self._server.close()

    def _make_next(self) -> None:
        self._drop(self._used, self._spare)
        # File by file takes half of the time that page by page through the log does.
        self._server.execute(
            "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", self._spare, migrated()
        )

    def _drop(self, *names: str) -> None:
        for name in names:
            self._server.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _begin_numbers_at(number: int) -> None:
    """Let no practice have the number of an earlier one: routers that live on know those."""
    with connection.cursor() as cursor:
        for table in ("usage_tenant", "usage_client"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])


def close_connections() -> None:
    """Close this process's connections, whoever borrowed them."""
    connections.close_all()
    for each in connections.all(initialized_only=True):
        each.close_pool()  # type: ignore[attr-defined]


def _lock() -> Path:
    return Path(tempfile.gettempdir()) / f"{migrated()}.lock"
