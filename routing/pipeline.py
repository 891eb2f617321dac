"""START HERE: the path of a request, on one page (drawn in docs/architecture.md).

    let in -> sanitize -> classify -> select -> kept answer?
        -> [ scan -> admit -> provider -> settle ] -> rehydrate

Each step takes values and returns a value. What is written about a request is written by the
ledger, before the caller sees anything.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from phi import denials
from phi.errors import PhiBlocked
from phi.sanitize import sanitize as sanitize_now
from phi.types import PhiPolicy
from routerproject.shared import clock, turns
from routerproject.shared.database import in_database
from routerproject.shared.errors import RouterError
from routing import escalation, judging, record, reviewing, second_opinion
from routing.answering import Answering, Asked
from routing.classify import focus
from routing.classify.heuristics import judge
from routing.classify.learned import load
from routing.classify.shipped import SHIPPED
from routing.classify.verdicts import Verdicts
from routing.conversation import conversation_of, unit_of
from routing.errors import DeadlineExceeded, DeploymentFull, ProviderFailed, TaskTypeDisabled
from routing.process import Process
from routing.protect import SafeRequest, sanitize, under_policy_of
from routing.providers.attempt import Deadline, count_once
from routing.providers.gate import Gate
from routing.providers.messages import NO_TOKENS
from routing.providers.retries import Call, call_whole
from routing.providers.streaming import stream_once
from routing.second_opinion import Doubt
from routing.select import decide as select
from routing.select.decide import situate
from routing.select.draft import Situation
from routing.select.size import measure
from routing.snapshot import Snapshot
from routing.speculation import Speculation
from routing.streamed import LiveAnswer, StoredAnswer, Streamed, restored
from routing.types import BudgetPressure, Decision, RouteRequest, Verdict
from usage import claims
from usage.catalog import RULE_TIER
from usage.errors import DatabaseUnavailable, Unauthenticated
from usage.ledger import ClaimRow, Page
from usage.ledger.closing import Closing

WARM_UP_POLICY = PhiPolicy("warm-up", 1)
_verdicts = Verdicts()
log = structlog.get_logger(__name__)


async def answer(asked: Asked, process: Process) -> dict[str, Any]:
    """Answer one request from the PMS. The steps, in this order, are the product.

    Raises RouterError; the subclasses are drawn in errors.py.
    """
    _let_in(asked, process)
    async with _closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        stored = await _stored_answer(asked, page)
        if stored is not None:
            return restored(stored, safe.vault)
        answering = await (await _decided(asked, safe, page, process, asks=call_whole)).looked_up()
        with answering.looked.flight:
            if answering.looked.found is not None:
                answered = await answering.reused(answering.looked.found)
            else:
                given = await escalation.best_answer(answering)
                answering, answered = given.answering, given.answer
                if given.is_final:
                    answering.keep(answered)
                if not given.is_judged:
                    judging.begin(answering, answered)
                reviewing.begin(answering, answered)
    conversation_of(asked, process.tiers).decided(answering.decision)
    return restored(answering.rendered(answered), answering.safe.vault)


async def stream(asked: Asked, process: Process) -> Streamed:
    """Answer one request event by event: the same steps, returning at the first delta.

    Raises RouterError for whatever goes wrong before it; what comes later is told in the stream.
    """
    _let_in(asked, process)
    async with _closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        stored = await _stored_answer(asked, page)
        if stored is not None:
            return StoredAnswer(restored(stored, safe.vault))
        answering = await (await _decided(asked, safe, page, process, asks=stream_once)).looked_up()
        with answering.looked.flight:
            if answering.looked.found is not None:
                answered = await answering.reused(answering.looked.found)
                return StoredAnswer(restored(answering.rendered(answered), safe.vault))
            opened = await answering.call(stream_once)
            answering.keep_at_end(opened)
            judging.begin_at_end(answering, opened)
            reviewing.begin_at_end(answering, opened)
    conversation_of(asked, process.tiers).decided(answering.decision)
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
    _let_in(asked, process)
    async with _closed_if_refused(asked, process) as page:
        safe = await _protected(asked, page)
        answering = await _decided(asked, safe, page, process, asks=None)
        attempt = answering.counting()
        if attempt is None:
            await page.record(_counted(asked, page, "tokens-estimated"))
            return Counted(answering.estimated_tokens, is_estimate=True)
        async with process.gate.entered(attempt) as passing:
            passing.used(NO_TOKENS)
            return Counted(await count_once(attempt, lambda: _counted(asked, page)))


def _let_in(asked: Asked, process: Process) -> None:
    """Raise Overloaded where an answer would come too late, before anything is done for it."""
    process.shedding.let_in(
        asked.request,
        asked.config.table,
        key=asked.grant.prefix,
        seconds_left=asked.deadline.remaining_seconds,
    )


@asynccontextmanager
async def _closed_if_refused(asked: Asked, process: Process) -> AsyncIterator[Page]:
    """Yield the request's page in the ledger, and write how it ended if it is refused or fails."""
    page = _page(asked, process)
    try:
        yield page
    except RouterError as error:
        await _close_refused(page, asked, error)
        raise
    except asyncio.CancelledError:
        await _close_cut_off(page, asked)
        raise


async def _protected(asked: Asked, page: Page) -> SafeRequest:
    safe = await sanitize(asked.request, tenant_id=asked.grant.tenant_id, config=asked.config)
    page.row = record.protected(page.row, safe)
    return safe


async def _decided(
    asked: Asked, safe: SafeRequest, page: Page, process: Process, *, asks: Call[Any] | None
) -> Answering:
    """Return the request with its decision, both noted on its page.

    Where the text leaves a doubt a small model is asked, unless `asks` is None; meanwhile the
    likely call may be begun, by `asks`.
    """
    classifying = partial(_timed_verdict, safe, asked.config)
    verdict, classified_ms = await turns.here().run(classifying, rank=turns.BEGUN)
    under = await _under_its_policy(asked, safe, verdict)
    if under is not safe:
        safe = under
        page.row = record.protected(page.row, safe)
    if safe.outcome:
        await _note(asked, page, safe.outcome, safe.reasons)
    pressure = pressure_on(page, asked, verdict)
    floor = await conversation_of(asked, process.tiers).floor()
    began = time.perf_counter()
    situation = situation_of(asked, safe, verdict, process.gate, pressure, session_floor=floor)
    page.row = record.weighed(page.row, situation)
    decision = decide(situation)
    decided_ms = (time.perf_counter() - began) * 1000
    page.row = record.decided(record.timed(page.row, classified_ms + decided_ms), decision)
    answering = Answering(asked, safe, decision, page, process, situation=situation)
    if asks is None:
        return answering
    return await _heard(answering, Doubt(asked, safe, situation, decision, page, process), asks)


async def _heard(answering: Answering, doubt: Doubt, call: Call[Any]) -> Answering:
    """Return the request as a small model would have it, with what was begun while it was asked."""
    speculation = Speculation(escalation.first_asked(answering), call)
    try:
        decision = await _reconsidered(replace(doubt, speculation=speculation))
    except BaseException:
        speculation.drop()
        raise
    if speculation.early is not None:
        decision = speculation.told(decision)
        doubt.page.row = record.decided(doubt.page.row, decision)
    return replace(answering, decision=decision, early=speculation.early)


async def _reconsidered(doubt: Doubt) -> Decision:
    """Return the decision after a small model was heard, where the text leaves a doubt."""
    heard = await second_opinion.heard(doubt)
    if heard is doubt.situation:
        return doubt.decision
    doubt.page.row = record.weighed(doubt.page.row, heard)
    decision = decide(heard)
    doubt.page.row = record.decided(doubt.page.row, decision)
    return decision


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
    _let_in(asked, process)
    page = _page(asked, process, claims_key=False)
    safe = await sanitize(asked.request, tenant_id=asked.grant.tenant_id, config=asked.config)
    floor = await conversation_of(asked, process.tiers).floor()
    started = time.perf_counter()
    verdict = classify(safe, asked.config)
    safe = await _under_its_policy(asked, safe, verdict)
    pressure = pressure_on(page, asked, verdict)
    situation = situation_of(asked, safe, verdict, process.gate, pressure, session_floor=floor)
    decision = decide(situation)
    decision_ms = (time.perf_counter() - started) * 1000
    page.row = record.weighed(record.protected(page.row, safe), situation)
    page.row = record.decided(page.row, decision)
    async with _explained(asked, page):
        decision = await _reconsidered(Doubt(asked, safe, situation, decision, page, process))
    cost = decision.estimated_cost_nano_usd
    return Explained(decision, cost, decision_ms, page, situation)


@asynccontextmanager
async def _explained(asked: Asked, page: Page) -> AsyncIterator[None]:
    """Close the page of an explanation for which a model was asked."""
    try:
        yield
    except (RouterError, asyncio.CancelledError):
        if page.is_open:
            await _close_cut_off(page, asked)
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


async def _under_its_policy(asked: Asked, safe: SafeRequest, verdict: Verdict) -> SafeRequest:
    """Return the request under the policy of the task type that its text shows, if it is stricter:
    leaving the type out must not loosen what a policy forbids."""
    return await under_policy_of(
        verdict.task_type,
        asked.request,
        safe,
        tenant_id=asked.grant.tenant_id,
        config=asked.config,
    )


def warm_up() -> None:
    """Do the pure steps once, so that the first request does not pay for what they build."""
    text = "Summarize: seen on 03/02/2026, call (555) 010-4477, BP 120/80."
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


def classify(safe: SafeRequest, config: Snapshot) -> Verdict:
    """Return what the text says about the task; the local stages always run."""
    request = safe.request
    return _verdicts.on(
        *focus.looked_at(request.messages, request.system),
        has_tools=bool(request.tools),
        has_images=measure(request).images > 0,
        model=load(config.tier_model) if config.tier_model else SHIPPED,
    )


def _timed_verdict(safe: SafeRequest, config: Snapshot) -> tuple[Verdict, float]:
    """Return what the text says, and in how many ms, the wait for a turn apart."""
    began = time.perf_counter()
    return classify(safe, config), (time.perf_counter() - began) * 1000


def situation_of(
    asked: Asked,
    safe: SafeRequest,
    verdict: Verdict,
    gate: Gate,
    pressure: BudgetPressure | None = None,
    *,
    session_floor: str | None = None,
) -> Situation:
    """Return everything the decision looks at. Raises UnknownTaskType."""
    return situate(
        safe.request,
        verdict,
        asked.config.table,
        policy=safe.policy,
        contains_identifiers=safe.contains_identifiers,
        now=clock.now(),
        health=gate.health(),
        headroom=gate.headroom(),
        pressure=pressure,
        session_floor=session_floor,
        unit=unit_of(asked),
    )


def pressure_on(page: Page, asked: Asked, verdict: Verdict) -> BudgetPressure | None:
    """Return what a budget near its cap asks of the decision, as far as this process has seen."""
    budget = page.pressure(asked.request.task_type or verdict.task_type)
    return BudgetPressure(budget.name, "step_down", budget.tier) if budget else None


def decide(situation: Situation) -> Decision:
    """Return the decision: pure, with its reasons. Raises when no model may answer."""
    decision = select.decide(situation)
    if decision.tier == RULE_TIER:
        raise TaskTypeDisabled(
            f"The task type {decision.task_type!r} is answered by a rule, and none is installed."
        )
    return decision


def _page(asked: Asked, process: Process, *, claims_key: bool = True) -> Page:
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


async def _stored_answer(asked: Asked, page: Page) -> Mapping[str, Any] | None:
    """Return the answer that a repeat of an Idempotency-Key gets, without any call."""
    if page.claim is None:
        return None
    stored = await in_database(claims.stored_answer, page.claim)
    if stored is None:
        return None
    await page.record(_replayed(asked))
    return stored.document


def _counted(asked: Asked, page: Page, outcome: str = "tokens-counted") -> Closing:
    """Return how a request ends that only asks for a number, which is not kept for repeats."""
    return Closing(
        state="completed",
        outcome=outcome,
        latency_ms=asked.elapsed_ms,
        upstream_ms=page.upstream_ms,
        claim_end=claims.ended_without_answer(page.row.id, may_have_left=False),
    )


def _replayed(asked: Asked) -> Closing:
    """Return how a repeat ends: its answer, with identifiers, was given once more at no cost."""
    return Closing(
        state="completed", outcome="replayed", latency_ms=asked.elapsed_ms, cache_status="replay"
    )


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
        await _note(asked, page, "denied", error.extra.get("reasons", ()))
    try:
        await page.close(closing)
    except DatabaseUnavailable:
        if not page.is_open:
            raise  # a denial that cannot be recorded is told as such
        log.warning("request.left_open", request_id=str(page.row.id))  # the sweeper will close it


async def _note(asked: Asked, page: Page, outcome: str, reasons: Iterable[str]) -> None:
    """Write down what protection did with a request, before anybody is told or anything leaves."""
    request = asked.request
    own = asked.config.phi.policy_for(request.tenant, request.task_type)
    policy = page.row.phi_policy or f"{own.slug}@{own.version}"
    facts = record.denial(request, policy=policy, table=asked.config.table)
    await in_database(denials.write, facts, outcome=outcome, reasons=tuple(reasons))


async def _close_cut_off(page: Page, asked: Asked) -> None:
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


def deadline_of(request: RouteRequest) -> Deadline:
    """Return when a request must be answered: its own wish, within what the site allows."""
    usual = settings.STREAM_DEADLINE_MS if request.stream else settings.REQUEST_DEADLINE_MS
    wished = request.deadline_ms or usual
    return Deadline.after(min(wished, settings.MAX_REQUEST_DEADLINE_MS))


__all__ = ["Asked", "answer", "classify", "deadline_of", "decide", "explain", "stream", "warm_up"]
