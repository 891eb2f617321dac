"""A small model's word on a request that the text leaves in doubt, through the one door out.

The stage never stands in the way of an answer: whatever goes wrong with it, the local verdict
stands, and a reason says so.
"""

from dataclasses import dataclass, replace
from typing import Final

from routing.answering import Answering, Asked
from routing.classify import focus, label_cache, llm
from routing.classify.llm import Label, Question
from routing.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    EgressDenied,
    ProviderFailed,
    RateLimited,
    RouterError,
    UnknownModel,
)
from routing.process import Process
from routing.protect import SafeRequest
from routing.providers.attempt import Attempt, Deadline
from routing.providers.messages import text_of
from routing.providers.retries import call_whole
from routing.select.decide import choose
from routing.select.deployments import find_chain
from routing.select.draft import Draft, Situation
from routing.select.size import measure
from routing.speculation import Speculation
from routing.types import (
    ClassifierPolicy,
    Decision,
    ProviderReply,
    Reason,
    RouteRequest,
    Verdict,
)
from usage.catalog import ModelCard
from usage.ledger import Page

KIND: Final = "classifier"
MOST_OF_DEADLINE: Final = 0.5  # of the time that is left; the answer needs the rest
# What a failure of the stage is told as; it stops nothing.
FAILURES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (BudgetExceeded, "llm_over_budget", "A budget left no room to ask a small model."),
    (RateLimited, "llm_over_limit", "The caller's own limits left no room to ask a small model."),
    (DeadlineExceeded, "llm_timed_out", "The small model did not answer in time."),
    (EgressDenied, "llm_denied", "The last scan did not let the question leave."),
    (UnknownModel, "llm_unavailable", "No small model may be asked about this request."),
    (ProviderFailed, "llm_unavailable", "The small model could not be asked."),
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A request with what the text alone led to."""

    asked: Asked
    safe: SafeRequest
    situation: Situation
    decision: Decision
    page: Page
    process: Process
    speculation: Speculation | None = None  # what may be begun meanwhile

    @property
    def policy(self) -> ClassifierPolicy:
        return self.asked.config.classifier

    @property
    def verdict(self) -> Verdict:
        return self.situation.verdict


async def heard(doubt: Doubt) -> Situation:
    """Return what to decide by: the same, or with the verdict that a small model adds to.

    Raises what the ledger raises when it cannot admit the call, and nothing else.
    """
    if not is_worth_asking(doubt) or not _could_change(doubt):
        return doubt.situation
    return replace(doubt.situation, verdict=await _opinion(doubt))


def unfollowed(doubt: Doubt, verdict: Verdict) -> Decision:
    """Return the decision of the text alone, with what a label said that nobody can serve."""
    said = verdict.reasons[len(doubt.verdict.reasons) :]
    text = "No model that may answer this request can follow the label."
    reasons = (*doubt.decision.reasons, *said, Reason("classifier", "llm_not_followed", text))
    return replace(doubt.decision, reasons=reasons)


async def _opinion(doubt: Doubt) -> Verdict:
    question = _question(doubt)
    model = _model(doubt)
    if model is None:
        return llm.because(doubt.verdict, "llm_unavailable", "There is no small model to ask.")
    redis = doubt.process.redis
    key = label_cache.key_of(question.digest(model.model_id), tenant=doubt.asked.request.tenant)
    label = await label_cache.find(redis, key) if doubt.policy.label_ttl_seconds else None
    if label is not None:
        return _weighed(doubt, label, is_cached=True)
    try:
        label = await _asked(doubt, question, model)
    except tuple(kind for kind, _, _ in FAILURES) as failure:
        return _unheard(doubt.verdict, failure)
    if label is None:
        text = "The small model's answer made no sense."
        return llm.because(doubt.verdict, "llm_unreadable", text)
    await label_cache.keep(redis, key, label, doubt.policy)
    return _weighed(doubt, label, is_cached=False)


def is_worth_asking(doubt: Doubt) -> bool:
    """Return whether the text decided, left a doubt, and there is time and a price for asking."""
    policy, request, decision = doubt.policy, doubt.asked.request, doubt.decision
    return (
        policy.is_enabled
        and request.llm_classifier
        and bool(decision.chain)  # a rule answers, and no model
        and decision.source == doubt.verdict.source
        and doubt.situation.urgency != "real_time"
        and decision.max_output_tokens > policy.short_output_tokens
        and policy.asks_from <= llm.confidence_of(doubt.verdict) <= policy.asks_up_to
    )


def _could_change(doubt: Doubt) -> bool:
    """Return whether any label could lead to another tier than the text alone did."""
    return any(_leads_elsewhere(doubt, Label(word, 1.0, "ambiguous")) for word in llm.LABELS)


def _leads_elsewhere(doubt: Doubt, label: Label) -> bool:
    verdict = _weighed(doubt, label, is_cached=False)
    try:
        chosen, _ = choose(replace(doubt.situation, verdict=verdict))
    except RouterError:
        return False  # nobody can serve what it asks for, so it would not be followed
    return chosen.tier != doubt.decision.tier


def _weighed(doubt: Doubt, label: Label, *, is_cached: bool) -> Verdict:
    return llm.with_label(
        doubt.verdict,
        label,
        tiers=doubt.situation.tiers,
        chosen=doubt.decision.tier,
        policy=doubt.policy,
        may_lower=not doubt.situation.is_critical,
        is_cached=is_cached,
    )


def _question(doubt: Doubt) -> Question:
    request = doubt.safe.request
    return llm.question(
        focus.read(request.messages, request.system, request.context),
        doubt.policy,
        declared=request.task_type,
        has_tools=bool(request.tools),
    )


def _model(doubt: Doubt) -> ModelCard | None:
    catalog = doubt.asked.config.table.catalog
    lowest = doubt.situation.tiers[0] if doubt.situation.tiers else ""
    return catalog.model(doubt.policy.model_id or catalog.default_models.get(lowest, ""))


async def _asked(doubt: Doubt, question: Question, model: ModelCard) -> Label | None:
    """Return the label the model gives, or None when its answer is none. Raises FAILURES."""
    answering = _answering(doubt, question, model)
    attempt = answering.attempt_for(answering.decision.chosen, KIND)
    attempt = attempt.changed(has_fallback=True, closing=lambda reply: None)
    reply = await _beside_likely(doubt, attempt)
    return llm.read_label(text_of(reply.content)) if reply.stop_reason == "end_turn" else None


async def _beside_likely(doubt: Doubt, question: Attempt) -> ProviderReply:
    if doubt.speculation is None:
        return await call_whole(question, doubt.process.gate)
    return await doubt.speculation.beside(question)


def _answering(doubt: Doubt, question: Question, model: ModelCard) -> Answering:
    """Return the question as a request of its own, with its own short deadline."""
    request = RouteRequest(
        id=doubt.asked.request.id,
        tenant=doubt.asked.request.tenant,
        client=doubt.asked.request.client,
        messages=({"role": "user", "content": question.text},),
        system=question.system,
        received_at=doubt.asked.request.received_at,
        urgency=doubt.asked.request.urgency,
        allowed_models=doubt.asked.request.allowed_models,
        max_tokens=llm.MOST_OUTPUT_TOKENS,
        output_format=llm.SCHEMA,
    )
    left = doubt.asked.deadline.remaining_seconds * 1000 * MOST_OF_DEADLINE
    deadline = Deadline.after(min(float(doubt.policy.timeout_ms), left))
    return Answering(
        replace(doubt.asked, request=request, deadline=deadline),
        replace(doubt.safe, request=request),
        _decision(doubt, request, model),
        doubt.page,
        doubt.process,
    )


def _decision(doubt: Doubt, request: RouteRequest, model: ModelCard) -> Decision:
    """Return where the model may be asked under the request's policy. Raises UnknownModel."""
    situation = replace(
        doubt.situation, request=request, size=measure(request), task=None, session_floor=None
    )
    _, chain = find_chain(situation, Draft(tier=model.tier, model=model.model_id))
    return Decision(
        task_type=None,
        tier=model.tier,
        source=KIND,
        confidence=1.0,
        complexity="simple",
        reasons=(),
        chain=chain,
        floor=None,
        max_output_tokens=llm.MOST_OUTPUT_TOKENS,
        temperature=0.0 if model.temperature else None,
    )


def _unheard(verdict: Verdict, failure: Exception) -> Verdict:
    code, text = next((c, t) for kind, c, t in FAILURES if isinstance(failure, kind))
    if isinstance(failure, ProviderFailed) and failure.extra.get("is_timeout"):
        code, text = "llm_timed_out", "The small model did not answer in time."
    return llm.because(verdict, code, text)
