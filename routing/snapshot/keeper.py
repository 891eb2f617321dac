"""One process's snapshot: built at start, renewed when admins edit, refused when it may be old.

A connection of its own listens for edits and, since a notice can be lost, also reads the version
twice a second; that reading is what confirms that the snapshot in memory is the current one. All of
it happens on a thread with an event loop of its own: hundreds of requests at once delay the loop
that answers them by seconds, and a database that is there would be taken for away.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from routerproject.shared.database import in_database, renew_connections
from routing.errors import StaleConfiguration
from routing.snapshot.building import Snapshot, build, earlier_publications
from routing.snapshot.findings import validate
from usage.configuration import InvalidConfiguration

POLL_SECONDS = 0.5
CONNECT_TIMEOUT_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 1
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
MOST_EARLIER = 20  # publications that a process without a configuration looks through

# What reading rows raises that no form of ours could have saved.
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """Keeps the snapshot of this process. Start it in the server's lifespan, close it at the end.

    `alarm` is empty, or says why the newest configuration is not the one in use.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.alarm = ""
        self._monotonic = monotonic
        self._snapshot: Snapshot | None = None
        self._judged_version = -1  # the last version that was built and found fit or unfit
        self._confirmed_at = float("-inf")
        self._tried = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # the thread's, while it follows edits
        self._closing = asyncio.Event()
        self._building: asyncio.Task[Snapshot | None] | None = None

    async def start(self) -> None:
        """Build the first snapshot, then follow edits until closed.

        An unfit rulebook leaves the last good one in use. With a configuration that is unfit
        beside that, or no database, this still returns: `alarm` says why, and `current` refuses
        until it is mended.
        """
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live()), name="snapshot keeper", daemon=True
        )
        self._thread.start()
        await asyncio.to_thread(self._tried.wait)

    async def close(self) -> None:
        """Stop following edits; a build that runs on its thread is waited for."""
        if self._thread is None:
            return
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._closing.set)
        await asyncio.to_thread(self._thread.join)

    @property
    def latest(self) -> Snapshot | None:
        """Return the snapshot in memory, whether or not it is known to be the current one."""
        return self._snapshot

    def current(self) -> Snapshot:
        """Return the snapshot, known to have been the current one a moment ago.

        Raises StaleConfiguration when that could not be confirmed for too long.
        """
        age_ms = (self._monotonic() - self._confirmed_at) * 1000
        if self._snapshot is None or age_ms > settings.SNAPSHOT_STALE_AFTER_MS:
            raise StaleConfiguration(retry_after_seconds=1)
        return self._snapshot

    async def _live(self) -> None:
        """Follow edits until told to close, on this thread."""
        self._loop = asyncio.get_running_loop()
        following = asyncio.create_task(self._run(), name="snapshot keeper")
        await self._closing.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        if self._building:
            await asyncio.wait({self._building})

    async def _run(self) -> None:
        """Follow edits; when the database goes away, come back to it, soon at first."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await self._connect() as own:
                    renew_connections()
                    await own.execute("LISTEN config_version")
                    # A database that was away may have come back from a backup, where the same
                    # number stands for another configuration.
                    self._judged_version = -1
                    while True:
                        await self._look(own)
                        pause = FIRST_PAUSE_SECONDS
                        async for _ in own.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except (DatabaseError, psycopg.Error, OSError) as error:
                log.warning("snapshot_database_lost", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 (a keeper that dies refuses every request)
                log.error("snapshot_keeper_failed", error=type(error).__name__)
            self._tried.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _look(self, own: psycopg.AsyncConnection[Any]) -> None:
        """Read the version; build what is new. Either way the snapshot is confirmed as of now."""
        asked_at = self._monotonic()
        async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS * settings.ENGINE_PATIENCE):
            version = await _read_version(own)
        if version != self._judged_version:
            await self._judge(version)
        self._confirmed_at = asked_at
        self._tried.set()

    async def _judge(self, version: int) -> None:
        """Use what the tables hold now if it is fit; else keep the last that was."""
        building = asyncio.create_task(in_database(_build_fit))
        self._building = building
        try:
            snapshot = await asyncio.shield(building)
        except InvalidConfiguration as error:
            await self._refuse(version, error.findings)
        except UNREADABLE as error:
            await self._refuse(
                version, (f"The configuration is malformed ({type(error).__name__}).",)
            )
        else:
            self._snapshot, self._judged_version, self.alarm = snapshot, snapshot.version, ""
            log.info("snapshot_in_use", version=snapshot.version)

    async def _refuse(self, version: int, findings: tuple[str, ...]) -> None:
        """Keep what is in use; a process that has just started takes the last good rulebook."""
        self.alarm = " ".join(findings)
        log.error("configuration_refused", version=version, findings=findings)
        if self._snapshot is None:
            self._building = asyncio.create_task(in_database(_build_earlier))
            self._snapshot = await asyncio.shield(self._building)
        # An edit made since this version was read has another number, so it is judged again.
        self._judged_version = version

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        database = connection.settings_dict
        return await psycopg.AsyncConnection.connect(
            host=database["HOST"],
            port=database["PORT"] or None,
            dbname=database["NAME"],
            user=database["USER"],
            password=database["PASSWORD"],
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS * settings.ENGINE_PATIENCE,
            application_name="snapshot keeper",
        )


def _build_fit(publication: int | None = None) -> Snapshot:
    snapshot = build(publication)
    validate(snapshot)
    return snapshot


def _build_earlier() -> Snapshot | None:
    """Return the configuration with the newest earlier rulebook that can be served, if any."""
    for each in earlier_publications(MOST_EARLIER):
        with contextlib.suppress(InvalidConfiguration, *UNREADABLE):
            return _build_fit(each)
    return None


async def _read_version(own: psycopg.AsyncConnection[Any]) -> int:
    cursor = await own.execute("SELECT version FROM usage_configversion")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
