"""Group commit: one writer per process, on its own connection, commits all that is waiting at once.

A commit costs a disk flush; whoever arrives while one is under way joins the next. Money and audit
are durable when `submit` returns. What could not be written is never silently dropped: before
byte 1 the caller gets DatabaseUnavailable, after it the writer goes on trying.
"""

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from routerproject.shared import clock
from routerproject.shared.database import connection_parameters, in_database
from usage import audit, budgets
from usage.audit import Head
from usage.budgets import BudgetRule, PeriodState
from usage.errors import DatabaseUnavailable, Overloaded
from usage.ledger import statements
from usage.ledger.books import Books
from usage.ledger.operations import Admit, Claimed, Operation, Outcome, Settle

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
        self._prepared: set[str] = set()
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
        scopes = await self._prepare(connection, operations, at)
        try:
            books = await self._lock(connection, operations, scopes, at)
            outcomes = [_apply(books, op, scopes) for op in operations]
            await self._write(connection, books)
        except BaseException:
            await self._roll_back()
            raise
        return outcomes

    async def _prepare(
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

    async def _lock(
        self,
        connection: psycopg.AsyncConnection[Any],
        operations: Sequence[Operation],
        scopes: dict[int, tuple[int, ...]],
        at: datetime,
    ) -> Books:
        """The first round trip: claim, lock and read, in the one order that cannot deadlock."""
        admits = [op for op in operations if isinstance(op, Admit)]
        settles = [op for op in operations if isinstance(op, Settle)]
        claims = [op.claim for op in admits if op.claim]
        periods = {i for op in admits for i in scopes[op.tenant_id]}
        periods |= {hold.period_id for op in settles for hold in op.holds}
        tenants = sorted({op.tenant_id for op in operations})
        parts: list[tuple[str, list[Any]]] = [("BEGIN", [])]
        if claims:
            keys = [[c.client_id for c in claims], [c.key for c in claims]]
            parts += [(statements.CLAIM, [_dumps(claims)]), (statements.READ_CLAIMS, keys)]
        if settles:
            attempt_ids = [op.settlement.id for op in settles]
            parts.append(("EXECUTE lock_attempts(%s)", [_array(attempt_ids)]))
        if periods:
            parts.append(("EXECUTE lock_periods(%s)", [_array(sorted(periods))]))
        parts.append(("EXECUTE lock_heads(%s)", [_array(tenants)]))
        results = await _message(connection, parts)
        heads = results.pop()
        sums = results.pop() if periods else []
        attempts = results.pop() if settles else []
        current = heads[0][3]
        if admits and current != self._rules.version:
            raise _StaleRules
        live = None
        if any(op.config_version != current for op in admits):
            rows = await connection.execute(statements.LIVE_KEYS, [[op.key_id for op in admits]])
            live = frozenset(row[0] for row in await rows.fetchall())
        return Books(
            at=at,
            periods={row[0]: PeriodState(*row) for row in sums},
            heads={row[0]: Head(row[0], row[1], bytes(row[2])) for row in heads},
            attempt_states=dict(attempts),
            lost_claims=_lost(claims, results.pop() if claims else []),
            live_keys=live,
            budget_names=self._rules.names,
        )

    async def _write(self, connection: psycopg.AsyncConnection[Any], books: Books) -> None:
        """The second round trip: write everything and commit."""
        document = _document(books)
        if not document:
            await connection.execute("ROLLBACK")  # all were refused
            return
        name = statements.name_of(document)
        if name not in self._prepared:
            await connection.execute(statements.prepare_write(document))
            self._prepared.add(name)  # outlives a roll-back
        try:
            await connection.execute(f"EXECUTE {name}(%s); COMMIT", [_dumps(document)])
        except psycopg.OperationalError as error:
            if connection.broken or connection.closed:
                raise CommitOutcomeUnknown(retry_after_seconds=1) from error
            raise

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
                await connection.execute(statements.MAKE_PERIODS, [_dumps(missing)])
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
        if self._connection is None or self._connection.closed or self._connection.broken:
            await self._disconnect()
            self._connection = await psycopg.AsyncConnection.connect(
                **connection_parameters(),
                autocommit=True,
                cursor_factory=psycopg.AsyncClientCursor,
                application_name="ledger writer",
            )
            await self._connection.execute(statements.SETTINGS)
            for preparation in statements.PREPARED_LOCKS:
                await self._connection.execute(preparation)
            self._prepared.clear()
        return self._connection

    async def _roll_back(self) -> None:
        try:
            if self._connection and not self._connection.closed:
                await self._connection.execute("ROLLBACK")
        except psycopg.Error:
            await self._disconnect()

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


async def _message(
    connection: psycopg.AsyncConnection[Any], parts: list[tuple[str, list[Any]]]
) -> list[list[Any]]:
    """Send several statements as one message and return the rows of those that have any."""
    query = "; ".join(statement for statement, _ in parts)
    cursor = await connection.execute(query, [value for _, values in parts for value in values])
    results = []
    while True:
        if cursor.description is not None:
            results.append(await cursor.fetchall())
        if not cursor.nextset():
            return results


def _array(values: Sequence[object]) -> str:
    """Return numbers or UUIDs as PostgreSQL spells an array."""
    return "{" + ",".join(map(str, values)) + "}"


def _beginning(rule: BudgetRule, last: Any, at: datetime) -> dict[str, Any]:
    """Return the period to begin: never before the end of the one before it."""
    starts_at, ends_at = budgets.current_start(rule, at)
    if last is not None and last[2] is not None:
        starts_at = max(starts_at, last[2])
    return {"budget_id": rule.id, "starts_at": starts_at, "ends_at": ends_at}


def _apply(books: Books, operation: Operation, scopes: dict[int, tuple[int, ...]]) -> Outcome:
    if isinstance(operation, Admit):
        return books.admit(operation, scopes[operation.tenant_id])
    if isinstance(operation, Settle):
        return books.settle(operation)
    return books.record(operation)


def _lost(claims: Sequence[Any], owners: Sequence[Any]) -> dict[UUID, Claimed]:
    """Return the claims whose key belongs to another request, by the request that asked."""
    owner_of = {
        (client, key): Claimed(owner, bytes(body), state)
        for client, key, owner, body, state in owners
    }
    return {
        claim.request_id: owner_of[claim.client_id, claim.key]
        for claim in claims
        if owner_of[claim.client_id, claim.key].request_id != claim.request_id
    }


def _document(books: Books) -> dict[str, Any]:
    """Return what the group writes, by part; parts without rows are left out."""
    writes = books.writes
    parts = {
        "requests": writes.requests,
        "attempts": writes.attempts,
        "entries": writes.entries,
        "links": writes.links,
        "settlements": writes.settlements,
        "closings": writes.closings,
        "periods": [
            {"id": p.id, "posted": p.posted, "held": p.held, "unknown": p.unknown}
            for p in books.periods.values()
            if p.is_changed
        ],
        "heads": [
            {"tenant_id": h.tenant_id, "seq": h.seq, "hash": h.hash}
            for h in books.heads.values()
            if h.tenant_id in books.grown
        ],
        "claim_ends": writes.claim_ends,
    }
    return {part: rows for part, rows in parts.items() if rows}


def _dumps(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    """Return bytes as PostgreSQL spells them; the rest of a row orjson knows."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return str(value)


__all__ = ["CommitOutcomeUnknown", "Writer"]
