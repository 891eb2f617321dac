"""When a key was last used, noted once a minute and not once a request."""

import asyncio
import contextlib

import structlog

from routerproject.shared import clock
from routerproject.shared.database import in_database
from usage import accounts

NOTE_SECONDS = 60.0

log = structlog.get_logger(__name__)


class KeyUse:
    """The keys used since they were last noted. Start it in a running event loop."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="key use")

    async def close(self) -> None:
        """Note what is left, then stop."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._note()

    def saw(self, key_id: int) -> None:
        self._used.add(key_id)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            await self._note()

    async def _note(self) -> None:
        used, self._used = self._used, set()
        if not used:
            return
        try:
            await in_database(accounts.note_use, key_ids=used, on=clock.now().date())
        except Exception as error:  # noqa: BLE001 (only a convenience: it must not end the loop)
            self._used |= used
            log.warning("key_use.not_noted", error=type(error).__name__)
