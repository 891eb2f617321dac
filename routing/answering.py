"""A decided request while it is answered: its calls, how it ends, what the caller is told."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from routerproject.shared.money import NanoUsd
from routing import betas, record, reply
from routing.cache import OFF, TENANT, Looked, Place, is_keepable, place_of
from routing.errors import ProviderCutOff, ProviderFailed
from routing.process import Process
from routing.protect import SafeRequest, conversation_reference
from routing.providers import messages
from routing.providers.attempt import Attempt, Deadline
from routing.providers.early import Early
from routing.providers.fallback import Answer, call_with_fallback
from routing.providers.live import LiveStream
from routing.providers.prompt_cache import keeping_of
from routing.providers.retries import Call, Reply
from routing.quality.checks import rate
from routing.select.draft import Situation
from routing.select.parameters import parameters_for
from routing.snapshot import Snapshot
from routing.types import (
    Candidate,
    Caution,
    Decision,
    Parameters,
    ProviderReply,
    RouteRequest,
    TaskTypePolicy,
    Urgency,
)
from usage import claims
from usage.catalog import RULE_TIER
from usage.configuration import KeyGrant
from usage.ledger import ClaimEnd, Page
from usage.ledger.closing import Closing, Served
from usage.pricing import image_tokens

SHARE_FOR_ANOTHERS_CALL = 0.5  # of the time left, while another caller's equal request is answered
# Protocols whose clients count tokens; for others they are estimated. The vendor's SDK refuses to
# ask Bedrock for it.
COUNTING: Final = frozenset({"anthropic", "vertex"})
# A conversation without a name: its tokens come from its first message and equal nobody else's.
ALONE = "alone"
FALLBACK = Caution(
    "fallback", "The first choice failed or was full; the next of the chain answered."
)
FALLBACK_DOWN = Caution(
    "fallback-down", "A lower tier than was decided answered, not below the floor of the task."
)
UNKNOWN_PARTS = Caution(
    "unknown-parts", "The stream had parts of a kind that this version does not know; they lack."
)
PENDING = Caution("settlement-pending", "The cost is not written yet; it will be.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with who asks, the configuration it is answered under, and its clocks."""

    request: RouteRequest
    grant: KeyGrant
    config: Snapshot
    deadline: Deadline
    started: float  # time.perf_counter() when its body had been read

    @property
    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000


@dataclass(frozen=True, slots=True)
class Answering:
    """What every step after the decision needs."""

    asked: Asked
    safe: SafeRequest
    decision: Decision
    page: Page
    process: Process
    looked: Looked = OFF  # what the answer cache said
    situation: Situation | None = None  # what the decision was made from
    early: Early[Any] | None = None  # a call that was begun before the decision was made

    async def looked_up(self) -> "Answering":
        """Return this with what is kept of an earlier answer to exactly the same request."""
        place = self._place()
        if place is None:
            return self
        remaining = max(0.0, self.asked.deadline.remaining_seconds)
        is_patient = self._urgency != "real_time"
        looked = await self.process.answers.look_up(
            place,
            patience_seconds=remaining * SHARE_FOR_ANOTHERS_CALL if is_patient else 0.0,
        )
        return replace(self, looked=looked)

    async def reused(self, found: ProviderReply) -> Answer[ProviderReply]:
        """Write down that a kept answer is given again, at no cost; return it as an answer."""
        answer = Answer(found, self.decision.chosen, is_fallback=False)
        self.page.row = record.reused(self.page.row, found.usage)
        await self.page.close(replace(self.closing_of(answer), outcome="cached"))
        return answer

    def keep(self, answer: Answer[ProviderReply]) -> None:
        """Give a model's answer to whoever asks the same from now on, if it may be."""
        is_decided = answer.candidate.model == self.decision.chosen.model
        may_keep = is_decided and is_keepable(answer.reply)
        self.looked.flight.land(answer.reply if may_keep else None)

    def keep_at_end(self, opened: Answer[LiveStream]) -> None:
        """Do as `keep` does once a stream has come to its end, unless what it showed is poor."""

        def ended(whole: ProviderReply | None) -> None:
            if whole is None or self._looks_poor(whole):
                self.looked.flight.land(None)
            else:
                self.keep(Answer(whole, opened.candidate, opened.is_fallback))

        if self.looked.status != "miss":
            return
        self.looked.flight.follow()
        opened.reply.at_end(ended)

    async def call(self, call: Call[Reply]) -> Answer[Reply]:
        """Return the first answer of the chain; `call` is `call_whole` or `stream_once`."""
        return await self.first_of_chain(self.attempt_for, call)

    async def first_of_chain(
        self, attempt_for: Callable[[Candidate, str], Attempt], call: Call[Reply]
    ) -> Answer[Reply]:
        """Do as `call` does, with attempts of one's own; take what was begun early, or drop it."""
        early, gate, is_urgent = self.early, self.process.gate, self._urgency == "real_time"
        try:
            made = early.instead_of(call) if early else call
            return await call_with_fallback(
                self.decision, attempt_for, gate, made, is_urgent=is_urgent
            )
        finally:
            if early:
                early.drop()

    def attempt_for(self, candidate: Candidate, kind: str) -> Attempt:
        """Return the call to one candidate of the chain."""
        request, parameters = self.safe.request, self._parameters(candidate)
        return Attempt(
            kind=kind,
            candidate=candidate,
            body=messages.body_of(
                request,
                candidate,
                parameters,
                has_tokens=bool(self.safe.vault),
                is_stream=request.stream,
                keeping=keeping_of(self._task, candidate.model),
            ),
            max_output_tokens=parameters.max_output_tokens,
            page=self.page,
            clients=self.process.clients,
            deadline=self.asked.deadline,
            known=self.safe.known,
            policy=self.safe.policy,
            patients=self.safe.patients,
            urgency=self._urgency,
            is_stream=request.stream,
            tools=len(request.tools),
            limits=self.asked.grant.limits,
            headers=betas.headers_for(candidate.deployment.protocol, request.betas),
            attached_tokens=self._attached_tokens(candidate),
            closing=lambda answered: self.closing_of(
                Answer(answered, candidate, is_fallback=kind == "fallback")
            ),
            broken=self._broken,
        )

    @property
    def may_be_kept(self) -> bool:
        """Return whether equal requests share an answer, so that one may be there already."""
        return self._place() is not None

    def counting(self) -> Attempt | None:
        """Return the call that asks the chosen model for the number of input tokens, or None where
        no place of it can be asked for that."""
        if not self.decision.chain:
            return None  # a rule answers
        model = self.decision.chosen.model
        places = (c for c in self.decision.chain if c.model == model)
        able = next((c for c in places if c.deployment.protocol in COUNTING), None)
        if able is None:
            return None
        attempt = self.attempt_for(able, "count")
        return replace(
            attempt, body=messages.body_to_count(attempt.body, able), max_output_tokens=0
        )

    @property
    def estimated_tokens(self) -> int:
        """Return how many input tokens the request has at most, as far as its bytes tell."""
        return self.safe.size.most_tokens

    def rendered(self, answer: Answer[ProviderReply]) -> dict[str, Any]:
        """Return the reply with tokens still in it."""
        return reply.render(
            reply=answer.reply,
            served=answer.candidate,
            decision=self.decision,
            safe=self.safe,
            page=self.page,
            timing=reply.Timing(
                self.asked.elapsed_ms,
                self.page.upstream_ms,
                answer.reply.time_to_first_token_ms,
            ),
            opus=self._uniform_opus(answer.reply),
            looked=self.looked,
            cautions=[
                *self.cautions(answer),
                *([UNKNOWN_PARTS] if answer.reply.has_unknown else []),
            ],
        )

    def cautions(self, answer: Answer[Any]) -> list[Caution]:
        """Return what the caller should know, as far as it is known now."""
        found = [
            *self.asked.request.cautions,
            *self.safe.cautions,
            *self.decision.warnings,
        ]
        if answer.is_fallback:
            found.append(FALLBACK)
        if self._is_below_decided(answer.candidate):
            found.append(FALLBACK_DOWN)
        if self._lacks_betas(answer.candidate):
            found.append(betas.DROPPED)
        if self.page.is_settlement_pending or self.page.is_running:
            found.append(PENDING)
        return found

    def _broken(self, reply: ProviderReply, failure: ProviderFailed) -> Closing:
        """Return how a request ends whose answer broke off after some of it was shown."""
        is_cut = isinstance(failure, ProviderCutOff)
        return Closing(
            state="failed",
            outcome="truncated" if is_cut else failure.problem,
            latency_ms=self.asked.elapsed_ms,
            upstream_ms=self.page.upstream_ms,
            time_to_first_token_ms=reply.time_to_first_token_ms,
            is_truncated=True,
            cache_status=self.looked.status,
            claim_end=claims.ended_without_answer(self.page.row.id, may_have_left=True),
        )

    @property
    def is_by_rule(self) -> bool:
        return self.decision.tier == RULE_TIER

    def closing_of(self, answer: Answer[ProviderReply]) -> Closing:
        """Return how an answered request ends; written by its last settle, before delivery."""
        return Closing(
            state="completed",
            outcome=answer.reply.stop_reason or "none",
            served=_served(answer.candidate),
            latency_ms=self.asked.elapsed_ms,
            upstream_ms=self.page.upstream_ms,
            time_to_first_token_ms=answer.reply.time_to_first_token_ms,
            is_truncated=reply.is_truncated(answer.reply.stop_reason),
            cache_status=self.looked.status,
            uniform_opus=self._uniform_opus(answer.reply),
            claim_end=self.claim_end(
                lambda: self.rendered(answer), is_whole=not answer.reply.has_unknown
            ),
        )

    def claim_end(
        self, document: Callable[[], dict[str, Any]], *, is_whole: bool = True
    ) -> ClaimEnd | None:
        """Return what repeats of the same Idempotency-Key get: the tokenized answer, if it may be
        kept and all of it is known."""
        if not self.asked.request.idempotency_key:
            return None
        if not (is_whole and self.safe.policy.keeps_answers):
            return claims.answered_unkept(self.page.row.id)
        return claims.answered(self.page.row.id, document())

    def _place(self) -> Place | None:
        """Return where an answer to this request is kept, or None where none may be."""
        request, decision = self.safe.request, self.decision
        task = self._task
        may_keep = request.cache and self.safe.policy.keeps_answers
        if not (may_keep and task and task.cache_ttl_seconds):
            return None
        chosen, policy = decision.chosen, self.safe.policy
        body = messages.body_of(
            request, chosen, self._parameters(chosen), has_tokens=bool(self.safe.vault)
        )
        return place_of(
            body,
            tenant_id=self.asked.grant.tenant_id,
            scope=self._scope(),
            key_scopes=self.asked.grant.scopes,
            facts=(
                *(decision.task_type, decision.variant, decision.prompt_version),
                *(chosen.model.model_id, chosen.price.id),
                *(policy.slug, policy.version, policy.mode),
                *request.betas.get(chosen.deployment.protocol, ()),
            ),
            ttl_seconds=task.cache_ttl_seconds,
        )

    def _scope(self) -> str:
        """Return who shares an answer: all of the tenant, or the case where there is any doubt
        that the text is free of identifiers."""
        size = self.safe.size
        is_examined = not (size.images or size.documents or self.safe.policy.allowed_categories)
        if is_examined and not self.safe.contains_identifiers:
            return TENANT
        return conversation_reference(self.asked.request) or ALONE

    def _uniform_opus(self, answered: ProviderReply) -> NanoUsd:
        catalog = self.asked.config.table.catalog
        return reply.uniform_opus(answered.usage, catalog, self.asked.request.received_at)

    def _parameters(self, candidate: Candidate) -> Parameters:
        """Return what a candidate is asked with: the decision's, or for a fallback its own."""
        decided = self.decision
        if candidate.model == decided.chosen.model:
            return Parameters(
                decided.max_output_tokens, decided.thinking, decided.effort, decided.temperature
            )
        return parameters_for(self.safe.request, self._task, candidate.model)

    def _lacks_betas(self, candidate: Candidate) -> bool:
        """Return whether a place was not told all that passes elsewhere; said once is enough."""
        asked = self.safe.request.betas
        told = asked.get(candidate.deployment.protocol, ())
        return set(told) != betas.all_of(asked) and betas.DROPPED not in self.asked.request.cautions

    def _looks_poor(self, whole: ProviderReply) -> bool:
        """Return whether an answer is one that would be asked for again, had it not been shown."""
        task = self._task
        if task is None:
            return False
        rating = rate(whole, self.safe.request, checks_numbers=task.checks_numbers)
        return rating.score < task.escalate_below

    def _is_below_decided(self, candidate: Candidate) -> bool:
        rank = self.asked.config.table.catalog.rank
        return rank(candidate.tier) < rank(self.decision.tier)

    @property
    def _task(self) -> TaskTypePolicy | None:
        return self.asked.config.table.task_types.get(self.decision.task_type or "")

    @property
    def _urgency(self) -> Urgency:
        return self.asked.request.urgency_under(self._task)

    def _attached_tokens(self, candidate: Candidate) -> int:
        """Return an upper bound of what images and files can add to the input.

        Nobody knows how many pages a file has until it is billed, so one holds for all of the
        window.
        """
        size = self.safe.size
        if size.documents:
            return candidate.model.context_window_tokens
        return image_tokens(size.images, protocol=candidate.deployment.protocol)


def _served(candidate: Candidate) -> Served:
    return Served(candidate.tier, candidate.model.model_id, candidate.deployment.slug)
