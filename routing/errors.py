"""The tree of what can go wrong. Each class carries its HTTP status and problem type.

RouterError
├── InvalidRequest 400            the body or a header is not what the contract says
│   ├── TooLarge 413              more bytes, depth or items than a request may have
│   └── UnsupportedMediaType 415
├── Unauthenticated 401           (usage.errors) missing, unknown, expired or revoked key
├── BudgetExceeded 402            (usage.errors) a hard cap
├── ScopeMissing 403              (usage.errors)
├── UnknownTaskType 422, TaskTypeDisabled 422
├── NoConditionCodes 422          nothing that a rule could look up
├── UnknownModel 422              no such model, or none that can serve this request
│   └── BeyondEveryWindow 413     ... for its length; also `too-large`
├── PhiBlocked 422                (phi.errors) the policy or a doubt
│   ├── EgressDenied 422          (phi.errors) the last scan
│   ├── PatientUnknown 422        (phi.errors) the PMS has no patient of this id
│   └── PatientRecordUnavailable 422   (phi.errors) the PMS is away, slow or makes no sense; so is
│                                      PatientIndexUnavailable of the list of all patients
├── IdempotencyMismatch 422, IdempotencyInProgress 409   (usage.errors)
├── OutcomeUnknown 409, AnswerNotKept 409   (usage.errors) a repeat that has no answer to get
├── RateLimited 429               (usage.errors)
├── ProviderFailed 502            every candidate failed
│   ├── ProviderBusy              429 or 529: no work was done
│   │   └── SpendLimitReached     the account's own limit: waiting does not help
│   ├── ProviderUnreachable       no connection: no work was done
│   │   ├── NotConfigured         no address, credential or protocol to call it by
│   │   ├── CircuitOpen           the breaker is open, so nothing was sent
│   │   └── DeploymentFrozen      it billed more than a call can cost; a person must look
│   ├── DeploymentFull 503        the limits of the clinic's own leave no room; also `overloaded`
│   ├── ProviderRefused           400 to 413: this request will never work there
│   │   ├── PartRefused 400       ... for a part of it that the caller wrote, which is named
│   │   └── CannotSay             its protocol has no words for this request; another's may
│   └── ProviderAmbiguous         it may have worked and been billed
│       ├── UsageImplausible      it says to have used what nobody can have used
│       └── ProviderCutOff        its stream broke off
├── Overloaded 503, DatabaseUnavailable 503 (usage.errors), StaleConfiguration 503
│   └── MonthClosed 503           (usage.errors) the clock shows a month that is closed
├── EngineBusy 503                (phi.errors) long texts wait to be sanitized; also `overloaded`
└── DeadlineExceeded 504
"""

from phi.errors import EgressDenied, PhiBlocked
from routerproject.shared.errors import RouterError
from usage.errors import (
    AnswerNotKept,
    BudgetExceeded,
    DatabaseUnavailable,
    IdempotencyInProgress,
    IdempotencyMismatch,
    MonthClosed,
    OutcomeUnknown,
    Overloaded,
    RateLimited,
    ScopeMissing,
    Unauthenticated,
)


class InvalidRequest(RouterError):
    status = 400
    problem = "invalid-request"
    title = "The request is not what the contract says."


class TooLarge(InvalidRequest):
    status = 413
    problem = "too-large"
    title = "The request is larger than a request may be."


class UnsupportedMediaType(InvalidRequest):
    status = 415
    problem = "media-type"
    title = "The body must be application/json."


class UnknownTaskType(RouterError):
    status = 422
    problem = "unknown-task-type"
    title = "There is no such task type."


class TaskTypeDisabled(RouterError):
    status = 422
    problem = "task-type-disabled"
    title = "This task type is switched off or denied by a rule."


class NoConditionCodes(RouterError):
    status = 422
    problem = "no-condition-codes"
    title = "The request names no code of a condition."


class UnknownModel(RouterError):
    status = 422
    problem = "unknown-model"
    title = "There is no such tier or model, or none that can serve this request."


class BeyondEveryWindow(UnknownModel):
    """No model is missing: the prompt is longer than any that may answer can take."""

    status = TooLarge.status
    problem = TooLarge.problem
    title = TooLarge.title


class ProviderFailed(RouterError):
    """`did_no_work` claims that the failure proves that the provider did and bills nothing.

    Only then may the same deployment be asked again by itself, and only if `may_retry` says that
    it could help; another one is asked whenever `may_fall_back`.
    """

    status = 502
    problem = "provider-failed"
    title = "No model could answer."
    is_retryable = True
    did_no_work = False
    may_retry = False
    may_fall_back = True


class ProviderBusy(ProviderFailed):
    title = "The provider is busy."
    did_no_work = True
    may_retry = True


class SpendLimitReached(ProviderBusy):
    title = "The spending limit of the account at the provider is reached."
    may_retry = False


class ProviderUnreachable(ProviderFailed):
    title = "The provider cannot be reached."
    did_no_work = True
    may_retry = True


class NotConfigured(ProviderUnreachable):
    title = "The deployment is not set up."
    may_retry = False


class CircuitOpen(ProviderUnreachable):
    title = "The deployment failed too often and is left alone for some seconds."
    may_retry = False


class DeploymentFrozen(ProviderUnreachable):
    title = "The deployment billed more than a call can cost and waits for a person."
    may_retry = False


class DeploymentFull(ProviderFailed):
    """Not sent: the deployment's limits left no room in time, or too many waited for it."""

    status = 503
    problem = "overloaded"
    title = "The router is shedding load."
    did_no_work = True


class ProviderRefused(ProviderFailed):
    title = "The provider refused the request."
    is_retryable = False
    did_no_work = True
    may_fall_back = False


class PartRefused(ProviderRefused):
    status = 400
    problem = "refused-by-provider"
    title = "The provider refused a part of the request."


class CannotSay(ProviderRefused):
    title = "The protocol of the deployment has no words for this request."
    may_fall_back = True


class ProviderAmbiguous(ProviderFailed):
    title = "The provider's answer was lost or broken; it may have been billed."


class UsageImplausible(ProviderAmbiguous):
    title = "The provider's answer came with a usage that cannot be; it may have been billed."


class ProviderCutOff(ProviderAmbiguous):
    title = "The provider's answer broke off."


class StaleConfiguration(DatabaseUnavailable):
    title = "The configuration could not be confirmed for over two seconds."


class DeadlineExceeded(RouterError):
    status = 504
    problem = "deadline-exceeded"
    title = "The deadline of the request passed."
    is_retryable = True


__all__ = [
    "AnswerNotKept",
    "BeyondEveryWindow",
    "BudgetExceeded",
    "CannotSay",
    "CircuitOpen",
    "DatabaseUnavailable",
    "DeadlineExceeded",
    "DeploymentFrozen",
    "DeploymentFull",
    "EgressDenied",
    "IdempotencyInProgress",
    "IdempotencyMismatch",
    "InvalidRequest",
    "MonthClosed",
    "NoConditionCodes",
    "NotConfigured",
    "OutcomeUnknown",
    "Overloaded",
    "PartRefused",
    "PhiBlocked",
    "ProviderAmbiguous",
    "ProviderBusy",
    "ProviderCutOff",
    "ProviderFailed",
    "ProviderRefused",
    "ProviderUnreachable",
    "RateLimited",
    "RouterError",
    "ScopeMissing",
    "SpendLimitReached",
    "StaleConfiguration",
    "TaskTypeDisabled",
    "TooLarge",
    "Unauthenticated",
    "UnknownModel",
    "UnknownTaskType",
    "UnsupportedMediaType",
    "UsageImplausible",
]
