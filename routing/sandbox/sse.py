"""An answer as server-sent events, in the provider's grammar."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from routing.sandbox.replies import Block, Reply
from routing.sandbox.signatures import sign
from routing.sandbox.tokens import compact

CHUNK_CHARS = (4, 17, 9, 26, 12, 3, 21)  # uneven, so that tokens and escapes get cut
DELTA_BY_KIND = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
}
Event = dict[str, Any]


def events(
    message: dict[str, Any],
    reply: Reply,
    *,
    usage: dict[str, Any] | None,
    chunk_chars: list[int] | None = None,
) -> Iterator[Event]:
    """Yield the events of an answer; `usage` is what message_delta reports, None leaves it out."""
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(reply.blocks):
        yield {"type": "content_block_start", "index": index, "content_block": block.empty()}
        if index == 0:
            yield {"type": "ping"}
        for delta in deltas(block, chunk_chars):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    outcome = {
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
    }
    last: Event = {"type": "message_delta", "delta": outcome}
    yield last if usage is None else last | {"usage": usage}
    yield {"type": "message_stop"}


def deltas(block: Block, chunk_chars: list[int] | None = None) -> Iterator[dict[str, str]]:
    """Yield a block's text in uneven pieces, and a thinking block's signature last."""
    kind, name = DELTA_BY_KIND[block.kind]
    sizes = cycle(chunk_chars or CHUNK_CHARS)
    start = 0
    while start < len(block.text):
        end = start + next(sizes)
        yield {"type": kind, name: block.text[start:end]}
        start = end
    if block.kind == "thinking":
        yield {"type": "signature_delta", "signature": sign(block.text)}


def frame(event: Event) -> bytes:
    """Return one event as it goes over the wire."""
    return f"event: {event['type']}\ndata: {compact(event)}\n\n".encode()
