"""Group commit: one writer per process, on its own connection, commits all that is waiting at once.

A commit costs a disk flush; whoever arrives while one is under way joins the next. Money and audit
are durable when `submit` returns. What could not be written is never silently dropped: before
byte 1 the caller gets DatabaseUnavailable, after it the writer goes on trying.
"""

import asyncio
import contextlib
import os
import select
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
import psycopg
import structlog
from django.conf import settings

from routerproject.shared import clock
from routerproject.shared.database import connection_parameters, in_database
from usage import audit, budgets
from usage.budgets import BudgetRule, Spending
from usage.errors import DatabaseUnavailable, MonthClosed, Overloaded
from usage.ledger import commit_group, statements
from usage.ledger.group import Group
from usage.ledger.operations import Admit, Operation, Outcome
from usage.ledger.running import RunningPeriods, StaleRules
from usage.ledger.waiting import WaitingLines

MAX_GROUP = 256
MAX_TRIES = 3
LONGEST_SILENCE_SECONDS = 4.0  # more than any statement of the writer may take
MOST_WAITING = 10_000

log = structlog.get_logger(__name__)


class CommitOutcomeUnknown(DatabaseUnavailable):
    """The connection broke while committing: it may have happened. The sweeper will see."""


@dataclass(slots=True, eq=False)
class _Waiting:
    operation: Operation
    done: asyncio.Future[Outcome]


class Writer:
    """Commits operations in groups. Start it in a running event loop; close it at shutdown."""

    def __init__(self) -> None:
        self.lines = WaitingLines()
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._running = RunningPeriods()
        self._known_heads: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="ledger writer")

    async def close(self) -> None:
        """Write all that is waiting, then stop."""
        self._is_closing = True
        self._wake.set()
        if self._task:
            await self._task
        await self._disconnect()

    async def submit(self, operation: Operation, *, patience: float | None = None) -> Outcome:
        """Return once the operation is committed, or raise DatabaseUnavailable or Overloaded.

        With patience, in seconds, an operation that still waits for its turn is taken back. One
        that is being written has begun to happen, so its outcome is waited for.
        """
        if self._is_closing and not self._queue and (self._task is None or self._task.done()):
            raise DatabaseUnavailable("The ledger is closed.")
        if len(self._queue) >= MOST_WAITING:
            raise Overloaded(retry_after_seconds=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(operation, loop.create_future())
        self._queue.append(waiting)
        self._wake.set()
        if patience is None:
            return await waiting.done
        timer = loop.call_later(patience, self._take_back, waiting)
        try:
            return await waiting.done
        finally:
            timer.cancel()

    def _take_back(self, waiting: _Waiting) -> None:
        if waiting in self._queue and not waiting.done.done():
            self._queue.remove(waiting)
            late = DatabaseUnavailable("The ledger takes too long.", retry_after_seconds=1)
            waiting.done.set_exception(late)

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._is_closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_GROUP))]
            await self._commit(group)

    async def _commit(self, group: list[_Waiting]) -> None:
        """Commit a group; when the database refuses it, commit its members one by one."""
        try:
            outcomes = await self._with_retries([w.operation for w in group])
        except Exception as error:  # noqa: BLE001 (a writer that dies would hang every request)
            await self._recover(group, error)
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(outcome)
        self.lines.ended(waiting.operation for waiting in group)

    async def _recover(self, group: list[_Waiting], error: Exception) -> None:
        if len(group) > 1 and (isinstance(error, MonthClosed) or not self._is_lost(error)):
            for waiting in group:
                await self._commit([waiting])
            return
        log.error("ledger.write_failed", error=type(error).__name__, operations=len(group))
        for waiting in group:
            if waiting.done.done():
                continue
            failure = (
                error
                if isinstance(error, DatabaseUnavailable)
                else DatabaseUnavailable(retry_after_seconds=1)
            )
            waiting.done.set_exception(failure)

    def _is_lost(self, error: Exception) -> bool:
        """Say whether the database is away, and not just unable to do this."""
        is_dead = self._connection is None or bool(self._connection.closed)
        return is_dead or isinstance(error, OSError | DatabaseUnavailable)

    async def _with_retries(self, operations: Sequence[Operation]) -> list[Outcome]:
        for left in range(MAX_TRIES - 1, -1, -1):
            try:
                return await self._transaction(operations)
            except StaleRules:
                await self._read_rules()
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if not left:
                    raise
            except psycopg.OperationalError as error:
                # Before the commit, so it is safe to try again on a new connection.
                if not left or not self._is_lost(error):
                    raise
                await self._disconnect()
        raise DatabaseUnavailable("The configuration keeps changing.", retry_after_seconds=1)

    async def _transaction(self, operations: Sequence[Operation]) -> list[Outcome]:
        connection = await self._connected()
        # A network that went silent tells nobody; a server that works answers or cancels sooner.
        is_silent = asyncio.Event()
        watch = asyncio.get_running_loop().call_later(
            LONGEST_SILENCE_SECONDS * settings.ENGINE_PATIENCE, _hang_up, connection, is_silent
        )
        try:
            return await self._written(connection, operations)
        except psycopg.OperationalError as error:
            if is_silent.is_set():  # trying again would only wait again
                await self._disconnect()
                raise DatabaseUnavailable(retry_after_seconds=1) from error
            raise
        finally:
            watch.cancel()

    async def _written(
        self, connection: psycopg.AsyncConnection[Any], operations: Sequence[Operation]
    ) -> list[Outcome]:
        at = clock.now()
        group = Group(operations, await self._scopes(connection, operations, at), at)
        arguments = group.arguments(self._running.version)
        cursor = connection.cursor()
        try:
            await cursor.execute(commit_group.CALL, arguments, prepare=True)
            ((answer,),) = await cursor.fetchall()
        except psycopg.errors.ObjectNotInPrerequisiteState as error:
            raise StaleRules from error
        except psycopg.errors.RestrictViolation as error:  # by the trigger of a closed month
            raise MonthClosed from error
        except psycopg.OperationalError as error:
            if connection.broken or connection.closed:
                raise CommitOutcomeUnknown(retry_after_seconds=1) from error
            raise
        refusals, watched = orjson.loads(answer)
        self._running.watched |= {int(period): seen for period, seen in watched.items()}
        return group.outcomes(refusals, self._running.by_id)

    def pressure(self, spending: Spending) -> BudgetRule | None:
        """Return a budget near its cap under which a call had better step down. A hint: what holds
        is decided by `submit`."""
        return self._running.pressure(spending)

    async def _scopes(
        self,
        connection: psycopg.AsyncConnection[Any],
        operations: Sequence[Operation],
        at: datetime,
    ) -> dict[int, tuple[tuple[int, ...], ...]]:
        """Return the periods that count each admission's attempts, by the operation's number."""
        if not self._running.is_known:
            await self._read_rules()
        await self._make_heads(connection, {op.tenant_id for op in operations})
        admits = [
            (number, operation)
            for number, operation in enumerate(operations, start=1)
            if isinstance(operation, Admit)
        ]
        if not admits:
            return {}
        spendings = [spending for _, admit in admits for spending in admit.spendings]
        found = iter(await self._running.counting(connection, spendings, at))
        return {number: tuple(islice(found, len(admit.spendings))) for number, admit in admits}

    async def _make_heads(
        self, connection: psycopg.AsyncConnection[Any], tenants: set[int]
    ) -> None:
        missing = tenants - self._known_heads
        if missing:
            await connection.execute(audit.MAKE_HEADS, [audit.GENESIS, sorted(missing)])
            self._known_heads |= missing

    async def _read_rules(self) -> None:
        try:
            version, rules = await in_database(_current_rules)
        except Exception as error:  # whatever it was: nothing is admitted under budgets of before
            raise DatabaseUnavailable(retry_after_seconds=1) from error
        self._running.learn(version, rules)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is not None and _is_usable(self._connection):
            return self._connection
        await self._disconnect()
        connection = await psycopg.AsyncConnection.connect(
            **connection_parameters(), autocommit=True, application_name="ledger writer"
        )
        try:
            await connection.execute(statements.SETTINGS)
            await connection.execute(commit_group.definition())
        except BaseException:
            await connection.close()  # one without the function would fail every group
            raise
        self._connection = connection
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        # What comes back may be a database restored from a backup: nothing known of it holds.
        self._running = RunningPeriods()
        self._known_heads.clear()
        if connection is not None:
            await connection.close()


def _hang_up(connection: psycopg.AsyncConnection[Any], is_silent: asyncio.Event) -> None:
    """End a connection from this side, so that whoever waits on it is told."""
    is_silent.set()
    if not connection.closed:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as own:
            own.shutdown(socket.SHUT_RDWR)


def _current_rules() -> tuple[int, tuple[BudgetRule, ...]]:
    # The version first: an edit in between then makes the rules newer, never older.
    version = budgets.configuration_version()
    return version, budgets.rules()


def _is_usable(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Say whether a server still listens; one with something to say unasked may be going away.

    What is sent to a server that left has an unknown outcome, so it is looked at before.
    """
    if connection.closed or connection.broken:
        return False
    unasked = select.poll()
    unasked.register(connection.fileno(), select.POLLIN)
    return not unasked.poll(0)


__all__ = ["CommitOutcomeUnknown", "Writer"]
