"""The one door from the event loop to the ORM, and where own connections connect to."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async  # noqa: TID251 (this is the door)
from django.conf import settings
from django.db import OperationalError, connection, connections
from psycopg_pool import ConnectionPool

SILENCE_SECONDS = 2.0
P = ParamSpec("P")
T = TypeVar("T")


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DATABASE_POOL_SIZE, thread_name_prefix="database")


async def in_database(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous function on a database thread (a hop costs about 0.1 ms).

    The function owns its transaction; the connection goes back to the pool afterwards. Raises
    OperationalError when a database that should have canceled the statement says nothing at all.
    """

    def run() -> T:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    patience = settings.STATEMENT_TIMEOUT_MS / 1000 + SILENCE_SECONDS
    try:
        async with asyncio.timeout(patience):
            return await sync_to_async(run, thread_sensitive=False, executor=_threads())()
    except TimeoutError:
        raise OperationalError("The database does not answer.") from None


def renew_connections() -> None:
    """Replace the pool's idle connections, for whoever knows that the database was away.

    It has closed them. By itself the pool finds that out one by one, and whoever asked for a
    connection is made to wait in between: 1, 2, 4 seconds. This waits for nothing.
    """
    pool: ConnectionPool[Any] = connection.pool  # type: ignore[attr-defined]
    pool.open()
    pool.drain()


def connection_parameters() -> dict[str, Any]:
    """Return the keyword arguments with which psycopg connects to the site's database.

    For the few connections that live outside the ORM: the ledger's writer, the snapshot's listener.
    """
    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "connect_timeout", "options")
    return {name: parameters[name] for name in wanted if name in parameters}
