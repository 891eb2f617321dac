"""Writing how calls ended: at once, or as soon as the database is back."""

import asyncio
from uuid import UUID

import structlog
from django.conf import settings

from usage.errors import DatabaseUnavailable, Overloaded
from usage.ledger.operations import Record, Settle
from usage.ledger.writer import Writer

SETTLE_PATIENCE_SECONDS = 2.0  # then the answer goes out with the warning settlement-pending
SETTLE_RETRY_SECONDS = 1.0
SETTLE_TRIES = 3_600

log = structlog.get_logger(__name__)
_background: set[asyncio.Task[None]] = set()


async def drain(seconds: float) -> None:
    """Wait, at shutdown, for settlements that are still to be written."""
    if _background:
        await asyncio.wait(_background, timeout=seconds)


async def written_soon(writer: Writer, operation: Settle | Record, request_id: UUID) -> bool:
    """Return whether it is written; if not soon, the writer goes on trying."""
    task = asyncio.create_task(_write_at_last(writer, operation, request_id))
    _background.add(task)
    task.add_done_callback(_background.discard)
    patience = SETTLE_PATIENCE_SECONDS * settings.ENGINE_PATIENCE
    done, _ = await asyncio.wait({task}, timeout=patience)
    return bool(done)


async def _write_at_last(writer: Writer, operation: Settle | Record, request_id: UUID) -> None:
    """Go on until it is written, or an hour has passed.

    An attempt that nobody settles is marked unknown by the sweeper, after a crash as well.
    """
    for _ in range(SETTLE_TRIES):
        try:
            await writer.submit(operation)
            return
        except (DatabaseUnavailable, Overloaded):
            log.warning("ledger.settlement_pending", request_id=str(request_id))
            await asyncio.sleep(SETTLE_RETRY_SECONDS)
    log.error("ledger.settlement_given_up", request_id=str(request_id))
