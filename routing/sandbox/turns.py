"""Refuses conversations the provider would refuse: roles, blocks, tool calls without results."""

from typing import Any

from routing.sandbox.catalog import Model
from routing.sandbox.problems import invalid
from routing.sandbox.signatures import is_signed

BLOCKS = frozenset(
    {
        "text",
        "image",
        "document",
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "search_result",
        "server_tool_use",
        "web_search_tool_result",
        "container_upload",
    }
)


def check_turns(messages: Any, model: Model) -> None:
    """Check the messages of a body; raises Problem for the first that is wrong."""
    if not isinstance(messages, list):
        raise invalid("messages: Input should be a valid list")
    if not messages:
        raise invalid("messages: at least one message is required")
    called: set[str] = set()
    for place, message in enumerate(messages):
        where = f"messages.{place}"
        role = message.get("role") if isinstance(message, dict) else None
        is_turn = role == "system" and place > 0 and model.accepts_system_turns
        if role not in ("user", "assistant") and not is_turn:
            raise invalid(f"{where}.role: Input should be 'user' or 'assistant'")
        called = _check_content(where, message, called)
    if called:
        raise invalid(_orphans(len(messages) - 1, called))
    last = messages[-1]
    if last["role"] == "assistant":
        if not model.accepts_prefill:
            raise invalid(
                "This model does not support assistant message prefill. "
                "The conversation must end with a user message."
            )
        if isinstance(last["content"], str) and last["content"] != last["content"].rstrip():
            raise invalid("messages: final assistant content cannot end with trailing whitespace")


def _check_content(where: str, message: dict[str, Any], called: set[str]) -> set[str]:
    """Check one message and return the ids of the tool calls that wait for a result."""
    content = message.get("content")
    if isinstance(content, str):
        if not content:
            raise invalid(f"{where}: user messages must have non-empty content")
        if called:
            raise invalid(_orphans(int(where.split(".")[1]) - 1, called))
        return set()
    if not isinstance(content, list):
        raise invalid(f"{where}.content: Input should be a valid list")
    if not content:
        raise invalid(f"{where}: all messages must have non-empty content")
    for place, block in enumerate(content):
        _check_block(f"{where}.content.{place}", block)
    answered = {block["tool_use_id"] for block in content if block["type"] == "tool_result"}
    if answered - called:
        raise invalid(
            f"{where}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: "
            f"{min(answered - called)}. Each `tool_result` block must have a corresponding "
            "`tool_use` block in the previous message."
        )
    if called - answered:
        raise invalid(_orphans(int(where.split(".")[1]) - 1, called - answered))
    return {block["id"] for block in content if block["type"] == "tool_use"}


def _check_block(where: str, block: Any) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in BLOCKS:
        raise invalid(f"{where}.type: Input tag {kind!r} found does not match any expected tag")
    if kind == "text":
        if not isinstance(block.get("text"), str):
            raise invalid(f"{where}.text.text: Input should be a valid string")
        if not block["text"]:
            raise invalid("messages: text content blocks must be non-empty")
    if kind == "tool_use" and not (
        isinstance(block.get("id"), str)
        and isinstance(block.get("name"), str)
        and isinstance(block.get("input"), dict)
    ):
        raise invalid(f"{where}.tool_use: id, name and input are required")
    if kind == "tool_result" and not isinstance(block.get("tool_use_id"), str):
        raise invalid(f"{where}.tool_result.tool_use_id: Field required")
    if kind == "thinking" and not is_signed(block.get("thinking"), block.get("signature")):
        raise invalid(f"{where}: Invalid `signature` in `thinking` block")


def _orphans(place: int, ids: set[str]) -> str:
    return (
        f"messages.{place}: `tool_use` ids were found without `tool_result` blocks immediately "
        f"after: {', '.join(sorted(ids))}. Each `tool_use` block must have a corresponding "
        "`tool_result` block in the next message."
    )
