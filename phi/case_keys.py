"""The key of each case: made on first use, wrapped in the database, destroyed with the case."""

import secrets

from django.db import transaction

from phi.hashing import case_ref_hash
from phi.models import CaseKey, ReviewText
from routerproject.shared.crypto import open_sealed, seal
from usage import audit

KEY_BYTES = 32
_PURPOSE = "phi case key"


def key_for(tenant_id: int, case_ref: str) -> bytes:
    """Return the 32-byte key of a tenant's case, made if this is its first use.

    Two processes may make it at once: the row that came first counts for both. Raises CannotOpen
    when the key encryption key is another than at the time of wrapping.
    """
    case_hash = case_ref_hash(tenant_id, case_ref)
    place = _place(tenant_id, case_hash)
    wrapped = _wrapped_key(tenant_id, case_hash)
    if wrapped is None:
        sealed = seal(secrets.token_bytes(KEY_BYTES), purpose=_PURPOSE, place=place)
        CaseKey.objects.bulk_create(
            [CaseKey(tenant_id=tenant_id, case_hash=case_hash, wrapped_key=sealed)],
            ignore_conflicts=True,  # INSERT ... ON CONFLICT DO NOTHING
        )
        wrapped = _wrapped_key(tenant_id, case_hash)
    if wrapped is None:  # destroyed between the two statements
        raise CaseKey.DoesNotExist
    return open_sealed(wrapped, purpose=_PURPOSE, place=place)


def existing_key(tenant_id: int, case_hash: bytes, *, lock: bool = False) -> bytes | None:
    """Return the key of a case that has one, else None; locked, it is there until the commit.

    Raises CannotOpen like `key_for`.
    """
    rows = CaseKey.objects.filter(tenant_id=tenant_id, case_hash=case_hash)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        return None
    return open_sealed(bytes(row.wrapped_key), purpose=_PURPOSE, place=_place(tenant_id, case_hash))


@transaction.atomic
def destroy(tenant_id: int, case_ref: str, *, by: str) -> bool:
    """Delete the key of a case, so that its tokens mean nothing and its texts for review cannot be
    opened; tell whether there was one. Who did it is audited, the case by its keyed hash."""
    case_hash = case_ref_hash(tenant_id, case_ref)
    deleted, _ = CaseKey.objects.filter(tenant_id=tenant_id, case_hash=case_hash).delete()
    texts, _ = ReviewText.objects.filter(tenant_id=tenant_id, case_hash=case_hash).delete()
    if deleted:
        record = {"case_hash": case_hash.hex(), "review_texts": texts}
        audit.append_now(tenant_id=tenant_id, kind="case-forgotten", record=record, actor=by)
    return deleted > 0


def _wrapped_key(tenant_id: int, case_hash: bytes) -> bytes | None:
    row = CaseKey.objects.filter(tenant_id=tenant_id, case_hash=case_hash).first()
    return bytes(row.wrapped_key) if row else None


def _place(tenant_id: int, case_hash: bytes) -> str:
    return f"phi_casekey.wrapped_key.{tenant_id}.{case_hash.hex()}"
