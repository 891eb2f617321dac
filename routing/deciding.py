"""From a sanitized request to a decision: what its text says, and what a small model would add."""

import time
from dataclasses import replace
from functools import partial
from typing import Any

from routerproject.shared import clock, turns
from routing import escalation, on_page, record, second_opinion
from routing.answering import Answering, Asked
from routing.classify import focus
from routing.classify.learned import load
from routing.classify.shipped import SHIPPED
from routing.classify.verdicts import Verdicts
from routing.conversation import conversation_of, unit_of
from routing.errors import RouterError, TaskTypeDisabled
from routing.process import Process
from routing.protect import SafeRequest, under_policy_of
from routing.providers.gate import Gate
from routing.providers.retries import Call
from routing.rule_tasks import HANDLERS
from routing.second_opinion import Doubt
from routing.select import decide as select
from routing.select.decide import situate
from routing.select.draft import Situation
from routing.snapshot import Snapshot
from routing.speculation import Speculation
from routing.types import BudgetPressure, Decision, Verdict
from usage.catalog import RULE_TIER
from usage.ledger import Page

_verdicts = Verdicts()


async def decided(
    asked: Asked, safe: SafeRequest, page: Page, process: Process, *, asks: Call[Any] | None
) -> Answering:
    """Return the request with its decision, both noted on its page.

    Where the text leaves a doubt a small model is asked, unless `asks` is None; meanwhile the
    likely call may be begun, by `asks`.
    """
    classifying = partial(_timed_verdict, safe, asked.config)
    verdict, classified_ms = await turns.here().run(classifying, rank=turns.BEGUN)
    under = await under_its_policy(asked, safe, verdict)
    if under is not safe:
        safe = under
        page.row = record.protected(page.row, safe)
    if safe.outcome:
        await on_page.note(asked, page, safe.outcome, safe.reasons)
    pressure = pressure_on(page, asked, verdict)
    floor = await conversation_of(asked, process.tiers).floor()
    began = time.perf_counter()
    situation = situation_of(asked, safe, verdict, process.gate, pressure, session_floor=floor)
    page.row = record.weighed(page.row, situation)
    decision = decide(situation)
    decided_ms = (time.perf_counter() - began) * 1000
    page.row = record.decided(record.timed(page.row, classified_ms + decided_ms), decision)
    answering = Answering(asked, safe, decision, page, process, situation=situation)
    doubt = Doubt(asked, safe, situation, decision, page, process)
    if asks is None or not second_opinion.is_worth_asking(doubt):
        return answering
    return await _heard(answering, doubt, asks)


async def _heard(answering: Answering, doubt: Doubt, call: Call[Any]) -> Answering:
    """Return the request as a small model would have it, with what was begun while it was asked."""
    speculation = Speculation(escalation.first_asked(answering), call)
    try:
        decision = await reconsidered(replace(doubt, speculation=speculation))
    except BaseException:
        speculation.drop()
        raise
    if speculation.early is not None:
        decision = speculation.told(decision)
        doubt.page.row = record.decided(doubt.page.row, decision)
    return replace(answering, decision=decision, early=speculation.early)


async def reconsidered(doubt: Doubt) -> Decision:
    """Return the decision after a small model was heard, where the text leaves a doubt."""
    heard = await second_opinion.heard(doubt)
    return doubt.decision if heard is doubt.situation else redecided(doubt, heard)


def redecided(doubt: Doubt, heard: Situation) -> Decision:
    """Return the decision with what was heard; the one before it where nobody could serve that."""
    try:
        decision = decide(heard)
    except RouterError:
        decision = second_opinion.unfollowed(doubt, heard.verdict)
    else:
        doubt.page.row = record.weighed(doubt.page.row, heard)
    doubt.page.row = record.decided(doubt.page.row, decision)
    return decision


async def under_its_policy(asked: Asked, safe: SafeRequest, verdict: Verdict) -> SafeRequest:
    """Return the request under the policy of the task type that its text shows, if it is stricter:
    leaving the type out must not loosen what a policy forbids."""
    return await under_policy_of(
        verdict.task_type,
        asked.request,
        safe,
        tenant_id=asked.grant.tenant_id,
        config=asked.config,
    )


def _timed_verdict(safe: SafeRequest, config: Snapshot) -> tuple[Verdict, float]:
    """Return what the text says, and in how many ms, the wait for a turn apart."""
    began = time.perf_counter()
    return classify(safe, config), (time.perf_counter() - began) * 1000


def classify(safe: SafeRequest, config: Snapshot) -> Verdict:
    """Return what the text says about the task; the local stages always run."""
    request = safe.request
    return _verdicts.on(
        *focus.looked_at(request.messages, request.system),
        has_tools=bool(request.tools),
        has_images=safe.size.images > 0,
        model=load(config.tier_model) if config.tier_model else SHIPPED,
    )


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
        size=safe.size,
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
    if decision.tier == RULE_TIER and decision.task_type not in HANDLERS:
        raise TaskTypeDisabled(
            f"The task type {decision.task_type!r} is answered by a rule, and none is installed."
        )
    return decision
