"""What can go wrong with accounts and money (the whole tree is drawn in routing/errors.py)."""

from typing import Any

from routerproject.shared.errors import RouterError


class Unauthenticated(RouterError):
    status = 401
    problem = "unauthenticated"
    title = "The API key is missing, unknown, expired or revoked."


class ScopeMissing(RouterError):
    status = 403
    problem = "scope-missing"
    title = "The API key lacks the scope this call needs."


class BudgetExceeded(RouterError):
    status = 402
    problem = "budget-exceeded"
    title = "The hard cap of a budget does not leave room for this call."
    steps_down = False  # the budget asks that a cheaper model of the chain be tried


class RateLimited(RouterError):
    status = 429
    problem = "rate-limited"
    title = "A rate limit of this client or its tenant is reached."
    is_retryable = True
    quotas: tuple[Any, ...] = ()  # which one is used up, where it is one of requests a minute


class IdempotencyMismatch(RouterError):
    status = 422
    problem = "idempotency-mismatch"
    title = "The Idempotency-Key was used with another body."


class IdempotencyInProgress(RouterError):
    status = 409
    problem = "idempotency-in-progress"
    title = "A request with this Idempotency-Key is still being answered."
    is_retryable = True


class OutcomeUnknown(RouterError):
    status = 409
    problem = "outcome-unknown"
    title = "The first request with this Idempotency-Key left without a known outcome."


class AnswerNotKept(RouterError):
    """Says with `first_request_id` and `first_cost_usd` what the first request was and cost."""

    status = 409
    problem = "answer-not-kept"
    title = "The first request with this Idempotency-Key was answered, and its answer is not kept."


class Overloaded(RouterError):
    status = 503
    problem = "overloaded"
    title = "The router is shedding load."
    is_retryable = True


class DatabaseUnavailable(RouterError):
    status = 503
    problem = "database-unavailable"
    title = "The ledger cannot be reached."
    is_retryable = True


class MonthClosed(DatabaseUnavailable):
    """Trying again does not help: a clock is wrong, and a person must set it right."""

    problem = "month-closed"
    title = "By the router's clock this call belongs to a month that is closed in the ledger."
    is_retryable = False
