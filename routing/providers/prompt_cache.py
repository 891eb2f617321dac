"""Marks on what a request begins with, so that a provider keeps it and bills a tenth next time.

A provider keeps the prompt up to a mark, in the order tools, system, messages, and looks for what
it kept at most 20 blocks before a mark. It takes four marks. Writing costs more than plain input,
so only what is likely to come again is marked: tools and system prompt, which a program sends with
each request, and the turns of a conversation that has gone on. Prefixes that are too short are not
kept, and cost nothing more. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from routing.types import Json, RouteRequest, TaskTypePolicy
from usage.catalog import ModelCard

USUAL: Final = "5m"  # without a task type
OFF: Final = "off"
FEWEST_BYTES_PER_TOKEN: Final = 2  # of any text that is worth keeping
# Blocks that a provider takes no mark on.
UNMARKED: Final = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long a provider is to keep prefixes, and from how many tokens on it does."""

    ttl: str
    least_tokens: int

    @property
    def mark(self) -> dict[str, str]:
        """Return the mark; five minutes are what one means that says nothing."""
        return {"type": "ephemeral"} | ({"ttl": self.ttl} if self.ttl != USUAL else {})


def keeping_of(task: TaskTypePolicy | None, model: ModelCard) -> Keeping | None:
    """Return what an admin decided for a task type, as far as the model can."""
    ttl = task.prompt_cache if task else USUAL
    if ttl == OFF or not model.prompt_caching:
        return None
    return Keeping(ttl, model.prompt_cache_min_tokens)


def goes_on(request: RouteRequest) -> bool:
    """Say whether a request is, or begins, a conversation of several turns."""
    return bool(request.tools) or any(m.get("role") == "assistant" for m in request.messages)


def marked(body: dict[str, Any], keeping: Keeping, *, has_context: bool) -> dict[str, Any]:
    """Return a request with marks, or as it is when its caller has set some: a caller's are sent as
    they came, and none are added to them.

    A context stands in the last message of this request alone, so that message is not kept.
    """
    if _has_marks(body):
        return body
    changed, size = dict(body), 0
    for part in ("tools", "system"):
        if body.get(part):
            size += len(orjson.dumps(body[part], default=dict))
            if size >= keeping.least_tokens * FEWEST_BYTES_PER_TOKEN:
                changed[part] = _with_mark(body[part], keeping)
    turns = body["messages"]
    if any(turn.get("role") == "assistant" for turn in turns):
        changed["messages"] = _marked_turns(turns, keeping, has_context=has_context)
    return changed


def _marked_turns(
    turns: Sequence[Mapping[str, Json]], keeping: Keeping, *, has_context: bool
) -> list[Mapping[str, Json]]:
    """Mark the end, and where the request before this one ended: a turn may add many blocks."""
    found, end = list(turns), len(turns) - 1 - has_context
    before = next((i for i in range(end - 1, -1, -1) if turns[i].get("role") == "user"), None)
    for place in {end, end if before is None else before}:
        turn = found[place]
        found[place] = {**turn, "content": _with_mark(turn["content"], keeping)}
    return found


def _with_mark(content: Json, keeping: Keeping) -> Json:
    """Return content with a mark on its last block that takes one."""
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    for place in range(len(blocks) - 1, -1, -1):
        if blocks[place].get("type") not in UNMARKED and blocks[place].get("text") != "":
            blocks[place] = {**blocks[place], "cache_control": keeping.mark}
            return blocks
    return content


def _has_marks(body: Mapping[str, Any]) -> bool:
    if body.get("cache_control"):
        return True
    contents = [body.get("tools"), body.get("system"), *(m["content"] for m in body["messages"])]
    return any(
        "cache_control" in block or _has_inner_marks(block)
        for content in contents
        if isinstance(content, list | tuple)
        for block in content
    )


def _has_inner_marks(block: Mapping[str, Any]) -> bool:
    """Look into what a tool's result or a document is made of."""
    inner = block.get("content")
    return isinstance(inner, list | tuple) and any("cache_control" in each for each in inner)
