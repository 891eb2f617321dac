"""A poor answer is asked for again one tier up, each time with a hold of its own.

Cheap checks find it. The earlier answer is kept: it is given when the next one cannot be had, or is
no better. Streams are left alone, since their text has been shown.
"""

from dataclasses import dataclass, replace
from typing import Final

from routing import judging, record
from routing.answering import Answering
from routing.errors import (
    BudgetExceeded,
    DatabaseUnavailable,
    DeadlineExceeded,
    EgressDenied,
    InvalidRequest,
    Overloaded,
    ProviderFailed,
    RateLimited,
    RouterError,
    UnknownModel,
)
from routing.protect import SafeRequest
from routing.providers.attempt import Attempt
from routing.providers.fallback import Answer
from routing.providers.retries import call_whole
from routing.quality.checks import UNFIT_RULE, Rating, rate, without_flag
from routing.select.deployments import find_chain
from routing.select.draft import Draft
from routing.select.parameters import parameters_for
from routing.types import Candidate, Caution, Decision, ProviderReply, Reason, TaskTypePolicy
from usage.ledger.closing import Closing

KIND: Final = "escalation"
POOR_MARKS: Final = "poor_marks"
HOPS: Final = {"off": 0, "one_tier": 1, "two_tiers": 2}
KEPT: Final = {
    "escalation_failed": "A higher tier was asked and did not answer.",
    "escalation_over_budget": "No budget left room to ask a higher tier.",
    "escalation_over_limit": "The caller's own limits left no room to ask a higher tier.",
    "no_better": "A higher tier was asked and did no better.",
}
USUAL: Final = TaskTypePolicy(slug="", name="", version=0, tier="")  # without a task type
# Whatever these say of the next call, there is an answer to give.
FAILURES: Final = (
    ProviderFailed,
    DeadlineExceeded,
    BudgetExceeded,
    RateLimited,
    EgressDenied,
    DatabaseUnavailable,
    Overloaded,
)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with the decision that it came from and how good it looks."""

    answering: Answering
    answer: Answer[ProviderReply]
    rating: Rating
    is_poor: bool

    is_judged: bool = False  # by the marks of a stronger model

    @property
    def is_final(self) -> bool:
        """Return whether an equal request may be given the same answer."""
        return not self.is_poor and self.answering.decision.source != KIND


def first_asked(answering: Answering) -> Answering:
    """Return the request as its first model is asked: with the rule about unfit answers, if any.

    A stream is shown as it comes, and has none.
    """
    return answering if answering.asked.request.stream else _Ladder(answering).now


async def best_answer(answering: Answering) -> Given:
    """Return the answer of the decided model, or of a higher one where that was poor.

    Raises what the first call raises; what goes wrong after it only leaves its answer.
    """
    return await _Ladder(answering).climbed()


class _Ladder:
    """The calls for one request, each a tier above the one before."""

    def __init__(self, answering: Answering) -> None:
        self._plain = self.now = answering
        self._hops = 0
        self._best: Given | None = None
        self._rating = Rating()
        self._next: Answering | None = None  # what is asked next, known when a call has settled
        self._is_to_be_judged = judging.waits_for(answering) and self._has_higher()
        if self._may_flag():
            self.now = replace(answering, safe=_with_rule(answering.safe))

    async def climbed(self) -> Given:
        answer = await self.now.first_of_chain(self._attempt_for, call_whole)
        self._best = self._given(answer)
        if self._is_to_be_judged and self.now.page.is_open and self._next is None:
            await self._judge(self._best)
        while self._next is not None:
            self.now, self._hops = self._next, self._hops + 1
            page = self.now.page
            page.row = record.decided(page.row, self.now.decision)
            try:
                found = self._given(await self._asked_again())
            except FAILURES as failure:
                return await self._kept(_why(failure))
            if found.rating.score < self._best.rating.score:
                return await self._kept("no_better")
            self._best = found
        return self._best

    async def _judge(self, given: Given) -> None:
        """Have the answer marked that looks well; it ends the request unless one more follows."""
        marks = await judging.marks_of(given.answering, given.answer)
        self._best = replace(given, is_judged=True)
        if marks is not None and marks.score < self._task.judge_below:
            self._rating = Rating(marks.score, (POOR_MARKS,))
            self._best = replace(self._best, rating=self._rating, is_poor=True)
            self._next = self._one_up(given.answer.candidate, given.answer.reply)
        if self._next is None:
            await given.answering.page.end(given.answering.closing_of(given.answer))

    async def _asked_again(self) -> Answer[ProviderReply]:
        chosen = self.now.decision.chosen
        attempt = self._attempt_for(chosen, KIND).changed(has_fallback=True)
        reply = await call_whole(attempt, self.now.process.gate)
        return Answer(reply, chosen, is_fallback=False)

    def _attempt_for(self, candidate: Candidate, kind: str) -> Attempt:
        attempt = self.now.attempt_for(candidate, kind)
        return attempt.changed(closing=lambda reply: self._closing(attempt, reply))

    def _closing(self, attempt: Attempt, reply: ProviderReply) -> Closing | None:
        """Rate an answer as its call settles; the request ends with it unless one more follows."""
        task = self._task
        self._rating = rate(reply, self._plain.safe.request, checks_numbers=task.checks_numbers)
        is_poor = self._rating.score < task.escalate_below
        self._next = self._one_up(attempt.candidate, reply) if is_poor else None
        is_worse = self._best is not None and self._rating.score < self._best.rating.score
        is_open = self._is_to_be_judged and self._best is None and not is_poor
        return None if self._next or is_worse or is_open else attempt.closing(without_flag(reply))

    def _given(self, answer: Answer[ProviderReply]) -> Given:
        plain = replace(answer, reply=without_flag(answer.reply))
        is_poor = self._rating.score < self._task.escalate_below
        return Given(self.now, plain, self._rating, is_poor)

    async def _kept(self, code: str) -> Given:
        """Return the earlier answer, and end the request with it."""
        assert self._best is not None  # noqa: S101 (there is one before anything is asked again)
        answering = self._best.answering
        reason = Reason("escalation", code, f"{KEPT[code]} This is the earlier answer.")
        decision = answering.decision
        decision = replace(decision, reasons=(*decision.reasons, reason))
        answering = replace(answering, decision=decision)
        answering.page.row = record.decided(answering.page.row, decision)
        await answering.page.end(answering.closing_of(self._best.answer))
        return replace(self._best, answering=answering)

    def _one_up(self, candidate: Candidate, reply: ProviderReply) -> Answering | None:
        """Return what is asked one tier above a candidate, or None where nothing may be."""
        situation, decision = self._plain.situation, self._plain.decision
        if situation is None or not self._may_climb():
            return None
        tier = situation.step(candidate.tier, 1)
        highest = situation.rank(decision.ceiling) if decision.ceiling else situation.rank(tier)
        if not situation.rank(candidate.tier) < situation.rank(tier) <= highest:
            return None
        if self._plain.asked.deadline.remaining_seconds * 1000 < reply.latency_ms:
            return None
        try:
            _, chain = find_chain(situation, Draft(tier=tier, floor=tier))
        except (UnknownModel, InvalidRequest):  # of the latter a prefill, which few models take
            return None
        if situation.rank(chain[0].tier) > highest:
            return None
        return replace(self._plain, decision=self._decision(candidate.tier, chain[0]))

    def _decision(self, below: str, chosen: Candidate) -> Decision:
        """Return the decision under which a higher tier answers."""
        situation, decision = self._plain.situation, self.now.decision
        assert situation is not None  # noqa: S101 (asked before)
        asked_with = parameters_for(situation.request, situation.task, chosen.model)
        flaws = ", ".join(self._rating.flaws)
        text = f"The answer of {below} was poor ({flaws}), so {chosen.tier} answers."
        warnings = [each for each in decision.warnings if each.code != "escalated"]
        return replace(
            decision,
            tier=chosen.tier,
            source=KIND,
            confidence=round(situation.acceptable(chosen.tier), 4),
            chain=(chosen,),
            reasons=(*decision.reasons, Reason("escalation", "escalated", text, chosen.tier)),
            warnings=(*warnings, Caution("escalated", text)),
            max_output_tokens=asked_with.max_output_tokens,
            thinking=asked_with.thinking,
            effort=asked_with.effort,
            temperature=asked_with.temperature,
        )

    def _may_climb(self) -> bool:
        """Return whether one more call may be made: past no choice, hurry or tight budget."""
        situation = self._plain.situation
        return (
            situation is not None
            and self._hops < HOPS[self._task.escalation]
            and self._plain.decision.source != "override"
            and situation.urgency != "real_time"
            and situation.pressure is None
        )

    def _may_flag(self) -> bool:
        """Return whether the model may say that it is unfit: where its words are free."""
        request, situation = self._plain.safe.request, self._plain.situation
        if situation is None or not self._task.may_flag_unfit or request.output_format:
            return False
        return self._has_higher()

    def _has_higher(self) -> bool:
        """Return whether there is a tier to climb to."""
        situation, tier = self._plain.situation, self._plain.decision.tier
        return situation is not None and self._may_climb() and situation.step(tier, 1) != tier

    @property
    def _task(self) -> TaskTypePolicy:
        table = self._plain.asked.config.table
        return table.task_types.get(self._plain.decision.task_type or "", USUAL)


def _why(failure: RouterError) -> str:
    if isinstance(failure, BudgetExceeded):
        return "escalation_over_budget"
    if isinstance(failure, RateLimited):
        return "escalation_over_limit"
    return "escalation_failed"


def _with_rule(safe: SafeRequest) -> SafeRequest:
    """Return the request with the rule at the end of its instructions, after what is cached."""
    system = safe.request.system
    own = [{"type": "text", "text": system}] if isinstance(system, str) else list(system or ())
    rule = {"type": "text", "text": UNFIT_RULE}
    return replace(safe, request=safe.request.changed(system=(*own, rule)))
