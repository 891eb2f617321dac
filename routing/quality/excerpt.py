"""What readers of the review queue see of a request and its answer. Pure.

Only the sanitized request and the tokenized answer come here. What is no text is named, not shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from routing.types import Json, ProviderReply, RouteRequest

LONGEST_ASKED: Final = 60_000  # characters; the newest messages are the ones that matter
LONGEST_ANSWER: Final = 20_000
ANSWER: Final = "answer"


@dataclass(frozen=True, slots=True, repr=False)
class Excerpt:
    """The texts of a request in their order, and what was answered."""

    asked: tuple[tuple[str, str], ...]  # who says it, what
    answer: str
    is_cut: bool = False  # more was said than is kept

    def as_json(self) -> bytes:
        """Return the document that `read` takes."""
        return orjson.dumps({"asked": self.asked, "answer": self.answer, "is_cut": self.is_cut})


def excerpt_of(request: RouteRequest, reply: ProviderReply) -> Excerpt:
    """Return what is shown of a sanitized request and the tokenized answer to it."""
    pieces = list(_asked(request))
    kept = list(_newest(pieces))
    answer = "\n\n".join(text for _, text in _texts("answer", reply.content))
    return Excerpt(
        asked=tuple(kept),
        answer=answer[:LONGEST_ANSWER],
        is_cut=kept != pieces or len(answer) > LONGEST_ANSWER,
    )


def read(document: bytes) -> Excerpt:
    """Return what a document of `as_json` says."""
    found: dict[str, Any] = orjson.loads(document)
    asked = tuple((str(who), str(text)) for who, text in found["asked"])
    return Excerpt(asked, str(found["answer"]), bool(found["is_cut"]))


def _asked(request: RouteRequest) -> Iterator[tuple[str, str]]:
    yield from _texts("system", request.system)
    for message in request.messages:
        yield from _texts(str(message["role"]), message["content"])
    if request.context is not None:
        yield "context", orjson.dumps(request.context, default=dict).decode()


def _newest(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the last pieces that there is room for, in their order."""
    left, kept = LONGEST_ASKED, []
    for who, text in reversed(pieces):
        if left <= 0:
            break
        kept.append((who, text[:left]))
        left -= len(text)
    return kept[::-1]


def _texts(who: str, content: Json) -> Iterator[tuple[str, str]]:
    """Yield each text with who says it; what is no text goes by its kind instead."""
    if isinstance(content, str):
        yield who, content
    elif isinstance(content, Sequence):
        for block in content:
            kind = str(block.get("type"))
            yield who if kind == "text" else kind, _shown(kind, block)


def _shown(kind: str, block: Mapping[str, Json]) -> str:
    if kind == "text":
        return str(block.get("text", ""))
    if kind == "tool_use":
        return orjson.dumps(block.get("input"), default=dict).decode()
    if kind == "tool_result":
        return " ".join(text for _, text in _texts(kind, block.get("content")))
    return f"({kind}, not kept)"
