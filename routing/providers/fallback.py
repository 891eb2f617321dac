"""When a candidate fails, the next of the chain is asked, each with a hold of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from routing.errors import (
    BudgetExceeded,
    CircuitOpen,
    DeadlineExceeded,
    DeploymentFrozen,
    DeploymentFull,
    NotConfigured,
    ProviderFailed,
)
from routing.providers.attempt import Attempt
from routing.providers.gate import Gate
from routing.providers.retries import Call, Reply, call_with_retries, retries_before
from routing.providers.retry_budget import Tries
from routing.types import Candidate, Decision

NOT_SENT = (CircuitOpen, DeploymentFrozen, DeploymentFull, NotConfigured)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Reply]):
    """A reply, or the stream of one, and the candidate that gave it."""

    reply: Reply
    candidate: Candidate
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class _Full:
    """A budget that left no room for a candidate."""

    refusal: BudgetExceeded
    candidate: Candidate


async def call_with_fallback(
    decision: Decision,
    attempt_for: Callable[[Candidate, str], Attempt],
    gate: Gate,
    call: Call[Reply],
    *,
    is_urgent: bool = False,
) -> Answer[Reply]:
    """Return the first answer of the chain; `call` is `call_whole` or `stream_once`.

    Raises the last candidate's ProviderFailed, or DeadlineExceeded when time ran out. A refusal of
    the request itself, such as a bad key or a malformed body, is not tried elsewhere.
    """
    gate.budget.earn()
    tries = Tries(gate.budget, is_urgent)
    last: ProviderFailed | None = None
    full: _Full | None = None
    for place, candidate in enumerate(decision.chain, start=1):
        further = decision.chain[place:]
        if not tries.take():
            break
        is_fallback = candidate is not decision.chosen
        if full and last is None and not _is_cheaper(candidate, full.candidate):
            tries.give_back()
            continue
        try:
            attempt = attempt_for(candidate, "fallback" if is_fallback else "main")
            has_twin = bool(further) and further[0].model == candidate.model
            attempt = attempt.changed(has_fallback=bool(further), has_twin=has_twin)
            provider = candidate.deployment.provider
            retries = retries_before(further, provider=provider, has_twin=has_twin, left=tries.left)
            reply = await call_with_retries(call, attempt, tries, retries, gate)
            return Answer(reply, candidate, is_fallback)
        except BudgetExceeded as refused:
            if last is None and not (refused.steps_down and decision.may_step_down):
                raise  # a cheaper answer than was decided is no answer to a full budget, unless
            full = _Full(refused, candidate)  # that is what the budget asks for
            tries.give_back()
        except DeadlineExceeded:
            raise DeadlineExceeded(is_billed=last is not None and not last.did_no_work) from last
        except NOT_SENT as nowhere:
            tries.give_back()
            if last is None or (isinstance(nowhere, DeploymentFull) and isinstance(last, NOT_SENT)):
                last = nowhere
        except ProviderFailed as failure:
            last = failure
            if not failure.may_fall_back:
                break
    reason = last or (full.refusal if full else None)
    assert reason is not None  # noqa: S101 (a chain has at least one candidate)
    raise reason


def _is_cheaper(candidate: Candidate, than: Candidate) -> bool:
    own, other = candidate.price, than.price
    return own.output_usd < other.output_usd and own.input_usd <= other.input_usd
