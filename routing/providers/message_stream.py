"""The grammar of a streamed answer: what may follow what, and the message it adds up to. Pure.

    message_start (content_block_start content_block_delta* content_block_stop)* message_delta+
    message_stop, with pings anywhere

What the grammar does not know is let pass or dropped. What contradicts it makes the answer
unbelievable, its usage included: BrokenStream, and the hold stays.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from routing.providers import blocks, messages
from routing.providers.sse import ServerEvent
from routing.types import Event, ProviderReply

# delta type -> the member of the delta that grows, and the member of the block it grows into
_TEXTS: Final = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
    "input_json_delta": ("partial_json", "input"),
}
MOST_BLOCKS: Final = 2_000
UNKNOWN: Final = frozenset({"unknown-event", "unknown-delta"})  # may be parts of the answer


class BrokenStream(Exception):
    """The stream contradicts its grammar; `outcome` says how, in a word without its text."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome
        super().__init__(outcome)


class StreamFailed(Exception):
    """The provider said `error` in the stream; `kind` is its type word."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class _Block:
    """One content block while it grows."""

    def __init__(self, start: Mapping[str, Any]) -> None:
        self.start = start
        self.texts: dict[str, list[str]] = {}
        self.citations: list[Any] = []
        self.is_open = True

    @property
    def is_cut_call(self) -> bool:
        """Say whether it is a call whose arguments are no object, so that it must not be made."""
        return "input" in self.texts and _arguments("".join(self.texts["input"]), {}) is None

    def whole(self) -> dict[str, Any]:
        """Return the block as a plain answer shows it."""
        block = dict(self.start)
        for member, parts in self.texts.items():
            if member == "input":
                block["input"] = _arguments("".join(parts), block.get("input")) or {}
            else:
                block[member] = str(block.get(member) or "") + "".join(parts)
        if self.citations:
            block["citations"] = [*(block.get("citations") or []), *self.citations]
        return block


class MessageReader:
    """Takes the events of one answer in order; `oddities` names what was let pass."""

    def __init__(self, model_id: str) -> None:
        self.is_over = False
        self.oddities: set[str] = set()
        self._model_id = model_id
        self._message: Mapping[str, Any] | None = None
        self._model = model_id
        self._blocks: dict[int, _Block] = {}  # by the index the provider gives
        self._places: dict[int, int] = {}  # that index -> the block's place in the answer
        self._open: int | None = None
        self._block: _Block | None = None  # the one that is open
        self._usage: dict[str, Any] = {}
        self._has_final_usage = False
        self._end: Mapping[str, Any] = {}

    def take(self, event: ServerEvent) -> Event | None:
        """Return the event as it may be shown, or None for one that says nothing to the asker.

        Raises BrokenStream and StreamFailed.
        """
        try:
            found = orjson.loads(event.data)
        except ValueError:
            raise BrokenStream("stream-bad-json") from None
        kind = found.get("type") if isinstance(found, dict) else None
        if not isinstance(kind, str):
            raise BrokenStream("stream-untyped-event")
        if event.name != kind.encode():
            self.oddities.add("event-name-missing" if not event.name else "event-name-wrong")
        if self.is_over:
            self.oddities.add("event-after-the-end")
            return None
        reader = _READERS.get(kind)
        if reader is None:
            self.oddities.add("unknown-event")
            return None
        try:
            return reader(self, found)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BrokenStream(f"stream-broken-{kind}"[:48]) from None

    def reply(self, *, request_id: str, latency_ms: float, first_ms: float | None) -> ProviderReply:
        """Return the whole answer. Raises BrokenStream when its usage cannot be believed."""
        try:
            if not self._has_final_usage:
                raise BrokenStream("stream-without-usage")
            usage = messages.usage_of(self._usage)
            stop_reason = messages.stop_reason_of(self._end)
            if any(block.is_cut_call for block in self._blocks.values()):
                stop_reason = "max_tokens"
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BrokenStream("stream-usage-broken") from None
        return self._reply(request_id, latency_ms, first_ms, usage=usage, stop_reason=stop_reason)

    def partial(
        self, *, request_id: str, latency_ms: float, first_ms: float | None
    ) -> ProviderReply:
        """Return what came of an answer that broke off; nobody knows its tokens."""
        return self._reply(request_id, latency_ms, first_ms)

    def _reply(
        self, request_id: str, latency_ms: float, first_ms: float | None, **known: Any
    ) -> ProviderReply:
        message = self._message or {}
        ended = {"usage": messages.NO_TOKENS, "stop_reason": None, **known}
        return ProviderReply(
            content=tuple(block.whole() for block in self._blocks.values()),
            model=self._model,
            provider_request_id=messages.printable(request_id or str(message.get("id", ""))),
            message_id=messages.printable(str(message.get("id", ""))),
            stop_sequence=messages.stop_sequence_of(self._end),
            stop_details=messages.stop_details_of(self._end),
            latency_ms=latency_ms,
            time_to_first_token_ms=first_ms,
            has_unknown=not self.oddities.isdisjoint(UNKNOWN),
            **ended,
        )

    def _start(self, event: Event) -> Event:
        message = event["message"]
        if self._message is not None or message["type"] != "message" or message["content"]:
            raise ValueError("Not the beginning of a message.")
        if not isinstance(message["id"], str):
            raise TypeError("A message without an id.")
        self._model = messages.model_of(message, self._model_id)
        self._message = message
        self._usage = dict(message.get("usage") or {})
        return event

    def _block_start(self, event: Event) -> Event:
        index, block = event["index"], blocks.checked(event["content_block"])
        is_next = type(index) is int and index > max(self._blocks, default=-1)
        if self._message is None or self._open is not None or not is_next:
            raise BrokenStream("stream-reordered-block")
        if len(self._blocks) >= MOST_BLOCKS:
            raise ValueError("More blocks than an answer can have.")
        self._places[index] = len(self._blocks)
        self._blocks[index] = self._block = _Block(block)
        self._open = index
        return self._placed(event)

    def _delta(self, event: Event) -> Event:
        block, delta = self._block, event["delta"]
        if event["index"] != self._open or block is None:
            raise BrokenStream("stream-reordered-block")
        known = _TEXTS.get(delta["type"])
        if known:
            piece = delta[known[0]]
            if not isinstance(piece, str):
                raise TypeError("Not a text.")
            block.texts.setdefault(known[1], []).append(piece)
        elif delta["type"] == "citations_delta":
            block.citations.append(delta["citation"])
        else:
            self.oddities.add("unknown-delta")
        return self._placed(event)

    def _block_stop(self, event: Event) -> Event:
        if event["index"] != self._open or self._open is None:
            raise BrokenStream("stream-reordered-block")
        self._open = self._block = None
        return self._placed(event)

    def _message_delta(self, event: Event) -> Event:
        if self._message is None or self._open is not None:
            raise BrokenStream("stream-reordered-end")
        self._end = {**self._end, **event["delta"]}
        usage = event.get("usage")
        if usage is not None:
            self._usage.update((name, value) for name, value in usage.items() if value is not None)
            self._has_final_usage = usage.get("output_tokens") is not None
        return event

    def _stop(self, event: Event) -> Event:
        if self._message is None or self._open is not None:
            raise BrokenStream("stream-reordered-end")
        self.is_over = True
        return event

    def _ping(self, event: Event) -> Event:
        return event

    def _error(self, event: Event) -> Event:
        word = event["error"]["type"]
        raise StreamFailed(messages.type_word(word))

    def _placed(self, event: Event) -> Event:
        """Return the event with the block's own place: clients count blocks from 0 without gaps."""
        place = self._places[event["index"]]
        return event if place == event["index"] else {**event, "index": place}


_READERS: Final[Mapping[str, Callable[[MessageReader, Event], Event]]] = {
    "message_start": MessageReader._start,
    "content_block_start": MessageReader._block_start,
    "content_block_delta": MessageReader._delta,
    "content_block_stop": MessageReader._block_stop,
    "message_delta": MessageReader._message_delta,
    "message_stop": MessageReader._stop,
    "ping": MessageReader._ping,
    "error": MessageReader._error,
}


def _arguments(text: str, begun: Any) -> Any:
    """Return a tool call's arguments; None for what is no object, as when a limit cut them."""
    if not text:
        return begun
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
