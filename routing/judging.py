"""A stronger model's marks for a share of the answers, through the one door out.

Usually they are asked for when the answer has been given: the call is a task of its own that
outlives the response, and its cost is added to the request. Where a task type says so, the answer
waits for them, and a poor one is asked for again one tier up (routing/escalation.py).

What goes wrong here leaves the answer as it is.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

import structlog

from routerproject.shared import clock
from routerproject.shared.database import in_database
from routerproject.shared.errors import RouterError
from routing.answering import Answering
from routing.errors import UnknownModel
from routing.providers import outliving
from routing.providers.attempt import Attempt, Deadline
from routing.providers.fallback import Answer
from routing.providers.live import LiveStream
from routing.providers.messages import text_of
from routing.providers.retries import call_whole
from routing.quality import judge, judgements
from routing.quality.judge import Marks
from routing.quality.judgements import Judgement
from routing.select.deployments import find_chain
from routing.select.draft import Draft
from routing.select.size import measure
from routing.types import Candidate, Decision, ProviderReply, RouteRequest, TaskTypePolicy

KIND: Final = "judge"
LATER_MS: Final = 60_000  # for marks that nobody waits for
MOST_OF_DEADLINE: Final = 0.5  # of the time that is left, for marks that the answer waits for
MOST_AT_ONCE: Final = 8  # of the marks that nobody waits for, in one process
USUAL: Final = TaskTypePolicy(slug="", name="", version=0, tier="")
log = structlog.get_logger(__name__)


def waits_for(answering: Answering) -> bool:
    """Return whether this answer is given only when it has been marked."""
    return _task(answering).judge_in_line and _is_chosen(answering)


def begin(answering: Answering, answer: Answer[ProviderReply]) -> None:
    """Have an answer marked that was given, if it is among the share of its task type."""
    if not _is_chosen(answering):
        return
    if outliving.count(KIND) >= MOST_AT_ONCE:
        log.info("judge.skipped", request_id=str(answering.page.row.id))
        return
    later = Deadline.after(LATER_MS)
    outliving.begin(_marked(answering, answer, later, is_in_line=False), name=KIND)


def begin_at_end(answering: Answering, opened: Answer[LiveStream]) -> None:
    """Do as `begin` does once a stream has come to its end."""

    def ended(whole: ProviderReply | None) -> None:
        if whole is not None:
            begin(answering, Answer(whole, opened.candidate, opened.is_fallback))

    opened.reply.at_end(ended)


async def marks_of(answering: Answering, answer: Answer[ProviderReply]) -> Marks | None:
    """Return the marks of an answer that waits for them, or None where there are none."""
    left = answering.asked.deadline.remaining_seconds * 1000 * MOST_OF_DEADLINE
    return await _marked(answering, answer, Deadline.after(left), is_in_line=True)


async def _marked(
    answering: Answering,
    answer: Answer[ProviderReply],
    deadline: Deadline,
    *,
    is_in_line: bool,
) -> Marks | None:
    text = judge.question(answering.safe.request, answer.reply)
    if text is None:
        return None
    try:
        attempt = _attempt(answering, answer.candidate, text, deadline)
        reply = await call_whole(attempt, answering.process.gate)
    except RouterError as error:
        log.info("judge.unheard", problem=error.problem)
        return None
    marks = judge.read_marks(text_of(reply.content)) if reply.stop_reason == "end_turn" else None
    if marks is None:
        log.info("judge.unreadable", model=attempt.candidate.model.model_id)
        return None
    judgement = _judgement(answering, answer, attempt, marks, is_in_line=is_in_line)
    try:
        await in_database(judgements.write, judgement)
    except Exception as error:  # noqa: BLE001 (marks that cannot be kept must not cost an answer)
        log.error("judge.not_kept", error=type(error).__qualname__)
    if judgement.is_poor:
        await answering.looked.flight.take_back()
    return marks


def _is_chosen(answering: Answering) -> bool:
    """Return whether the answer is to be marked: not near a cap, and by its task type's share."""
    situation = answering.situation
    return (
        situation is not None
        and situation.pressure is None
        and judge.is_sampled(answering.asked.request.id, _task(answering).judge_share)
    )


def _attempt(answering: Answering, of: Candidate, text: str, deadline: Deadline) -> Attempt:
    """Return the call for the marks. Raises UnknownModel where nobody may be asked."""
    request = _question(answering.asked.request, text)
    candidate = _judge(answering, request, of)
    asking = Answering(
        replace(answering.asked, request=request, deadline=deadline),
        replace(answering.safe, request=request),
        _decision(answering, candidate),
        answering.page,
        answering.process,
    )
    attempt = replace(
        asking.attempt_for(candidate, KIND),
        is_optional=True,
        has_fallback=True,
        closing=lambda reply: None,
    )
    return replace(attempt, door=answering.page.admitted_besides)


def _question(request: RouteRequest, text: str) -> RouteRequest:
    return RouteRequest(
        id=request.id,
        tenant=request.tenant,
        client=request.client,
        messages=({"role": "user", "content": text},),
        system=judge.RUBRIC,
        received_at=request.received_at,
        urgency="background",
        allowed_models=request.allowed_models,
        max_tokens=judge.MOST_OUTPUT_TOKENS,
        output_format=judge.SCHEMA,
    )


def _judge(answering: Answering, request: RouteRequest, of: Candidate) -> Candidate:
    """Return who marks: one tier above who answered, under the request's policy.

    Raises UnknownModel for the highest tier: no model marks itself.
    """
    situation = answering.situation
    assert situation is not None  # noqa: S101 (asked before)
    tier = situation.step(of.tier, 1)
    if tier == of.tier:
        raise UnknownModel("No tier lies above the one that answered.")
    asked = replace(
        situation, request=request, size=measure(request), task=None, session_floor=None
    )
    _, chain = find_chain(asked, Draft(tier=tier, floor=tier))
    return chain[0]


def _decision(answering: Answering, candidate: Candidate) -> Decision:
    return replace(
        answering.decision,
        task_type=None,
        tier=candidate.tier,
        source=KIND,
        chain=(candidate,),
        max_output_tokens=judge.MOST_OUTPUT_TOKENS,
        thinking=None,
        effort=None,
        temperature=0.0 if candidate.model.temperature else None,
    )


def _judgement(
    answering: Answering,
    answer: Answer[ProviderReply],
    attempt: Attempt,
    marks: Marks,
    *,
    is_in_line: bool,
) -> Judgement:
    task = _task(answering)
    return Judgement(
        request_id=UUID(answering.asked.request.id),
        tenant_id=answering.asked.grant.tenant_id,
        at=clock.now(),
        task_type=answering.decision.task_type or "",
        tier=answer.candidate.tier,
        model_id=answer.candidate.model.model_id,
        judge_model_id=attempt.candidate.model.model_id,
        marks=marks,
        is_poor=marks.score < task.judge_below,
        is_in_line=is_in_line,
        share=task.judge_share,
    )


def _task(answering: Answering) -> TaskTypePolicy:
    table = answering.asked.config.table
    return table.task_types.get(answering.decision.task_type or "", USUAL)
