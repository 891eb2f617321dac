"""What the system says within a conversation: messages of the role `system` among the others.

Newer models take them where they stand; those that answer here may not, and the chat completions
of other vendors have no such place. So each becomes a text of the user's message before it (of the
next one, where there is none), marked as the vendor's own programs mark it: what stood before it
stays as it was, so the prompt cache still holds it.
"""

from collections.abc import Mapping
from typing import Any, Final

from routing.api.checks import mapping, refuse
from routing.api.content import MOST_MESSAGES, system
from routing.types import Caution

ROLE: Final = "system"
MARKED: Final = "<system-reminder>\n{}\n</system-reminder>"
MOVED: Final = Caution(
    "system-as-text",
    "What the system said within the conversation is a marked text of the user's message.",
)
Message = dict[str, Any]


def has_any(messages: Any) -> bool:
    """Return whether the system speaks within a conversation that was checked."""
    return any(message["role"] == ROLE for message in messages)


def as_texts(field: str, value: Any) -> Any:
    """Return messages in which only users and models speak; others are left to be checked later.

    Raises InvalidRequest for what the system says and is no text.
    """
    if not isinstance(value, list) or len(value) > MOST_MESSAGES:
        return value
    turns: list[Any] = []
    waiting: list[Message] = []  # for the next message of a user
    for index, message in enumerate(value):
        if not isinstance(message, dict) or message.get("role") != ROLE:
            if waiting and _is_users(message):
                message, waiting = _with(message, waiting, is_first=True), []
            turns.append(message)
        elif turns and _is_users(turns[-1]):
            turns[-1] = _with(turns[-1], _texts(f"{field}[{index}]", message), is_first=False)
        else:
            waiting += _texts(f"{field}[{index}]", message)
    return [*turns, {"role": "user", "content": waiting}] if waiting else turns


def _is_users(message: Any) -> bool:
    is_known = isinstance(message, dict) and message.get("role") == "user"
    return is_known and isinstance(message.get("content"), str | list)


def _texts(place: str, message: Mapping[str, Any]) -> list[Message]:
    """Return what the system says, marked; marks for the prompt cache stay."""
    if set(message) != {"role", "content"}:
        raise refuse(place, "must have role and content, and nothing else.")
    said = system(f"{place}.content", mapping(place, message)["content"])
    blocks = [{"type": "text", "text": said}] if isinstance(said, str) else said or []
    return [{**block, "text": MARKED.format(block["text"])} for block in blocks if block["text"]]


def _with(message: Message, texts: list[Message], *, is_first: bool) -> Message:
    content = message["content"]
    own = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {**message, "content": [*texts, *own] if is_first else [*own, *texts]}
