"""The messages of a chat completion, each checked, as those of the Messages API.

What system and developer say goes in front of all messages, where that API has its place for it.
Results of tools become one message of the user, as that API wants them. A conversation there begins
with the user, and nobody says nothing: what this schema has beyond that finds another place, so
that a program's chats work as they are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from routing.api.checks import Check, items, mapping, members, one_of, refuse, text, word
from routing.api.content import IMAGE_TYPES, MOST_MESSAGES, address, base64_text
from routing.api.parsing import parse
from routing.errors import InvalidRequest

Block = dict[str, Any]
MOST_CALLS: Final = 256
_DATA: Final = re.compile(r"data:([a-z]+/[a-z0-9.+-]+);base64,")
OPENED: Final = "You began the conversation with these words:\n{}"
DETAILS: Final = ("auto", "low", "high", "original")


@dataclass(slots=True)
class Turns:
    """What the messages hold, in the terms of the Messages API."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    system: list[Block] = field(default_factory=list)
    is_system_moved: bool = False  # some of it came after the first message
    has_names: bool = False  # of participants, for which there is no place
    has_details: bool = False  # of images: how closely to look
    is_system_asking: bool = False  # there is no other message
    is_opening_moved: bool = False  # the assistant spoke first

    def say(self, role: str, content: str | list[Block]) -> None:
        """Add a message; what follows the results of tools joins their message."""
        last = self.messages[-1] if self.messages else None
        if last is None and role == "assistant" and all(map(_is_text, _blocks(content))):
            self._open(_blocks(content))
            return
        if last and role == last["role"] == "user" and isinstance(last["content"], list):
            last["content"].extend(_blocks(content))
        else:
            self.messages.append({"role": role, "content": content})

    def _open(self, said: list[Block]) -> None:
        """Tell the model what it said first, as a greeting, before anybody asked."""
        self.is_opening_moved = True
        self.system += [{**block, "text": OPENED.format(block["text"])} for block in said]

    def begin_with_user(self) -> None:
        """Let the system ask where nobody else does."""
        if not self.messages and self.system and not self.is_opening_moved:
            self.messages.append({"role": "user", "content": self.system})
            self.system, self.is_system_asking = [], True


def read(field_: str, value: Any) -> Turns:
    """Return the conversation. Raises InvalidRequest naming what is wrong first."""
    turns = Turns()
    for index, message in enumerate(items(field_, value, MOST_MESSAGES)):
        place = f"{field_}[{index}]"
        role = one_of(*_READERS)(f"{place}.role", mapping(place, message).get("role"))
        _READERS[role](turns, place, message)
        turns.has_names |= bool(message.get("name"))
    turns.begin_with_user()
    if not turns.messages or turns.messages[0]["role"] != "user":
        raise refuse(field_, "must begin with the user's, after those of system and developer.")
    return turns


def _system(turns: Turns, place: str, message: Mapping[str, Any]) -> None:
    members(place, message, {**_EVERY, "content": _anything}, "content")
    blocks = _blocks(_content(turns, f"{place}.content", message["content"], "text"))
    turns.system += [block for block in blocks if block["text"]]
    turns.is_system_moved |= bool(turns.messages and blocks)


def _user(turns: Turns, place: str, message: Mapping[str, Any]) -> None:
    members(place, message, {**_EVERY, "content": _anything}, "content")
    content = _content(turns, f"{place}.content", message["content"], "text", "image_url", "file")
    if isinstance(content, list):
        content = _saying(content)
    if not content or (isinstance(content, str) and not content.strip()):
        raise refuse(f"{place}.content", "must not be empty.")
    turns.say("user", content)


def _assistant(turns: Turns, place: str, message: Mapping[str, Any]) -> None:
    members(place, message, _OF_ASSISTANT)
    content = message.get("content") or message.get("refusal") or ""
    said = _content(turns, f"{place}.content", content, "text", "refusal")
    calls = [
        _call(f"{place}.tool_calls[{index}]", call)
        for index, call in enumerate(message.get("tool_calls") or ())
    ]
    if calls or not isinstance(said, str):
        said = [*_saying(_blocks(said)), *calls]
    if said and not (isinstance(said, str) and not said.strip()):
        turns.say("assistant", said)


def _tool(turns: Turns, place: str, message: Mapping[str, Any]) -> None:
    checks: dict[str, Check] = {**_EVERY, "content": _anything, "tool_call_id": word}
    members(place, message, checks, "content", "tool_call_id")
    result: Block = {
        "type": "tool_result",
        "tool_use_id": message["tool_call_id"],
        "content": _content(turns, f"{place}.content", message["content"], "text"),
    }
    turns.say("user", [result])


def _call(place: str, call: Any) -> Block:
    checks: dict[str, Check] = {"function": mapping, "type": one_of("function")}
    members(place, call, {**checks, "id": word, "index": _anything}, "id", "function")
    function = members(f"{place}.function", call["function"], _FUNCTION, "name")
    arguments = _arguments(f"{place}.function.arguments", function.get("arguments") or "{}")
    return {"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments}


def _arguments(place: str, written: str) -> dict[str, Any]:
    """Return what a call was given, which comes as JSON in a string."""
    try:
        found = parse(written.encode())
    except (InvalidRequest, UnicodeEncodeError):
        found = None
    if not isinstance(found, dict):
        raise refuse(place, "must be a JSON object, written as a string.")
    return found


def _content(turns: Turns, place: str, value: Any, *kinds: str) -> str | list[Block]:
    if isinstance(value, str):
        return value
    found = []
    for index, part in enumerate(items(place, value, MOST_MESSAGES)):
        here = f"{place}[{index}]"
        kind = mapping(here, part).get("type")
        if kind not in kinds:
            raise refuse(f"{here}.type", "is not a part that is known here.")
        checks = {"type": text, "prompt_cache_breakpoint": mapping, kind: _anything}
        members(here, part, checks, kind)
        found.append(_PARTS[kind](turns, f"{here}.{kind}", part[kind]))
    return found


def _text(_: Turns, place: str, value: Any) -> Block:
    return {"type": "text", "text": text(place, value)}


def _image(turns: Turns, place: str, value: Any) -> Block:
    members(place, value, {"url": text, "detail": one_of(*DETAILS)}, "url")
    turns.has_details |= value.get("detail") not in (None, "auto")
    url = value["url"]
    if not url.startswith("data:"):
        address(f"{place}.url", url)
        return {"type": "image", "source": {"type": "url", "url": url}}
    return {"type": "image", "source": _unpacked(f"{place}.url", url, IMAGE_TYPES)}


def _file(_: Turns, place: str, value: Any) -> Block:
    """A file in the request itself; one kept at a provider is none that the router can read."""
    members(place, value, {"file_data": text, "filename": text}, "file_data")
    source = _unpacked(f"{place}.file_data", value["file_data"], ("application/pdf",))
    title = {"title": value["filename"]} if value.get("filename") else {}
    return {"type": "document", "source": source, **title}


def _unpacked(place: str, url: str, media: tuple[str, ...]) -> Block:
    """Return the source that a data URL (RFC 2397) spells out."""
    start = _DATA.match(url)
    if start is None or start[1] not in media:
        raise refuse(place, f"must be a data URL in base64 of {', '.join(media)}.")
    data = url[start.end() :]
    base64_text(place, data)
    return {"type": "base64", "media_type": start[1], "data": data}


def _blocks(content: str | list[Block]) -> list[Block]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _saying(blocks: list[Block]) -> list[Block]:
    """Return the blocks without texts that say nothing, which the models' API refuses."""
    return [block for block in blocks if not _is_text(block) or block["text"]]


def _is_text(block: Block) -> bool:
    return bool(block["type"] == "text")


def _anything(place: str, value: Any) -> None:
    """Checked by whoever reads it."""


def _never(place: str, value: Any) -> None:
    raise refuse(place, "is not taken here.")


_EVERY: Final[Mapping[str, Check]] = {"role": text, "name": text}
_FUNCTION: Final = {"name": word, "arguments": text, "parsed_arguments": _anything}
_OF_ASSISTANT: Final[Mapping[str, Check]] = {
    **_EVERY,
    "content": _anything,
    "refusal": text,
    "tool_calls": lambda place, value: items(place, value, MOST_CALLS),
    "annotations": _anything,  # this and the next are of answers, and say nothing more
    "parsed": _anything,
    "audio": _never,
    "function_call": _never,
}
_READERS: Final[Mapping[str, Callable[[Turns, str, Mapping[str, Any]], None]]] = {
    "system": _system,
    "developer": _system,
    "user": _user,
    "assistant": _assistant,
    "tool": _tool,
}
_PARTS: Final[Mapping[str, Callable[[Turns, str, Any], Block]]] = {
    "text": _text,
    "refusal": _text,
    "image_url": _image,
    "file": _file,
}
