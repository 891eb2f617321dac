"""Sanitizing off the event loop: long texts go to a worker process, short ones are done at once.

Files are read there too. One worker does one job at a time. A text waits a bounded time for its
turn; its patience begins with the turn, and is more while the worker still starts. A worker that
outlasts it is killed and another one started, so that one bad text does not refuse the next. Texts
that were read before (phi.leaf_memory) need no worker: only what is new counts as long. What the
worker learned is handed over with its answer.
"""

import asyncio
import multiprocessing
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from django.conf import settings

from phi.errors import EngineBusy, PhiBlocked
from phi.leaf_memory import CaseMemory, LeafMemory
from phi.sanitize import FoundText, Sanitized, unread_characters
from phi.sanitize import sanitize as sanitize_now
from phi.sanitize import sanitize_text as sanitize_text_now
from phi.types import KnownIdentifier, PhiPolicy
from routerproject.shared import turns

SHORT_TEXT_BYTES = 2_000  # a few milliseconds of work
FEW_IDENTIFIERS = 100  # more of them take some milliseconds to prepare
LONGEST_REMEMBERED_BYTES = 64_000  # replaying the hits of more takes too long for an event loop
SLOWEST_BYTES_PER_SECOND = 20_000
PATIENCE_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 5.0
START_SECONDS = 10.0  # on a busy machine; a worker that is never given it never comes up
LONGEST_END_SECONDS = 1.0
Result = TypeVar("Result")
# With a name, for the model of names to be read as well.
WARM_UP_TEXT = "Jane Roe was seen on 03/02/2026, call (555) 010-4477, BP 120/80."


async def sanitize(
    document: Any,
    *,
    known: Sequence[KnownIdentifier],
    policy: PhiPolicy,
    key: bytes,
    size: int,
    rank: int = turns.BEGUN,
) -> Sanitized:
    """Return the sanitized document of `size` bytes, without holding up the event loop.

    `rank` is that of its turn on the loop, where it has one.

    Raises PhiBlocked when the policy forbids it, and when the worker died or took too long;
    EngineBusy when the texts before it took all the time there is for waiting.
    """
    case = MEMORY.of_case(key, known, policy)
    if len(known) <= FEW_IDENTIFIERS and _is_quick(document, size, policy, case):
        return await turns.here().run(
            partial(sanitize_now, document, known=known, policy=policy, key=key, memory=case),
            rank=rank,
        )
    job = partial(_learned, document, tuple(known), policy, key)
    sanitized, learned = await run(job, size=size)
    if size <= LONGEST_REMEMBERED_BYTES:
        MEMORY.add(learned)
    return sanitized


async def sanitize_text(
    text: str, *, known: Sequence[KnownIdentifier], policy: PhiPolicy, key: bytes
) -> FoundText:
    """Return a text with tokens, what was found in it, and the vault; raises like `sanitize`."""
    job = partial(sanitize_text_now, text, known=tuple(known), policy=policy, key=key)
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= SHORT_TEXT_BYTES and len(known) <= FEW_IDENTIFIERS:
        return job()
    return await run(job, size=size)


async def run(job: Callable[[], Result], *, size: int) -> Result:
    """Return what a job gives in the worker process, which has longer for `size` bytes of work.

    The job travels there, so it is a function of a module with its arguments. Raises PhiBlocked
    when it does, dies or takes too long; EngineBusy when its turn did not come.
    """
    loop = asyncio.get_running_loop()
    turn = await _turn(loop)
    worker = _current()
    patience = PATIENCE_SECONDS + size / SLOWEST_BYTES_PER_SECOND
    if not worker.has_answered:
        patience += START_SECONDS
    patience *= settings.ENGINE_PATIENCE
    watchdog = loop.call_later(patience, worker.give_up)
    work = loop.run_in_executor(None, worker.do, job)
    # The caller may leave; the turn ends with the work.
    work.add_done_callback(partial(_end, worker, watchdog, turn))
    return cast(Result, await asyncio.shield(work))


def _is_quick(document: Any, size: int, policy: PhiPolicy, case: CaseMemory) -> bool:
    """Tell whether little of a document needs to be read anew."""
    if size <= SHORT_TEXT_BYTES:
        return True
    if size > LONGEST_REMEMBERED_BYTES:
        return False
    return unread_characters(document, policy=policy, memory=case) <= SHORT_TEXT_BYTES


def start() -> None:
    """Start the worker, so that the first long text need not wait for it. Returns at once."""
    _current()


def close() -> None:
    """Stop the worker process, if one was started."""
    with _changing:
        while _workers:
            _workers.pop().stop()


class _Worker:
    """One process that sanitizes what it is sent; used for one text at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # else nobody would see the worker's end
        self._one_at_a_time = threading.Lock()
        self._is_overdue = False
        self.is_broken = self.has_answered = False

    @property
    def is_alive(self) -> bool:
        return not self.is_broken and self._process.is_alive()

    def do(self, job: Callable[[], Any]) -> Any:
        """Return what the job gives, or raise PhiBlocked. Blocks: call it on a thread."""
        with self._one_at_a_time:
            try:
                if self.is_broken:
                    raise EOFError
                self._pipe.send(job)
                result = self._pipe.recv()
                self.has_answered = True
            except Exception:  # noqa: BLE001 - whatever it was, the pipe is of no more use
                self.is_broken = True
                reason = "engine-timeout" if self._is_overdue else "engine-died"
                raise PhiBlocked(reasons=[reason]) from None
        if isinstance(result, PhiBlocked):
            raise result
        return result

    def give_up(self) -> None:
        """End the process and with it the text it is at."""
        self._is_overdue = self.is_broken = True
        self._process.kill()

    def stop(self) -> None:
        self.is_broken = True
        self._process.kill()
        self._process.join(LONGEST_END_SECONDS)
        if self._process.exitcode is not None:
            self._process.close()
        with self._one_at_a_time:
            self._pipe.close()


MEMORY = LeafMemory()  # of this process; the worker has one of its own
_workers: list[_Worker] = []  # none or one
_changing = threading.Lock()
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def _turn(loop: asyncio.AbstractEventLoop) -> asyncio.Lock:
    turn = _turns.setdefault(loop, asyncio.Lock())
    try:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS * settings.ENGINE_PATIENCE):
            await turn.acquire()
    except TimeoutError:
        raise EngineBusy(retry_after_seconds=1) from None
    return turn


def _end(
    worker: _Worker, watchdog: asyncio.TimerHandle, turn: asyncio.Lock, work: asyncio.Future[Any]
) -> None:
    watchdog.cancel()
    if not work.cancelled():
        work.exception()  # seen, also when the caller has left
    if worker.is_broken:
        _drop(worker)
    turn.release()


def _current() -> _Worker:
    with _changing:
        if _workers and not _workers[0].is_alive:
            _workers.pop().stop()
        if not _workers:
            _workers.append(_Worker())
        return _workers[0]


def _drop(worker: _Worker) -> None:
    """Put another worker in the place of a broken one, unless that was done already."""
    with _changing:
        if _workers != [worker]:
            return
        _workers.pop().stop()
        _workers.append(_Worker())


def _serve(pipe: Connection) -> None:
    """Be the worker until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the web process ends this one
    with suppress(PhiBlocked):
        sanitize_now(
            {"messages": WARM_UP_TEXT}, known=(), policy=PhiPolicy("warm-up", 1), key=bytes(32)
        )
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_result(job))


def _result(job: Callable[[], Any]) -> Any:
    try:
        return job()
    except PhiBlocked as refusal:
        return refusal
    except Exception:  # noqa: BLE001 - whatever it was, its text may quote PHI
        return PhiBlocked(reasons=["engine-failure"])


def _learned(
    document: Any, known: tuple[KnownIdentifier, ...], policy: PhiPolicy, key: bytes
) -> tuple[Sanitized, Mapping[bytes, bytes]]:
    """Return the sanitized document, and what was learned of its texts, sealed."""
    case = MEMORY.of_case(key, known, policy)
    safe = sanitize_now(document, known=known, policy=policy, key=key, memory=case)
    return safe, case.learned
