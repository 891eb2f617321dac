"""What the simulated model says: blocks, why it stopped, and how many tokens that took."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from routing.sandbox import answers, prose
from routing.sandbox.prompt import Ask
from routing.sandbox.schema import Instance
from routing.sandbox.script import Fault
from routing.sandbox.signatures import sign
from routing.sandbox.tokens import TOOL_CALL_TOKENS, compact, text_tokens


@dataclass(slots=True)
class Block:
    """One content block; `text` is the text, the thinking, or a tool call's arguments as JSON."""

    kind: str
    text: str
    tool_name: str = ""
    tool_id: str = ""
    tokens: int = 0

    def wire(self) -> dict[str, Any]:
        """Return the block as the Messages API shows it."""
        if self.kind == "text":
            return {"type": "text", "text": self.text}
        if self.kind == "thinking":
            return {"type": "thinking", "thinking": self.text, "signature": sign(self.text)}
        return self.empty() | {"input": _parsed(self.text)}

    def empty(self) -> dict[str, Any]:
        """Return the block as `content_block_start` shows it."""
        if self.kind == "text":
            return {"type": "text", "text": ""}
        if self.kind == "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        return {"type": "tool_use", "id": self.tool_id, "name": self.tool_name, "input": {}}


@dataclass(slots=True)
class Reply:
    """A whole answer; tokens are counted as generated."""

    blocks: list[Block] = field(default_factory=list)
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None
    output_tokens: int = 0
    thinking_tokens: int = 0


def compose(ask: Ask, fault: Fault | None) -> Reply:
    """Return the answer to a request, scripted or not, within its limits."""
    blocks = list(_thinking(ask))
    blocks += _scripted(ask, fault) if fault else []
    if not any(block.kind != "thinking" for block in blocks) and not _is_wordless(fault):
        blocks.append(_tool_call(ask) or Block("text", answers.text_for(ask)))
    reply = _limited(blocks, ask)
    if fault and fault.stop_reason:
        reply.stop_reason = fault.stop_reason
        reply.stop_details = fault.stop_details
    return reply


def _is_wordless(fault: Fault | None) -> bool:
    """A refusal without a scripted text has no output at all."""
    return fault is not None and (fault.stop_reason == "refusal" or fault.text == "")


def _scripted(ask: Ask, fault: Fault) -> list[Block]:
    """Return fixed text and a fixed tool call, in that order."""
    blocks = []
    text = ask.last_text if fault.echo else fault.text
    if text:
        blocks.append(Block("text", text))
    if fault.tool:
        blocks.append(_call(ask, fault.tool["name"], fault.tool["input"]))
    return blocks


def _thinking(ask: Ask) -> Iterator[Block]:
    """Yield a thinking block where it is switched on; adaptive thinking skips short questions."""
    config = ask.body.get("thinking") or {}
    kind = config.get("type")
    if kind == "enabled" or (kind == "adaptive" and _is_worth_thinking(ask)):
        thoughts = prose.thoughts(ask)
        hidden = config.get("display") == "omitted"
        yield Block("thinking", "" if hidden else thoughts, tokens=text_tokens(thoughts))


def _is_worth_thinking(ask: Ask) -> bool:
    effort = (ask.body.get("output_config") or {}).get("effort")
    return effort != "low" or len(ask.text) > 400


def _tool_call(ask: Ask) -> Block | None:
    """Return a call of the tool that is forced or asked for, with arguments that fit its schema."""
    tool = _wanted_tool(ask)
    if tool is None:
        return None
    schema = tool.get("input_schema") or {"type": "object"}
    maker = Instance(schema, lambda name: answers.value_for(ask, name))
    return _call(ask, tool["name"], maker.build(schema))


def _wanted_tool(ask: Ask) -> dict[str, Any] | None:
    tools: list[dict[str, Any]] = ask.body.get("tools") or []
    choice = ask.body.get("tool_choice") or {"type": "auto"}
    if not tools or choice["type"] == "none":
        return None
    if choice["type"] == "tool":
        return next(tool for tool in tools if tool["name"] == choice["name"])
    if choice["type"] == "any":
        return _named_tool(ask, tools) or tools[0]
    return None if ask.results else _named_tool(ask, tools)


def _named_tool(ask: Ask, tools: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the tool whose name, or every word of it, is in the text."""
    text = ask.lowered
    for tool in tools:
        name = tool["name"].lower()
        if name in text or all(word in text for word in name.replace("-", "_").split("_")):
            return tool
    return tools[0] if "use a tool" in text or "use the tool" in text else None


def _call(ask: Ask, name: str, arguments: dict[str, Any]) -> Block:
    text = compact(arguments)
    digest = blake2b(f"{name}\0{text}\0{ask.seed}".encode(), digest_size=12).hexdigest()
    return Block("tool_use", text, tool_name=name, tool_id=f"toolu_{digest}")


def _limited(blocks: list[Block], ask: Ask) -> Reply:
    """Cut the blocks at a stop sequence or at max_tokens and count what was generated."""
    reply = Reply()
    left = ask.body["max_tokens"]
    for block in blocks:
        found = _cut_at_stop(block, ask.body.get("stop_sequences") or ())
        tokens = _tokens(block)
        if tokens > left:
            _cut_to(block, left)
            reply.stop_reason, tokens = "max_tokens", left
        elif found is not None:
            reply.stop_reason, reply.stop_sequence = "stop_sequence", found
        elif block.kind == "tool_use":
            reply.stop_reason = "tool_use"
        reply.blocks.append(block)
        reply.output_tokens += tokens
        reply.thinking_tokens += tokens if block.kind == "thinking" else 0
        left -= tokens
        if left <= 0 and block is not blocks[-1]:
            reply.stop_reason = "max_tokens"
        if reply.stop_reason in ("max_tokens", "stop_sequence"):
            break
    return reply


def _tokens(block: Block) -> int:
    extra = TOOL_CALL_TOKENS if block.kind == "tool_use" else 0
    return block.tokens or text_tokens(block.text) + extra


def _cut_at_stop(block: Block, sequences: Any) -> str | None:
    """Cut a text before the first stop sequence in it and return that."""
    if block.kind != "text" or not sequences:
        return None
    places = [(block.text.find(text), text) for text in sequences if text in block.text]
    if not places:
        return None
    place, found = min(places)
    block.text = block.text[:place]
    return str(found)


def _cut_to(block: Block, tokens: int) -> None:
    """Keep as much text as the tokens pay for, never half a character."""
    if block.kind == "tool_use":
        tokens = max(0, tokens - TOOL_CALL_TOKENS)
    block.text = block.text.encode()[: tokens * 4].decode("utf-8", "ignore")


def _parsed(arguments: str) -> dict[str, Any]:
    """Return a tool call's arguments; those cut by max_tokens come back empty."""
    try:
        return dict(json.loads(arguments))
    except json.JSONDecodeError:
        return {}
