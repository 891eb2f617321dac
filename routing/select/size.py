"""How large a request is and what it carries: one walk over its parts, no look at their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from routing.types import Json, RouteRequest
from usage.pricing import IMAGE_TOKENS, REQUEST_FRAME_TOKENS, TOOL_USE_FRAME_TOKENS

BYTES_PER_TOKEN_USUAL = 4  # for what a call probably costs
NOT_TEXT: Final = frozenset({"data", "role", "type", "media_type"})
BYTES_PER_TOKEN_DENSE = 3  # for whether it surely fits into a context window


@dataclass(frozen=True, slots=True)
class RequestSize:
    """Bytes of text and what else a request carries."""

    text_bytes: int = 0
    characters: int = 0
    images: int = 0
    documents: int = 0
    has_tools: bool = False
    is_agent_step: bool = False  # the last message brings tool results only
    is_prefilled: bool = False  # the last message is the beginning of the answer

    @property
    def usual_tokens(self) -> int:
        """Return about how many input tokens this is."""
        return -(-self.text_bytes // BYTES_PER_TOKEN_USUAL) + self._frame

    @property
    def most_tokens(self) -> int:
        """Return how many input tokens a context window should have room for."""
        return -(-self.text_bytes // BYTES_PER_TOKEN_DENSE) + self._frame

    @property
    def _frame(self) -> int:
        attachments = (self.images + self.documents) * IMAGE_TOKENS
        return REQUEST_FRAME_TOKENS + attachments + TOOL_USE_FRAME_TOKENS * self.has_tools


def measure(request: RouteRequest) -> RequestSize:
    """Return the size of a request. Encoded images and files count by number, not by bytes."""
    text_bytes = characters = images = documents = 0
    waiting: list[Json] = [*request.messages, request.system, request.context, *request.tools]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            characters += len(part)
            text_bytes += len(part) if part.isascii() else len(part.encode(errors="replace"))
        elif isinstance(part, Mapping):
            kind = part.get("type")
            images += kind == "image"
            documents += kind == "document" and not _is_text(part.get("source"))
            waiting.extend(v for k, v in part.items() if k not in NOT_TEXT)
            if kind == "text" and "data" in part:
                waiting.append(part["data"])  # the text of a document
        elif isinstance(part, list | tuple):
            waiting.extend(part)
        elif part is not None:
            text_bytes += 8  # a number or a truth value
    return RequestSize(
        text_bytes,
        characters,
        images,
        documents,
        bool(request.tools),
        is_agent_step(request),
        is_prefilled(request),
    )


def _is_text(source: Json) -> bool:
    """Return whether a document's source is text, which any model reads and any policy covers."""
    return isinstance(source, Mapping) and source.get("type") in {"text", "content"}


def is_prefilled(request: RouteRequest) -> bool:
    """Return whether the conversation ends with an assistant's message, to be gone on with."""
    return bool(request.messages) and request.messages[-1].get("role") == "assistant"


def is_agent_step(request: RouteRequest) -> bool:
    """Return whether a program, not a person, wrote the last message: tool results only."""
    content = request.messages[-1].get("content") if request.messages else None
    return (
        isinstance(content, list | tuple)
        and bool(content)
        and all(isinstance(b, Mapping) and b.get("type") == "tool_result" for b in content)
    )
