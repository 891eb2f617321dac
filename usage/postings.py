"""Two people clear up what no bill could: one says what a call cost, another one confirms it."""

from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from routerproject.shared import clock
from routerproject.shared.money import usd_text
from usage import audit, reconciliation
from usage.models import Attempt, AttemptState, Posting, PostingState


@transaction.atomic
def propose(*, attempt_id: UUID, cost_nano_usd: int, reason: str, by: User) -> Posting:
    """Propose what an unknown attempt cost. Raises PermissionDenied and ValidationError."""
    _require(by, "usage.add_posting")
    attempt = Attempt.objects.filter(pk=attempt_id).first()
    if attempt is None or attempt.state != AttemptState.UNKNOWN:
        raise ValidationError({"attempt_id": "There is no unknown attempt with this id."})
    if not 0 <= cost_nano_usd <= attempt.hold_nano_usd:
        worst = f"${usd_text(attempt.hold_nano_usd)}"
        raise ValidationError({"cost_nano_usd": f"It cost from $0 to its worst case, {worst}."})
    posting = Posting(
        attempt_id=attempt_id,
        tenant_id=attempt.tenant_id,
        cost_nano_usd=cost_nano_usd,
        reason=reason,
        proposed_by=by,
        proposed_at=clock.now(),
    )
    posting.full_clean()
    posting.save(force_insert=True)
    _record("posting.proposed", posting, by)
    return posting


@transaction.atomic
def confirm(*, posting: Posting, by: User) -> Posting:
    """Post what another person proposed. Raises PermissionDenied and ValidationError."""
    row = _decided(posting, PostingState.CONFIRMED, by)
    was_unknown = reconciliation.resolve(
        attempt_id=row.attempt_id,
        cost=row.cost_nano_usd,
        by=by.get_username(),
        evidence={"posting": row.pk, "proposed_by": row.proposed_by.get_username()},
    )
    if not was_unknown:
        raise ValidationError("The attempt was cleared up meanwhile; reject this posting.")
    _record("posting.confirmed", row, by)
    return row


@transaction.atomic
def reject(*, posting: Posting, by: User) -> Posting:
    """Put another person's proposal aside; the attempt stays unknown.

    Raises PermissionDenied and ValidationError.
    """
    row = _decided(posting, PostingState.REJECTED, by)
    _record("posting.rejected", row, by)
    return row


def _decided(posting: Posting, state: PostingState, by: User) -> Posting:
    """Return the posting with its decision, locked until the transaction ends."""
    _require(by, "usage.confirm_posting")
    row = Posting.objects.select_for_update(of=("self",)).select_related("proposed_by")
    found = row.get(pk=posting.pk)
    if found.state != PostingState.PROPOSED:
        raise ValidationError("This posting was decided before.")
    if found.proposed_by_id == by.pk:
        raise PermissionDenied("Nobody decides about a posting of their own.")
    found.state, found.decided_by, found.decided_at = state, by, clock.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])
    return found


def _require(by: User, permission: str) -> None:
    if not by.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")


def _record(kind: str, posting: Posting, by: User) -> None:
    audit.append_now(
        tenant_id=posting.tenant_id,
        kind=kind,
        record={
            "posting": posting.pk,
            "attempt": posting.attempt_id,
            "cost_usd": usd_text(posting.cost_nano_usd),
        },
        actor=by.get_username(),
    )
