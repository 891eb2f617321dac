"""What a request asks, read once for everything that answers it."""

import re
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from routing.sandbox.catalog import Model
from routing.sandbox.tokens import as_blocks, compact

PLACEHOLDER = re.compile(
    r"PH[I-Z]_([A-Z]+)_(?:[PN][0-9]{1,5}_)?[0-9A-Z]{5}(?:_[0-9A-Z]{2})?(?![0-9A-Z])"
)


@dataclass(slots=True)
class Ask:
    """A validated request with the texts the answer depends on."""

    body: dict[str, Any]
    model: Model
    system: str
    text: str
    last_text: str
    results: list[str]
    seed: int

    @property
    def lowered(self) -> str:
        """The user's text in lower case, where key words are looked for."""
        return self.text.lower()

    def placeholders(self, kind: str | None = None) -> list[str]:
        """Return the `PHI_...` tokens of the conversation, each once, in order of appearance."""
        found: dict[str, None] = {}
        for text in self._conversation():
            if "PH" in text:
                for match in PLACEHOLDER.finditer(text):
                    if kind is None or match[1] == kind:
                        found[match[0]] = None
        return list(found)

    def _conversation(self) -> list[str]:
        """Return all texts a name may be quoted from, the last user message first."""
        earlier = [text_of(message["content"]) for message in self.body["messages"][:-1]]
        return [self.text, *self.results, *earlier]


def read(body: dict[str, Any], model: Model) -> Ask:
    """Return the ask of a validated body."""
    content = last_user_content(body["messages"])
    texts = [text for text in map(_own_text, as_blocks(content)) if text is not None]
    results = [
        text_of(block.get("content"))
        for block in as_blocks(content)
        if isinstance(block, dict) and block.get("type") == "tool_result"
    ]
    text = "\n".join(texts)
    return Ask(
        body=body,
        model=model,
        system=text_of(body.get("system")),
        text=text,
        last_text=texts[-1] if texts else "",
        results=results,
        seed=crc32(text.encode(), crc32(model.line.encode())),
    )


def last_user_content(messages: list[dict[str, Any]]) -> Any:
    """Return the content of the last user message, or nothing."""
    return next((row["content"] for row in reversed(messages) if row["role"] == "user"), None)


def text_of(content: Any) -> str:
    """Return all text of a content, tool calls and results included."""
    if isinstance(content, str):
        return content
    return "\n".join(_any_text(block) for block in as_blocks(content))


def _own_text(block: Any) -> str | None:
    if isinstance(block, str):
        return block
    return block["text"] if block.get("type") == "text" else None


def _any_text(block: Any) -> str:
    if isinstance(block, str):
        return block
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    if kind == "tool_result":
        return text_of(block.get("content"))
    return compact(block["input"]) if kind == "tool_use" else ""
