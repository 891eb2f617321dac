"""What a group commit costs that does nothing else: its two commits, the queue, and the driver."""

import asyncio
import time
from collections import deque
from typing import Any

import psycopg

from routerproject.shared.database import connection_parameters

INSERT = "INSERT INTO bench_floor SELECT unnest(%s::bigint[])"


class BareWriter:
    """The shape of the ledger's writer: all that waits is one statement, which is durable."""

    def __init__(self) -> None:
        self._queue: deque[asyncio.Future[None]] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def one_call(self, seconds: float) -> tuple[float, float]:
        """Commit a row, wait as for a provider, commit another; return the times of both, in ms."""
        started = time.perf_counter()
        await self._submit()
        admitted = time.perf_counter()
        await asyncio.sleep(seconds)
        answered = time.perf_counter()
        await self._submit()
        return (admitted - started) * 1000, (time.perf_counter() - answered) * 1000

    async def _submit(self) -> None:
        done = asyncio.get_running_loop().create_future()
        self._queue.append(done)
        self._wake.set()
        await done

    async def _run(self) -> None:
        connection: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(
            **connection_parameters(), autocommit=True
        )
        async with connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS bench_floor (n bigint)")
            while True:
                await self._wake.wait()
                self._wake.clear()
                group = list(self._queue)
                self._queue.clear()
                await connection.execute(INSERT, [list(range(len(group)))], prepare=True)
                for done in group:
                    done.set_result(None)
