"""START HERE: the path of a request, on one page (drawn in docs/architecture.md).

    let in -> sanitize -> classify -> select -> kept answer?
        -> [ scan -> admit -> provider -> settle ] -> rehydrate

Each step takes values and returns a value. What is written about a request is written by the
ledger, before the caller sees anything.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from phi.sanitize import sanitize as sanitize_now
from phi.types import PhiPolicy
from routing import by_rule, escalation, judging, record, reviewing
from routing.answering import Asked
from routing.classify import focus
from routing.classify.heuristics import judge
from routing.classify.shipped import SHIPPED
from routing.conversation import conversation_of
from routing.deciding import decided
from routing.on_page import closed_if_refused, let_in, stored_answer
from routing.process import Process
from routing.protect import SafeRequest, sanitize
from routing.providers.attempt import Deadline, count_once
from routing.providers.messages import NO_TOKENS
from routing.providers.retries import call_whole
from routing.providers.streaming import stream_once
from routing.streamed import LiveAnswer, StoredAnswer, Streamed, restored
from routing.types import RouteRequest
from usage import claims
from usage.ledger import Page
from usage.ledger.closing import Closing

WARM_UP_POLICY = PhiPolicy("warm-up", 1)


async def answer(asked: Asked, process: Process) -> dict[str, Any]:
    """Answer one request from the PMS. The steps, in this order, are the product.

    Raises RouterError; the subclasses are drawn in errors.py.
    """
    let_in(asked, process)
    async with closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        stored = await stored_answer(asked, page)
        if stored is not None:
            return restored(stored, safe.vault)
        answering = await decided(asked, safe, page, process, asks=call_whole)
        if answering.is_by_rule:
            return restored(await by_rule.answered(answering), answering.safe.vault)
        answering = await answering.looked_up()
        given = None
        with answering.looked.flight:
            if answering.looked.found is not None:
                answered = await answering.reused(answering.looked.found)
            else:
                given = await escalation.best_answer(answering)
                answering, answered = given.answering, given.answer
                if given.is_final:
                    answering.keep(answered)
    await conversation_of(asked, process.tiers).decided(answering.decision)
    told = restored(answering.rendered(answered), answering.safe.vault)
    if given is not None:
        _look_back(given)  # begun last: what is told shows no call that came after it
    return told


async def stream(asked: Asked, process: Process) -> Streamed:
    """Answer one request event by event: the same steps, returning at the first delta.

    Raises RouterError for whatever goes wrong before it; what comes later is told in the stream.
    """
    let_in(asked, process)
    async with closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        stored = await stored_answer(asked, page)
        if stored is not None:
            return StoredAnswer(restored(stored, safe.vault))
        answering = await decided(asked, safe, page, process, asks=stream_once)
        if answering.is_by_rule:
            return StoredAnswer(restored(await by_rule.answered(answering), answering.safe.vault))
        answering = await answering.looked_up()
        with answering.looked.flight:
            if answering.looked.found is not None:
                answered = await answering.reused(answering.looked.found)
                return StoredAnswer(restored(answering.rendered(answered), safe.vault))
            opened = await answering.call(stream_once)
            answering.keep_at_end(opened)
            judging.begin_at_end(answering, opened)
            reviewing.begin_at_end(answering, opened)
    await conversation_of(asked, process.tiers).decided(answering.decision)
    return LiveAnswer(answering, opened)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many input tokens a request has: as a model counted them, or estimated, rather high."""

    tokens: int
    is_estimate: bool = False


async def count(asked: Asked, process: Process) -> Counted:
    """Return how many input tokens a request has, by the model that would answer it.

    Counting is free and holds no money, but text leaves for it: it is a call like any other. Where
    no place of the model counts, nothing leaves.
    """
    let_in(asked, process)
    async with closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        answering = await decided(asked, safe, page, process, asks=None)
        attempt = answering.counting()
        if attempt is None:
            await page.record(_counted(asked, page, "tokens-estimated"))
            return Counted(answering.estimated_tokens, is_estimate=True)
        async with process.gate.entered(attempt) as passing:
            passing.used(NO_TOKENS)
            return Counted(await count_once(attempt, lambda: _counted(asked, page)))


def _look_back(given: escalation.Given) -> None:
    """Have an answer marked and read when it has been given, where its task type says so."""
    if not given.is_judged:
        judging.begin(given.answering, given.answer)
    reviewing.begin(given.answering, given.answer)


async def _protected(asked: Asked, page: Page) -> SafeRequest:
    safe = await sanitize(asked.request, tenant_id=asked.grant.tenant_id, config=asked.config)
    page.row = record.protected(page.row, safe)
    return safe


def _counted(asked: Asked, page: Page, outcome: str = "tokens-counted") -> Closing:
    """Return how a request ends that only asks for a number, which is not kept for repeats."""
    return Closing(
        state="completed",
        outcome=outcome,
        latency_ms=asked.elapsed_ms,
        upstream_ms=page.upstream_ms,
        claim_end=claims.ended_without_answer(page.row.id, may_have_left=False),
    )


def deadline_of(request: RouteRequest) -> Deadline:
    """Return when a request must be answered: its own wish, within what the site allows."""
    usual = settings.STREAM_DEADLINE_MS if request.stream else settings.REQUEST_DEADLINE_MS
    wished = request.deadline_ms or usual
    return Deadline.after(min(wished, settings.MAX_REQUEST_DEADLINE_MS))


def warm_up() -> None:
    """Do the pure steps once, so that the first request does not pay for what they build."""
    text = "Summarize: Jane Roe was seen on 03/02/2026, call (555) 010-4477, BP 120/80."
    messages_ = ({"role": "user", "content": text},)
    sanitize_now({"messages": messages_}, known=(), policy=WARM_UP_POLICY, key=bytes(32))
    judge(
        focus.read(messages_),
        declared=None,
        urgency="interactive",
        accuracy="standard",
        has_tools=False,
        has_images=False,
        model=SHIPPED,
    )
