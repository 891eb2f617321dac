"""The likely tier's call, begun while a small model is asked whether that tier is the right one.

The answer is there sooner when the label agrees. When it does not, one call more is paid for. So an
admin switches it on, and it is left alone wherever it could do harm.
"""

from dataclasses import replace
from typing import Any, Final

from routerproject.shared.money import NanoUsd
from routing.answering import Answering
from routing.providers.attempt import Attempt
from routing.providers.early import Early
from routing.providers.retries import Call, call_whole
from routing.providers.together import Together
from routing.types import Decision, ProviderReply, Reason
from usage import pricing

KIND: Final = "speculation"
STEP: Final = "speculation"


class Speculation:
    """What one request may begin early, and what it has begun.

    `likely` is the request under what its text alone led to, as its first model would be asked;
    `call` is `call_whole` or `stream_once`.
    """

    def __init__(self, likely: Answering, call: Call[Any]) -> None:
        self._likely = likely
        self._call = call
        self.early: Early[Any] | None = None

    async def beside(self, question: Attempt) -> ProviderReply:
        """Ask the question, with the likely call on its way where that is allowed."""
        gate = self._likely.process.gate
        if not is_allowed(self._likely):
            return await call_whole(question, gate)
        attempt = _optional(self._likely)
        together = Together(question.page, spare=_dearest(attempt, self._likely))
        self.early = Early(attempt, self._call, gate, together)
        try:
            return await call_whole(replace(question, door=together.first), gate)
        finally:
            together.first_ended()

    def told(self, decision: Decision) -> Decision:
        """Return the decision with what became of the call that was begun for it."""
        if self.early is None or not self.early.has_begun:
            return decision
        if decision.chosen == self.early.attempt.candidate:
            reason = Reason(STEP, "speculation_kept", "The call begun meanwhile is the right one.")
        else:
            text = "The call begun meanwhile was to another model; it is paid for and not used."
            reason = Reason(STEP, "speculation_discarded", text)
        return replace(decision, reasons=(*decision.reasons, reason))

    def drop(self) -> None:
        """Want nothing of it any longer."""
        if self.early is not None:
            self.early.drop()


def is_allowed(answering: Answering) -> bool:
    """Return whether a call may be begun that perhaps nobody needs.

    Never where somebody may not wait or does not, where tools could be called twice, where a kept
    answer could do instead, and where the call could take room from the one that is needed.
    """
    situation, request = answering.situation, answering.safe.request
    return (
        answering.asked.config.classifier.speculates
        and situation is not None
        and situation.urgency == "interactive"
        and situation.pressure is None
        and not request.tools
        and not answering.asked.grant.limits
        and not answering.may_be_kept
    )


def _optional(answering: Answering) -> Attempt:
    attempt = answering.attempt_for(answering.decision.chosen, KIND)
    return replace(attempt, has_fallback=True)


def _dearest(attempt: Attempt, answering: Answering) -> NanoUsd:
    """Return the worst case, in nano-USD, of the same question at the dearest tier.

    It must be left on every budget, so that what is begun early never stands in the way of what
    the label asks for.
    """
    situation = answering.situation
    assert situation is not None  # noqa: S101 (asked before)
    catalog = situation.table.catalog
    models = (catalog.default_models.get(tier, "") for tier in situation.tiers)
    prices = (catalog.price_at(model, situation.now) for model in models)
    return max(
        pricing.worst_case(
            len(attempt.body),
            attempt.max_output_tokens,
            price,
            tools=attempt.tools,
            attached_tokens=attempt.attached_tokens,
        )
        for price in (*filter(None, prices), attempt.candidate.price)
    )
