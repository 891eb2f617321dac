"""The pauses that a script asks for, which a test or an operator can end."""

import asyncio
import contextlib


class Waits:
    """Everybody who waits because a rule says so."""

    def __init__(self) -> None:
        self._release = asyncio.Event()

    async def pause(self, milliseconds: float) -> None:
        """Return after so long, or as soon as everybody is released."""
        if not milliseconds:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await self._release.wait()

    def release(self) -> None:
        """Let everybody go on who waits now."""
        self._release.set()
        self._release = asyncio.Event()
