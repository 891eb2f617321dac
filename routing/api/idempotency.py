"""A caller's Idempotency-Key, and the hash by which a repeat of its request is known."""

import json
from collections.abc import Mapping
from typing import Any, Final

from phi import hashing
from routing.errors import InvalidRequest

LONGEST_KEY: Final = 255


def key_of(headers: Mapping[str, str]) -> str | None:
    """Return the request's key. Raises InvalidRequest for one that cannot be kept."""
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= LONGEST_KEY):
        raise InvalidRequest(
            f"Idempotency-Key must be 1 to {LONGEST_KEY} printable ASCII characters.",
            field="Idempotency-Key",
        )
    return key


def body_hash(path: str, document: Any) -> bytes:
    """Return the hash of a request: of its address and of its body, streamed or not, whatever its
    blanks and the order of its members."""
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if name != "stream"}
    canonical = json.dumps([path, document], sort_keys=True, separators=(",", ":"))
    return hashing.body_hash(canonical.encode())
