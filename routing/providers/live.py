"""Events on their way from a call to whoever asked: bounded, and none of the call's business."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Final

from routing.errors import ProviderCutOff, RouterError
from routing.types import Event, ProviderReply

MOST_WAITING_BYTES: Final = 256_000  # of one stream
LONGEST_WAIT_SECONDS: Final = 10.0  # for a reader that takes nothing; then it counts as gone
LOOK_SECONDS: Final = 0.5  # how often who reads a silent stream can look whether it still may


class SlowReader(RouterError):
    """The asker took nothing for so long that the rest was not kept for it."""

    status = 504
    problem = "deadline-exceeded"
    title = "The answer was not read in time."


class LiveStream:
    """One streamed answer. The call feeds it, the asker reads it or abandons it."""

    def __init__(
        self,
        *,
        patience_seconds: float = LONGEST_WAIT_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._look_seconds = look_seconds
        self.reply: ProviderReply | None = None  # whole, or what came of one that broke off
        self.failure: Exception | None = None
        self.is_abandoned = False
        self._batches: deque[tuple[list[Event], int]] = deque()
        self._size = 0
        self._is_over = False
        self._loop = asyncio.get_running_loop()
        self._reader: asyncio.Future[None] | None = None  # done when there is news for who reads
        self._room = asyncio.Event()
        # From the first delta on another model cannot answer unseen.
        self.is_open = False
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._at_end: list[Callable[[ProviderReply | None], None]] = []

    def at_end(self, told: Callable[[ProviderReply | None], None]) -> None:
        """Have somebody told of the whole answer when the call has ended, or that there is none."""
        self._at_end.append(told)
        if self._is_over:
            told(self._whole)

    @property
    def _whole(self) -> ProviderReply | None:
        return self.reply if self.failure is None else None

    async def opened(self) -> None:
        """Return at the first delta; raise what ended the call before it."""
        await asyncio.shield(self._opened)

    def open(self) -> None:
        """Say that the first delta is there."""
        if not self._opened.done():
            self._opened.set_result(None)
            self.is_open = True

    async def put(self, events: list[Event], size: int) -> None:
        """Hand on events, waiting for a reader that has enough to read already."""
        if self.is_abandoned:
            return
        self._batches.append((events, size))
        self._size += size
        self._tell()
        if self._size > MOST_WAITING_BYTES:
            self.open()  # so much shows something, whatever it is, and cannot be kept back
            await self._wait_for_room()

    def finish(self, failure: Exception | None = None) -> None:
        """End the stream, or say what broke it."""
        if failure is not None and not self._opened.done():
            self._opened.set_exception(failure)
            self._opened.exception()  # the asker may have left, and nobody be there to be told
        elif failure is not None and self.failure is None:
            is_known = isinstance(failure, RouterError)
            self.failure = failure if is_known else ProviderCutOff(is_billed=True)
        self._is_over = True
        self._tell()
        for told in self._at_end:
            told(self._whole if failure is None else None)

    def abandon(self) -> None:
        """Let the call go on without a reader."""
        self.is_abandoned = True
        self._batches.clear()
        self._size = 0
        self._room.set()
        self._tell()

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        """Yield what came together, until the call has ended and is written in the ledger.

        While nothing comes, nothing is yielded now and then: who reads may have to stop.
        """
        self._look_again()
        try:
            while True:
                while self._batches:
                    yield self._next()
                if self._is_over:
                    return
                self._reader = self._loop.create_future()
                await self._reader
                if not (self._batches or self._is_over):
                    yield []
        finally:
            self._looking.cancel()

    def _next(self) -> list[Event]:
        events, size = self._batches.popleft()
        self._size -= size
        if self._size <= MOST_WAITING_BYTES // 2:
            self._room.set()
        return events

    def _look_up(self) -> None:
        self._tell()
        self._look_again()

    def _look_again(self) -> None:
        self._looking = self._loop.call_later(self._look_seconds, self._look_up)

    def _tell(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def _wait_for_room(self) -> None:
        self._room.clear()
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._room.wait()
        except TimeoutError:
            self.failure = SlowReader(is_billed=True)
            self.abandon()
