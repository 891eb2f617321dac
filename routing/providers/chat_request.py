"""A Messages request in the words of chat completions, as OpenAI, Ollama and vLLM take it. Pure.

Where both say the same, one becomes the other. What only one provider can read (thoughts it signed,
marks for its cache) is left out. What has no words there raises CannotSay, and another candidate
of the chain is asked.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from routing.errors import CannotSay
from routing.types import Candidate, Json

Document = dict[str, Any]
Block = Mapping[str, Json]
CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
EFFORTS: Final = {"low": "low", "medium": "medium", "high": "high", "max": "high"}
_LEFT_OUT: Final = frozenset({"thinking", "redacted_thinking"})


def request_of(body: Mapping[str, Json], candidate: Candidate) -> Document:
    """Return a Messages request as a chat completion. Raises CannotSay."""
    config = body.get("output_config") or {}
    optional = {
        _limit_field(candidate): body["max_tokens"],
        "stop": body.get("stop_sequences"),
        "temperature": body.get("temperature"),
        "tools": [_tool(tool) for tool in body.get("tools") or ()] or None,
        "tool_choice": _choice(body),
        "parallel_tool_calls": False if _is_one_call(body) else None,
        "reasoning_effort": EFFORTS.get(config.get("effort", "")),
        "response_format": _response_format(config.get("format")),
        "stream": body.get("stream"),
        "stream_options": {"include_usage": True} if body.get("stream") else None,
    }
    return {
        "model": body["model"],
        "messages": list(_messages(body)),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _limit_field(candidate: Candidate) -> str:
    """Return what the output limit is called.

    OpenAI's reasoning models, which take no temperature, refuse the name that servers in the house
    know alone.
    """
    is_usual = candidate.model.temperature or candidate.deployment.is_on_premise
    return "max_tokens" if is_usual else "max_completion_tokens"


def _messages(body: Mapping[str, Json]) -> Iterable[Document]:
    system = _joined(body.get("system"))
    if system:
        yield {"role": "system", "content": system}
    for message in body["messages"]:
        write = _assistant if message["role"] == "assistant" else _user
        yield from write(_as_blocks(message["content"]))


def _user(blocks: list[Block]) -> Iterable[Document]:
    """Yield the results of tools, each a message, and what else the user says."""
    rest: list[Block] = []
    for block in blocks:
        if block["type"] != "tool_result":
            rest.append(block)
            continue
        inner = _as_blocks(block.get("content"))
        said = _joined([each for each in inner if each["type"] == "text"])
        content = f"Error: {said}" if block.get("is_error") else said
        yield {"role": "tool", "tool_call_id": block["tool_use_id"], "content": content}
        rest += [each for each in inner if each["type"] != "text"]  # a result here is text alone
    if len(rest) == 1 and rest[0]["type"] == "text":
        yield {"role": "user", "content": rest[0]["text"]}
    elif rest:
        yield {"role": "user", "content": [part for block in rest for part in _parts(block)]}


def _assistant(blocks: list[Block]) -> Iterable[Document]:
    said = [block for block in blocks if block["type"] not in _LEFT_OUT]
    calls = [_call(block) for block in said if block["type"] == "tool_use"]
    text = _joined([block for block in said if block["type"] != "tool_use"])
    if calls:
        yield {"role": "assistant", "content": text or None, "tool_calls": calls}
    elif text:
        yield {"role": "assistant", "content": text}


def _call(block: Block) -> Document:
    arguments = orjson.dumps(block["input"], default=dict).decode()
    function = {"name": block["name"], "arguments": arguments}
    return {"id": block["id"], "type": "function", "function": function}


def _parts(block: Block) -> Iterable[Document]:
    write = _PARTS.get(block["type"])
    if write is None:
        raise CannotSay(outcome=f"no-words-for-{block['type']}"[:48])
    return write(block)


def _text(block: Block) -> Iterable[Document]:
    yield {"type": "text", "text": block["text"]}


def _image(block: Block) -> Iterable[Document]:
    source = block["source"]
    if source["type"] == "base64":
        url = f"data:{source['media_type']};base64,{source['data']}"
    elif source["type"] == "url":
        url = source["url"]
    else:
        raise CannotSay(outcome="no-words-for-kept-files")
    yield {"type": "image_url", "image_url": {"url": url}}


def _document(block: Block) -> Iterable[Document]:
    """Yield what a document says; a PDF that nobody has read yet goes as a file."""
    source = block["source"]
    about = [block[name] for name in ("title", "context") if block.get(name)]
    if source["type"] == "base64":
        data = f"data:{source['media_type']};base64,{source['data']}"
        yield {"type": "file", "file": {"filename": "document.pdf", "file_data": data}}
        yield from ({"type": "text", "text": each} for each in about)
        return
    yield from ({"type": "text", "text": each} for each in about)
    if source["type"] == "text":
        yield {"type": "text", "text": source["data"]}
    elif source["type"] == "content":
        yield from (part for each in _as_blocks(source["content"]) for part in _parts(each))
    else:
        raise CannotSay(outcome="no-words-for-kept-files")


def _search_result(block: Block) -> Iterable[Document]:
    """Yield what was found, after where; this protocol has no citations."""
    yield from ({"type": "text", "text": block[name]} for name in ("title", "source"))
    yield from (part for each in block["content"] for part in _parts(each))


def _tool(tool: Mapping[str, Json]) -> Document:
    found = {
        "name": tool["name"],
        "description": tool.get("description"),
        "parameters": tool["input_schema"],
        "strict": tool.get("strict"),
    }
    function = {name: value for name, value in found.items() if value is not None}
    return {"type": "function", "function": function}


def _choice(body: Mapping[str, Json]) -> Json:
    choice = body.get("tool_choice")
    if not choice or not body.get("tools"):
        return None
    if choice["type"] == "tool":
        return {"type": "function", "function": {"name": choice["name"]}}
    return CHOICES[choice["type"]]


def _is_one_call(body: Mapping[str, Json]) -> bool:
    choice = body.get("tool_choice") or {}
    return bool(body.get("tools") and choice.get("disable_parallel_tool_use"))


def _response_format(asked: Json) -> Json:
    if not asked:
        return None
    schema = {"name": "answer", "schema": asked["schema"], "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _joined(content: Json) -> str:
    """Return the text of a system prompt, a result or an answer."""
    return "\n\n".join(block["text"] for block in _as_blocks(content) if block["text"])


def _as_blocks(content: Json) -> list[Block]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content or ())


_PARTS: Final[Mapping[str, Callable[[Block], Iterable[Document]]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
}
