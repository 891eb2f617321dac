"""What can go wrong with protection (the whole tree is drawn in routing/errors.py)."""

from routerproject.shared.errors import RouterError


class PhiBlocked(RouterError):
    """The policy, or doubt, forbids sending this text. Carries reason codes, never values."""

    status = 422
    problem = "phi-blocked"
    title = "The PHI policy does not let this request leave."


class EgressDenied(PhiBlocked):
    """The last scan found something in the very bytes that were about to leave."""

    title = "The egress scan stopped this request."


class PatientUnknown(PhiBlocked):
    """Nobody knows which words are the patient's."""

    title = "The patient management system knows no patient of this id."


class PatientRecordUnavailable(PhiBlocked):
    """The record of a patient who was named by id alone could not be read."""

    title = "The record of a patient named by id alone could not be read."
    is_retryable = True


class PatientIndexUnavailable(PatientRecordUnavailable):
    """The list of a clinic's patients was never read, so that others could leave unseen."""

    title = "The patients of the clinic are not known yet."


class EngineBusy(RouterError):
    """Too many long texts are waiting to be sanitized; nothing is wrong with this one."""

    status = 503
    problem = "overloaded"
    title = "The router is shedding load."
    is_retryable = True
