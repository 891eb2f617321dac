"""Files of a request, before it is sanitized: PDFs become texts, images lose their notes.

A PDF with text leaves as that text, sanitized like any other; the file stays behind, whatever the
policy. Without text it can only be refused or, where the policy says so, leave as it is for a
deployment under a BAA. The walk of phi.document refuses what may not leave.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from phi import offload
from phi.errors import PhiBlocked
from phi.files import images, pdf_text
from phi.files.pdf_text import PdfText
from phi.types import PhiPolicy

PDF: Final = "application/pdf"
PAGES_WITHOUT_TEXT: Final = "document-pages-without-text"
MOST_DOCUMENTS: Final = 20
LONGEST_READING_BYTES: Final = 60_000  # as which a file counts at most for the worker's patience


@dataclass(frozen=True, slots=True, repr=False)
class ReadFiles:
    """Messages in which files were read, and what to know of it."""

    messages: Any
    characters: int = 0  # of text that came out of files
    warnings: tuple[str, ...] = ()  # codes


async def read(messages: Any, policy: PhiPolicy) -> ReadFiles:
    """Return messages with the text of each PDF in its place, and images without notes.

    Raises PhiBlocked with a reason code for a file that cannot be read or is too much to read.
    """
    found = list(_files_in(messages))
    if not found:
        return ReadFiles(messages)
    documents = [block for block in found if block["type"] == "document"]
    if len(documents) > MOST_DOCUMENTS:
        raise PhiBlocked(reasons=["too-many-documents"])
    texts = {id(block): await _read_one(block["source"]["data"], policy) for block in documents}
    read_ones = [text for text in texts.values() if text.is_readable]
    return ReadFiles(
        _replaced(messages, {key: text.text for key, text in texts.items()}, policy),
        characters=sum(len(text.text) for text in read_ones),
        warnings=(PAGES_WITHOUT_TEXT,) if any(t.pages_without_text for t in read_ones) else (),
    )


async def _read_one(data: str, policy: PhiPolicy) -> PdfText:
    job = partial(pdf_text.read, data)
    text = await offload.run(job, size=min(len(data), LONGEST_READING_BYTES))
    if not text.is_readable and not policy.allows_documents:
        raise PhiBlocked(reasons=["document-without-text"])
    return text


def _files_in(part: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the blocks that hold a file, those in tool results too."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from _files_in(each)
    elif isinstance(part, Mapping):
        if _holds_file(part):
            yield part
        elif "content" in part:
            yield from _files_in(part["content"])


def _holds_file(block: Mapping[str, Any]) -> bool:
    source = block.get("source")
    if not isinstance(source, Mapping) or source.get("type") != "base64":
        return False
    if not isinstance(source.get("data"), str) or not isinstance(source.get("media_type"), str):
        return False
    kind = block.get("type")
    return kind == "image" or (kind == "document" and source["media_type"] == PDF)


def _replaced(part: Any, texts: Mapping[int, str], policy: PhiPolicy) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_replaced(each, texts, policy) for each in part)
    if not isinstance(part, Mapping):
        return part
    if not _holds_file(part):
        inside = {name: _replaced(part[name], texts, policy) for name in part if name == "content"}
        return {**part, **inside}
    if part["type"] == "image":
        return _plain_image(part) if policy.allows_images else part
    text = texts[id(part)]
    source = {"type": "text", "media_type": "text/plain", "data": text} if text else part["source"]
    return {**part, "source": source}


def _plain_image(block: Mapping[str, Any]) -> dict[str, Any]:
    source = block["source"]
    data = images.without_notes(source["media_type"], source["data"])
    return {**block, "source": {**source, "data": data}}
