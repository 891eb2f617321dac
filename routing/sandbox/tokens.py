"""The sandbox's own token rule, so that a bill can be worked out by hand.

A text costs one token for every four UTF-8 bytes begun, at least one. Any other block, tool or
tool call costs the same for its compact JSON; an image at most 1,600. Each message adds 3 and each
request 4. Output costs the same for text, thinking and tool arguments, plus 5 for a tool call.
A request never counts for more tokens than its body has bytes.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

REQUEST_TOKENS = 4
MESSAGE_TOKENS = 3
TOOL_CALL_TOKENS = 5
IMAGE_TOKENS_MAX = 1_600
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Segment(NamedTuple):
    """One piece of a prompt, in the order in which the prompt cache sees it."""

    room: str
    content: Any
    tokens: int
    cache_control: dict[str, Any] | None


def text_tokens(text: str) -> int:
    """Return the tokens of one text."""
    size = len(text) if text.isascii() else len(text.encode())
    return (size + 3) // 4 or 1


def block_tokens(block: Any) -> int:
    """Return the tokens of one content block, tool or system block."""
    if isinstance(block, str):
        return text_tokens(block)
    if block.get("type") == "text":
        return text_tokens(str(block.get("text", "")))
    tokens = text_tokens(compact(block))
    return min(tokens, IMAGE_TOKENS_MAX) if block.get("type") == "image" else tokens


def prompt_tokens(body: dict[str, Any]) -> int:
    """Return the input tokens of a request: tools, system and messages."""
    total = REQUEST_TOKENS
    for tool in body.get("tools") or ():
        total += block_tokens(tool)
    for block in as_blocks(body.get("system")):
        total += block_tokens(block)
    for message in body["messages"]:
        total += MESSAGE_TOKENS
        for block in as_blocks(message["content"]):
            total += block_tokens(block)
    return total


def segments(body: dict[str, Any]) -> Iterator[Segment]:
    """Yield the prompt piece by piece; the tokens add up to prompt_tokens."""
    extra = REQUEST_TOKENS
    for tool in body.get("tools") or ():
        yield _segment("tool", tool, extra)
        extra = 0
    for block in as_blocks(body.get("system")):
        yield _segment("system", block, extra)
        extra = 0
    for message in body["messages"]:
        extra += MESSAGE_TOKENS
        for block in as_blocks(message["content"]):
            yield _segment(message["role"], block, extra)
            extra = 0


def as_blocks(content: Any) -> list[Any]:
    """Return content that may be a string, a list of blocks or nothing as a list."""
    if isinstance(content, list):
        return content
    return [content] if content else []


def compact(value: Any) -> str:
    """Return JSON without blanks, characters unescaped as the provider sends them."""
    return ENCODER.encode(value)


def _segment(room: str, block: Any, extra: int) -> Segment:
    tokens = block_tokens(block) + extra
    if isinstance(block, str):
        return Segment(room, {"type": "text", "text": block}, tokens, None)
    bare = {name: value for name, value in block.items() if name != "cache_control"}
    return Segment(room, bare, tokens, block.get("cache_control"))
