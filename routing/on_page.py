"""How a request comes in, and how it ends where it is not answered: its page in the ledger."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog

from phi import denials
from phi.errors import PhiBlocked
from routerproject.shared.database import in_database
from routerproject.shared.errors import RouterError
from routing import record
from routing.answering import Asked
from routing.errors import DeadlineExceeded, DeploymentFull, ProviderFailed
from routing.process import Process
from usage import claims
from usage.errors import DatabaseUnavailable, Unauthenticated
from usage.ledger import ClaimRow, Page
from usage.ledger.closing import Closing

log = structlog.get_logger(__name__)


def let_in(asked: Asked, process: Process) -> None:
    """Raise Overloaded where an answer would come too late, before anything is done for it."""
    process.shedding.let_in(
        asked.request,
        asked.config.table,
        key=asked.grant.prefix,
        seconds_left=asked.deadline.remaining_seconds,
    )


def page_of(asked: Asked, process: Process, *, claims_key: bool = True) -> Page:
    row = record.opened(
        asked.request,
        grant=asked.grant,
        deadline_at=asked.deadline.at,
        table=asked.config.table,
    )
    return Page(
        row,
        key_id=asked.grant.key_id,
        writer=process.writer,
        claim=_claim(asked) if claims_key else None,
        user=asked.request.user,
    )


def _claim(asked: Asked) -> ClaimRow | None:
    request = asked.request
    if not request.idempotency_key or request.body_hash is None:
        return None
    return claims.claim(
        client_id=asked.grant.client_id,
        key=request.idempotency_key,
        body_hash=request.body_hash,
        request_id=UUID(request.id),
        at=request.received_at,
    )


@asynccontextmanager
async def closed_if_refused(asked: Asked, process: Process) -> AsyncIterator[Page]:
    """Yield the request's page in the ledger, and write how it ended if it is refused or fails."""
    page = page_of(asked, process)
    try:
        yield page
    except RouterError as error:
        await _close_refused(page, asked, error)
        raise
    except asyncio.CancelledError:
        await close_cut_off(page, asked)
        raise


async def _close_refused(page: Page, asked: Asked, error: RouterError) -> None:
    """Write how a refused or failed request ended, before the caller is told."""
    error.is_billed = page.is_billed
    if isinstance(error, DatabaseUnavailable | Unauthenticated) and not page.is_open:
        return  # nothing can be written, or nobody known is asking
    is_shed = isinstance(error, DeploymentFull)
    is_failure = isinstance(error, ProviderFailed | DeadlineExceeded) and not is_shed
    closing = Closing(
        state="failed" if is_failure or page.is_billed or page.ended else "denied",
        outcome=error.problem,
        latency_ms=asked.elapsed_ms,
        upstream_ms=page.upstream_ms,
        claim_end=claims.ended_without_answer(page.row.id, may_have_left=page.may_have_answer),
    )
    if isinstance(error, PhiBlocked) and closing.state == "denied":
        await note(asked, page, "denied", error.extra.get("reasons", ()))
    try:
        await page.close(closing)
    except DatabaseUnavailable:
        if not page.is_open:
            raise  # a denial that cannot be recorded is told as such
        log.warning("request.left_open", request_id=str(page.row.id))  # the sweeper will close it


async def close_cut_off(page: Page, asked: Asked) -> None:
    """Write that the server stopped while a request was answered; its calls are written already."""
    if not page.is_open:
        return
    claim_end = claims.ended_without_answer(page.row.id, may_have_left=page.may_have_answer)
    closing = Closing(
        state="failed",
        outcome="interrupted",
        latency_ms=asked.elapsed_ms,
        upstream_ms=page.upstream_ms,
        claim_end=claim_end,
    )
    with contextlib.suppress(DatabaseUnavailable):  # the sweeper will close it
        await page.close(closing)


async def note(asked: Asked, page: Page, outcome: str, reasons: Iterable[str]) -> None:
    """Write down what protection did with a request, before anybody is told or anything leaves."""
    request = asked.request
    own = asked.config.phi.policy_for(request.tenant, request.task_type)
    policy = page.row.phi_policy or f"{own.slug}@{own.version}"
    facts = record.denial(request, policy=policy, table=asked.config.table)
    await in_database(denials.write, facts, outcome=outcome, reasons=tuple(reasons))


async def stored_answer(asked: Asked, page: Page) -> Mapping[str, Any] | None:
    """Return the answer that a repeat of an Idempotency-Key gets, without any call."""
    if page.claim is None:
        return None
    stored = await in_database(claims.stored_answer, page.claim)
    if stored is None:
        return None
    await page.record(_replayed(asked))
    return stored.document


def _replayed(asked: Asked) -> Closing:
    """Return how a repeat ends: its answer, with identifiers, was given once more at no cost."""
    return Closing(
        state="completed", outcome="replayed", latency_ms=asked.elapsed_ms, cache_status="replay"
    )
