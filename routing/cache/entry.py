"""What is kept of an answer: sealed, tokenized, bound to its place, and never pickled."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from routerproject.shared import crypto
from routing.cache.place import GRAMMAR, PURPOSE, Place
from routing.types import ProviderReply
from usage.pricing import TokenCounts

WHOLE: Final = frozenset({"end_turn", "stop_sequence"})  # neither cut, refused nor asking for more
PLAIN_BLOCKS: Final = frozenset({"text", "thinking", "redacted_thinking"})
MOST_CLOCK_SKEW_SECONDS: Final = 60.0


class Unusable(Exception):
    """What stands at a place is no answer that was kept there."""


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A model's answer and when it was kept, in seconds since 1970."""

    reply: ProviderReply
    kept_at: float

    def age_seconds(self, now: float) -> int:
        return max(0, int(now - self.kept_at))


def is_keepable(reply: ProviderReply) -> bool:
    """Say whether an answer may be given again: whole, no refusal, no call of a tool, all known."""
    is_whole = reply.stop_reason in WHOLE and not reply.has_unknown
    return is_whole and all(block.get("type") in PLAIN_BLOCKS for block in reply.content)


def seal(stored: StoredReply, place: Place) -> bytes:
    """Return an answer as it is kept."""
    reply = stored.reply
    document = {
        "grammar": GRAMMAR,
        "kept_at": stored.kept_at,
        "content": reply.content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "model": reply.model,
        "message_id": reply.message_id,
        "usage": asdict(reply.usage),
    }
    return crypto.seal(orjson.dumps(document, default=dict), purpose=PURPOSE, place=place.name)


def unseal(sealed: bytes, place: Place, *, now: float) -> StoredReply | None:
    """Return the answer kept at a place, or None for one that is too old by now.

    Its age is what it says itself: neither a restored Redis nor a lifetime that an admin shortened
    brings an old answer back. Raises Unusable for what was forged, changed or moved there.
    """
    try:
        document = orjson.loads(crypto.open_sealed(sealed, purpose=PURPOSE, place=place.name))
        stored = _read(document)
    except (crypto.CannotOpen, ValueError, KeyError, TypeError, AttributeError):
        raise Unusable from None
    if stored.kept_at > now + MOST_CLOCK_SKEW_SECONDS:
        raise Unusable
    return stored if now - stored.kept_at < place.ttl_seconds else None


def _read(document: Mapping[str, Any]) -> StoredReply:
    if document["grammar"] != GRAMMAR:
        raise ValueError("Kept by another version.")
    return StoredReply(
        ProviderReply(
            content=tuple(document["content"]),
            stop_reason=document["stop_reason"],
            stop_sequence=document["stop_sequence"],
            model=document["model"],
            message_id=document["message_id"],
            usage=TokenCounts(**document["usage"]),
            provider_request_id="",
            latency_ms=0.0,
        ),
        float(document["kept_at"]),
    )
