"""Signatures of thinking blocks: made with the block, checked when it comes back."""

import hmac
from base64 import b64encode
from hashlib import blake2b
from typing import Any

KEY = b"routing.sandbox"


def sign(thinking: str) -> str:
    """Return the opaque signature of a thinking text."""
    parts = (blake2b(thinking.encode(), key=KEY, salt=bytes([n])).digest() for n in range(3))
    return b64encode(b"".join(parts)).decode()


def is_signed(thinking: Any, signature: Any) -> bool:
    """Whether a returned thinking block is exactly one that this sandbox made."""
    if not isinstance(thinking, str) or not isinstance(signature, str):
        return False
    return hmac.compare_digest(sign(thinking).encode(), signature.encode("utf-8", "replace"))
