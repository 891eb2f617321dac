"""What `answer` would do with a request, without doing it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from routerproject.shared.errors import RouterError
from routing import deciding, on_page, record
from routing.answering import Asked
from routing.conversation import conversation_of
from routing.process import Process
from routing.protect import sanitize
from routing.second_opinion import Doubt
from routing.select.draft import Situation
from routing.types import Decision
from usage.ledger import Page
from usage.ledger.closing import Closing


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision that nobody acted on, and how long it took from sanitized text.

    `situation` is what the text alone was decided from. `page` knows what asking a small model
    cost, which is all that an explanation can cost.
    """

    decision: Decision
    estimated_cost_nano_usd: int
    decision_ms: float
    page: Page
    situation: Situation


async def explain(asked: Asked, process: Process) -> Explained:
    """Return the decision that `answer` would act on, without a call for the answer.

    Nothing is held or written but the key of a named case or session that has none yet, from which
    its tokens are made. Where a small model is asked, that is billed like any call.
    """
    on_page.let_in(asked, process)
    page = on_page.page_of(asked, process, claims_key=False)
    safe = await sanitize(asked.request, tenant_id=asked.grant.tenant_id, config=asked.config)
    floor = await conversation_of(asked, process.tiers).floor()
    started = time.perf_counter()
    verdict = deciding.classify(safe, asked.config)
    safe = await deciding.under_its_policy(asked, safe, verdict)
    pressure = deciding.pressure_on(page, asked, verdict)
    situation = deciding.situation_of(
        asked, safe, verdict, process.gate, pressure, session_floor=floor
    )
    decision = deciding.decide(situation)
    decision_ms = (time.perf_counter() - started) * 1000
    page.row = record.weighed(record.protected(page.row, safe), situation)
    page.row = record.decided(page.row, decision)
    async with _explained(asked, page):
        decision = await deciding.reconsidered(
            Doubt(asked, safe, situation, decision, page, process)
        )
    cost = decision.estimated_cost_nano_usd
    return Explained(decision, cost, decision_ms, page, situation)


@asynccontextmanager
async def _explained(asked: Asked, page: Page) -> AsyncIterator[None]:
    """Close the page of an explanation for which a model was asked."""
    try:
        yield
    except (RouterError, asyncio.CancelledError):
        if page.is_open:
            await on_page.close_cut_off(page, asked)
        raise
    if page.is_open:
        await page.close(
            Closing(
                state="completed",
                outcome="explained",
                latency_ms=asked.elapsed_ms,
                upstream_ms=page.upstream_ms,
            )
        )
