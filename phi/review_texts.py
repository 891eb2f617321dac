"""Texts for readers of the review queue: kept where a policy says so, opened, forgotten.

Only tokenized texts come here. Each is sealed under the key of its case, so that destroying the key
makes it unreadable wherever a copy lies; a request of no case gets a key of its own, which goes
with its text.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from phi import case_keys
from phi.hashing import case_ref_hash
from phi.models import CaseKey, ReviewText
from routerproject.shared import crypto
from usage import audit

PURPOSE: Final = "review text"
BATCH: Final = 1_000  # rows that one statement forgets


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A request whose tokenized text is to be kept, and for how long."""

    request_id: UUID
    tenant_id: int
    case_ref: str | None  # None: it belongs to no case
    document: bytes
    percent: int
    at: datetime
    days: int


@dataclass(frozen=True, slots=True)
class KeptText:
    """That a text is there, and which percent of the requests under its policy were kept then."""

    request_id: UUID
    kept_at: datetime
    percent: int


def is_chosen(request_id: str, percent: int) -> bool:
    """Return whether a request is among the share whose text is kept: always the same ones."""
    digest = hashlib.sha256(b"review text\0" + request_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") * 100 < percent * 2**64


@transaction.atomic
def keep(text: Kept) -> bool:
    """Keep a text; tell whether that was done. Call it on a database thread.

    Where the key of its case was destroyed meanwhile, nothing is kept. A retry of the same request
    keeps its first text.
    """
    reference = text.case_ref or f"review:{text.request_id}"
    case_hash = case_ref_hash(text.tenant_id, reference)
    if text.case_ref is None:
        case_keys.key_for(text.tenant_id, reference)
    key = case_keys.existing_key(text.tenant_id, case_hash, lock=True)
    if key is None:
        return False
    row = ReviewText(
        request_id=text.request_id,
        tenant_id=text.tenant_id,
        case_hash=case_hash,
        has_own_key=text.case_ref is None,
        sealed=crypto.seal_under(
            key, text.document, purpose=PURPOSE, place=_place(text.request_id)
        ),
        kept_at=text.at,
        expires_at=text.at + timedelta(days=text.days),
        percent=text.percent,
    )
    ReviewText.objects.bulk_create([row], ignore_conflicts=True)
    return True


def opened(request_id: UUID, now: datetime) -> bytes | None:
    """Return a kept text, or None where there is none, its time is over or its case is destroyed.

    Whoever shows it writes down who read it.
    """
    row = ReviewText.objects.filter(request_id=request_id, expires_at__gt=now).first()
    if row is None:
        return None
    try:
        key = case_keys.existing_key(row.tenant_id, bytes(row.case_hash))
        if key is None:
            return None
        return crypto.open_under(
            key, bytes(row.sealed), purpose=PURPOSE, place=_place(row.request_id)
        )
    except crypto.CannotOpen:  # the case, or the installation, has another key since
        return None


def kept_between(since: datetime, until: datetime, now: datetime, limit: int) -> list[KeptText]:
    """Return the newest texts that were kept after a moment, up to and with another, and can still
    be read."""
    rows = ReviewText.objects.filter(kept_at__gt=since, kept_at__lte=until, expires_at__gt=now)
    newest = rows.order_by("-kept_at", "-request_id")
    return [
        KeptText(*row) for row in newest.values_list("request_id", "kept_at", "percent")[:limit]
    ]


def readable(request_ids: Iterable[UUID], now: datetime) -> set[UUID]:
    """Return of which requests a text is there whose time is not over."""
    rows = ReviewText.objects.filter(request_id__in=list(request_ids), expires_at__gt=now)
    return set(rows.values_list("request_id", flat=True))


def forget_expired(now: datetime) -> int:
    """Delete the texts whose time is over, with the keys that were theirs alone; tell how many."""
    total = 0
    while expired := _expired(now):
        total += _forget(expired)
    return total


@transaction.atomic
def forget(rows: list[ReviewText], *, by: str) -> int:
    """Delete texts before their time, with the keys that were theirs alone; tell how many."""
    for row in rows:
        audit.append_now(
            tenant_id=row.tenant_id,
            kind="review-text-forgotten",
            record={},
            actor=by,
            request_id=row.request_id,
        )
    return _forget(rows)


def _expired(now: datetime) -> list[ReviewText]:
    return list(ReviewText.objects.filter(expires_at__lte=now).defer("sealed")[:BATCH])


@transaction.atomic
def _forget(rows: list[ReviewText]) -> int:
    for row in rows:
        if row.has_own_key:
            CaseKey.objects.filter(tenant_id=row.tenant_id, case_hash=row.case_hash).delete()
    deleted, _ = ReviewText.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return deleted


def _place(request_id: UUID) -> str:
    return f"phi_reviewtext.sealed.{request_id}"
