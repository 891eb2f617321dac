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
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import psycopg
import structlog

from routerproject.shared import clock
from routerproject.shared.database import connection_parameters, in_database
from usage import audit, budgets
from usage.budgets import BudgetRule
from usage.errors import DatabaseUnavailable, Overloaded
from usage.ledger import commit_group, statements
from usage.ledger.group import Group
from usage.ledger.operations import Admit, Operation, Outcome

MAX_GROUP = 256
MAX_TRIES = 3
LONGEST_SILENCE_SECONDS = 4.0  # more than any statement of the writer may take
MOST_WAITING = 10_000

log = structlog.get_logger(__name__)


class CommitOutcomeUnknown(DatabaseUnavailable):
    """The connection broke while committing: it may have happened. The sweeper will see."""


class _StaleRules(Exception):
    """A budget was edited since the writer read them."""


@dataclass(slots=True, eq=False)
class _Waiting:
    operation: Operation
    done: asyncio.Future[Outcome]


@dataclass(slots=True)
class _Rules:
    """The active budgets as of one configuration version."""

    version: int = -1
    budgets: tuple[BudgetRule, ...] = ()
    names: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Period:
    """The running period of one budget."""

    id: int
    ends_at: datetime | None

    def is_running(self, at: datetime) -> bool:
        """A clock that steps back does not bring an older period back."""
        return self.ends_at is None or at < self.ends_at


class Writer:
    """Commits operations in groups. Start it in a running event loop; close it at shutdown."""

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._rules = _Rules()
        self._periods: dict[int, _Period] = {}  # by budget id
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
        waiting = _Waiting(operation, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        if patience is not None:
            await asyncio.wait({waiting.done}, timeout=patience)
            if not waiting.done.done() and waiting in self._queue:
                self._queue.remove(waiting)
                raise DatabaseUnavailable("The ledger takes too long.", retry_after_seconds=1)
        return await waiting.done

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

    async def _recover(self, group: list[_Waiting], error: Exception) -> None:
        if len(group) > 1 and not self._is_lost(error):
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
            except _StaleRules:
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
            LONGEST_SILENCE_SECONDS, _hang_up, connection, is_silent
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
        arguments = group.arguments(self._rules.version)
        cursor = connection.cursor()
        try:
            await cursor.execute(commit_group.CALL, arguments, prepare=True)
            ((refusals,),) = await cursor.fetchall()
        except psycopg.errors.ObjectNotInPrerequisiteState as error:
            raise _StaleRules from error
        except psycopg.OperationalError as error:
            if connection.broken or connection.closed:
                raise CommitOutcomeUnknown(retry_after_seconds=1) from error
            raise
        return group.outcomes(orjson.loads(refusals), self._rules.names)

    async def _scopes(
        self,
        connection: psycopg.AsyncConnection[Any],
        operations: Sequence[Operation],
        at: datetime,
    ) -> dict[int, tuple[int, ...]]:
        """Return the current period ids per tenant, making periods and heads that are missing."""
        if self._rules.version < 0:
            await self._read_rules()
        await self._make_heads(connection, {op.tenant_id for op in operations})
        tenants = {op.tenant_id for op in operations if isinstance(op, Admit)}
        covering = {
            tenant: [rule for rule in self._rules.budgets if rule.covers(tenant)]
            for tenant in tenants
        }
        await self._open_periods(
            connection,
            [
                rule
                for rule in self._rules.budgets
                if any(rule in rules for rules in covering.values())
                and not (rule.id in self._periods and self._periods[rule.id].is_running(at))
            ],
            at,
        )
        return {
            tenant: tuple(sorted(self._periods[rule.id].id for rule in rules))
            for tenant, rules in covering.items()
        }

    async def _open_periods(
        self, connection: psycopg.AsyncConnection[Any], rules: list[BudgetRule], at: datetime
    ) -> None:
        """Find the running periods of budgets, or begin them.

        A period that was begun goes on until it ends, whatever an admin does to the budget's kind
        or zone meanwhile: an edit never resets what is spent.
        """
        if not rules:
            return
        ids = [rule.id for rule in rules]
        rows = await connection.execute(statements.FIND_PERIODS, [at, ids])
        latest = {row[0]: row for row in await rows.fetchall()}
        missing = [
            _beginning(rule, latest.get(rule.id), at)
            for rule in rules
            if rule.id not in latest or not latest[rule.id][3]
        ]
        if missing:
            try:
                await connection.execute(statements.MAKE_PERIODS, [orjson.dumps(missing).decode()])
            except psycopg.errors.ForeignKeyViolation:
                raise _StaleRules from None  # a budget was deleted a moment ago
            rows = await connection.execute(statements.FIND_PERIODS, [at, ids])
            latest = {row[0]: row for row in await rows.fetchall()}
        for budget_id, period_id, ends_at, _ in latest.values():
            self._periods[budget_id] = _Period(period_id, ends_at)

    async def _make_heads(
        self, connection: psycopg.AsyncConnection[Any], tenants: set[int]
    ) -> None:
        missing = tenants - self._known_heads
        if missing:
            await connection.execute(statements.MAKE_HEADS, [audit.GENESIS, sorted(missing)])
            self._known_heads |= missing

    async def _read_rules(self) -> None:
        try:
            version, rules = await in_database(_current_rules)
        except Exception as error:
            raise DatabaseUnavailable(retry_after_seconds=1) from error
        self._rules = _Rules(version, rules, {rule.id: rule.name for rule in rules})

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
        self._rules = _Rules()
        self._known_heads.clear()
        self._periods.clear()
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


def _beginning(rule: BudgetRule, last: Any, at: datetime) -> dict[str, Any]:
    """Return the period to begin: never before the end of the one before it."""
    starts_at, ends_at = budgets.current_start(rule, at)
    if last is not None and last[2] is not None:
        starts_at = max(starts_at, last[2])
    return {"budget_id": rule.id, "starts_at": starts_at, "ends_at": ends_at}


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
