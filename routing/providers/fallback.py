"""When a candidate fails, the next of the chain is asked, each with a hold of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from routing.errors import BudgetExceeded, DeadlineExceeded, ProviderFailed
from routing.providers.attempt import Attempt, call_once
from routing.types import Candidate, Decision, ProviderReply

MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and the candidate that gave it."""

    reply: ProviderReply
    candidate: Candidate
    is_fallback: bool


async def call_with_fallback(
    decision: Decision, attempt_for: Callable[[Candidate, str], Attempt]
) -> Answer:
    """Return the first answer of the chain.

    Raises the last candidate's ProviderFailed, or DeadlineExceeded when time ran out. A refusal of
    the request itself, such as a bad key or a malformed body, is not tried elsewhere.
    """
    last: ProviderFailed | None = None
    for candidate in decision.chain[:MOST_ATTEMPTS]:
        kind = "fallback" if last else "main"
        try:
            reply = await call_once(attempt_for(candidate, kind))
            return Answer(reply, candidate, is_fallback=last is not None)
        except BudgetExceeded:
            if last is None:
                raise  # a cheaper answer than was decided is no answer to a full budget
            continue
        except DeadlineExceeded:
            raise DeadlineExceeded(is_billed=last is not None and not last.did_no_work) from last
        except ProviderFailed as failure:
            last = failure
            if not failure.may_fall_back:
                break
    assert last is not None  # noqa: S101 (a chain has at least one candidate)
    raise last
