"""Calls that may outlive their request: begun, counted, and waited for at shutdown."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from routerproject.shared.errors import RouterError

_running: set[asyncio.Task[Any]] = set()
log = structlog.get_logger(__name__)


def begin(call: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
    """Return the call, under way in a task of its own."""
    task = asyncio.create_task(call, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def count(name: str) -> int:
    """Return how many calls of a name are under way in this process."""
    return sum(task.get_name() == name for task in _running)


async def drain(seconds: float) -> None:
    """Wait, at shutdown, for calls under way; what is cut then is held as unknown."""
    if not _running:
        return
    _, late = await asyncio.wait(_running, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=seconds)


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    error = task.exception()  # asked for, so that asyncio does not complain where nobody waits
    if error is not None and not isinstance(error, RouterError):
        # Only the class: the words of what was raised may quote the answer.
        log.error("provider.call_crashed", call=task.get_name(), error=type(error).__qualname__)
