"""Idempotency keys: what a repeated request gets instead of a second call to a provider."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from routerproject.shared import crypto
from routerproject.shared.money import usd_text
from usage.errors import AnswerNotKept
from usage.ledger import ClaimEnd, ClaimRow
from usage.ledger.refusals import claimed_error
from usage.models import IdempotencyClaim, UsageRecord

KEPT_FOR = timedelta(hours=24)
PURPOSE = "stored answer"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The tokenized answer of the first request with a key."""

    request_id: UUID
    document: dict[str, Any]


def claim(
    *, client_id: int, key: str, body_hash: bytes, request_id: UUID, at: datetime
) -> ClaimRow:
    """Return the claim that the request's first attempt will make.

    Callers put into a key what they know, such as a record number, so its keyed hash is kept.
    """
    return ClaimRow(
        client_id=client_id,
        key=crypto.keyed_hash(key.encode(), purpose="idempotency key").hex(),
        body_hash=body_hash,
        request_id=request_id,
        created_at=at,
        expires_at=at + KEPT_FOR,
    )


def stored_answer(row: ClaimRow) -> StoredAnswer | None:
    """Return what a request with this key was answered before, or None if it is the first.

    Raises IdempotencyMismatch for another body, IdempotencyInProgress while the first is being
    answered, OutcomeUnknown when the first left and nobody knows what became of it, and
    AnswerNotKept when a policy forbade to keep the answer, or no key that is held now opens it.
    """
    found = IdempotencyClaim.objects.filter(
        client_id=row.client_id, key=row.key, expires_at__gt=row.created_at
    ).first()
    if found is None:
        return None
    body = bytes(found.body_hash)
    if body == row.body_hash and found.state == IdempotencyClaim.State.NOT_KEPT:
        raise _not_kept(found.request_id)
    if body != row.body_hash or found.state != IdempotencyClaim.State.ANSWERED:
        raise claimed_error(body, found.state, row.body_hash)
    return StoredAnswer(found.request_id, _opened(found))


def answered(request_id: UUID, document: dict[str, Any]) -> ClaimEnd:
    """Return the end of a claim whose answer is kept, encrypted, for repeats."""
    sealed = crypto.seal(
        json.dumps(document, default=dict).encode(), purpose=PURPOSE, place=_place(request_id)
    )
    return ClaimEnd(request_id=request_id, state="answered", answer_sealed=sealed)


def answered_unkept(request_id: UUID) -> ClaimEnd:
    """Return the end of a claim whose answer must not be kept: a repeat gets none."""
    return ClaimEnd(request_id=request_id, state="not_kept")


def ended_without_answer(request_id: UUID, *, may_have_left: bool) -> ClaimEnd:
    """Return the end of a failed request's claim: forgotten unless something may have left."""
    return ClaimEnd(request_id=request_id, state="unknown", forget=not may_have_left)


def _not_kept(request_id: UUID) -> AnswerNotKept:
    first = UsageRecord.objects.only("cost_nano_usd").get(pk=request_id)
    return AnswerNotKept(
        first_request_id=str(request_id), first_cost_usd=usd_text(first.cost_nano_usd)
    )


def _opened(found: IdempotencyClaim) -> dict[str, Any]:
    place = _place(found.request_id)
    try:
        plain = crypto.open_sealed(bytes(found.answer_sealed or b""), purpose=PURPOSE, place=place)
    except crypto.CannotOpen:
        raise _not_kept(found.request_id) from None
    document: dict[str, Any] = json.loads(plain)
    return document


def _place(request_id: UUID) -> str:
    return f"usage_idempotencyclaim.answer_sealed.{request_id}"
