"""Everything the ledger and the audit trail keep about one request, for those who may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from usage.models import Attempt, AuditEntry, LedgerEntry


@dataclass(frozen=True, slots=True)
class Trail:
    """The rows about one request; None where the reader lacks the permission."""

    attempts: list[Attempt] | None
    entries: list[LedgerEntry] | None
    audit: list[AuditEntry] | None


def of_request(request_id: Any, *, may: Callable[[str], bool]) -> Trail | None:
    """Return the trail of a request in at most three queries; None when that is no id."""
    try:
        wanted = UUID(str(request_id))
    except ValueError:
        return None
    attempts = Attempt.objects.filter(request_id=wanted).order_by("id")
    entries = LedgerEntry.objects.filter(attempt_id__in=attempts.order_by().values("id"))
    audit = AuditEntry.objects.filter(request_id=wanted).order_by("id")
    return Trail(
        attempts=list(attempts) if may("usage.view_attempt") else None,
        entries=list(entries.order_by("created_at", "kind"))
        if may("usage.view_ledgerentry")
        else None,
        audit=list(audit) if may("usage.view_auditentry") else None,
    )
