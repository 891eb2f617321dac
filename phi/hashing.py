"""Keyed hashes: equal texts are seen to be equal, and none can be guessed from its hash."""

from routerproject.shared.crypto import keyed_hash


def leaf_hash(text: str) -> bytes:
    """Return the hash under which an already sanitized text is found again."""
    return keyed_hash(text.encode("utf-8", "surrogatepass"), purpose="phi leaf hash")


def body_hash(canonical_body: bytes) -> bytes:
    """Return the hash that compares request bodies, for idempotency and the record."""
    return keyed_hash(canonical_body, purpose="phi body hash")


def case_ref_hash(tenant_id: int, case_ref: str) -> bytes:
    """Return the hash under which a tenant's case is kept; the reference itself is not stored."""
    value = f"{tenant_id}\x1f{case_ref}".encode("utf-8", "surrogatepass")
    return keyed_hash(value, purpose="phi case ref hash")
