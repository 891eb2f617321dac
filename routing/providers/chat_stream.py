"""Chunks of a chat completion as events of the Messages API: a small machine, and the stream."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from routing.errors import ProviderAmbiguous, ProviderCutOff
from routing.providers import chat_reply, messages
from routing.providers.anthropic_stream import AnthropicStream, Reader
from routing.providers.chat_reply import Ending
from routing.providers.message_stream import BrokenStream, StreamFailed
from routing.providers.sse import EventTooLong, ServerEvent
from routing.providers.wire import Answer
from routing.types import Event, Json

DONE: Final = b"[DONE]"
REQUEST_ID: Final = "x-request-id"


class ChunkReader:
    """Takes the chunks of one answer in order."""

    def __init__(self, *, asked_model: str, model_id: str) -> None:
        self._asked_model = asked_model
        self._model_id = model_id
        self._is_started = False
        self._index = -1  # of the block that was begun last
        self._open = ""  # text or tool_use
        self._call: tuple[Json, Json] = (None, None)  # index and id of the call that is open
        self._calls = 0
        self._arguments: list[str] = []  # of the call that is open
        self._is_call_cut = self._is_refusal = False
        self._usage: dict[str, Any] | None = None
        self._end: dict[str, Any] | None = None

    def take(self, data: bytes) -> Iterator[Event]:
        """Yield the events of one chunk. Raises BrokenStream and StreamFailed."""
        if data == DONE:
            yield from self._done()
            return
        try:
            chunk = orjson.loads(data)
        except ValueError:
            raise BrokenStream("stream-bad-json") from None
        try:
            yield from self._chunk(chunk)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BrokenStream("stream-broken-chunk") from None

    def _chunk(self, chunk: Mapping[str, Json]) -> Iterator[Event]:
        if chunk.get("error"):
            raise StreamFailed(_kind(chunk["error"]))
        if not self._is_started and not (chunk.get("choices") or chunk.get("model")):
            return  # what some servers say of a prompt before they name the model
        if not self._is_started:
            yield self._start(chunk)
        for choice in chunk.get("choices") or ():
            yield from self._choice(choice)
        if chunk.get("usage"):
            self._usage = chat_reply.usage_of(chunk["usage"])

    def _start(self, chunk: Mapping[str, Json]) -> Event:
        chat_reply.check_model(chunk, self._asked_model)
        self._is_started = True
        message: dict[str, Any] = {
            "id": str(chunk.get("id", "")),
            "type": "message",
            "role": "assistant",
            "model": self._model_id,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return {"type": "message_start", "message": message}

    def _choice(self, choice: Mapping[str, Json]) -> Iterator[Event]:
        delta = choice.get("delta") or {}
        self._is_refusal |= bool(delta.get("refusal"))
        text = chat_reply.text_in(delta)
        if text:
            yield from self._text(text)
        for call in delta.get("tool_calls") or ():
            yield from self._part_of_call(call)
        if choice.get("finish_reason"):
            yield from self._ended()
            ending = Ending(bool(self._calls), self._is_call_cut, self._is_refusal)
            self._end = {
                "stop_reason": chat_reply.stop_reason(choice, ending),
                "stop_sequence": chat_reply.stop_sequence(choice),
            }

    def _text(self, text: str) -> Iterator[Event]:
        if self._open != "text":
            yield from self._begun("text", {"type": "text", "text": ""})
        yield self._delta({"type": "text_delta", "text": text})

    def _part_of_call(self, call: Mapping[str, Json]) -> Iterator[Event]:
        """Yield a call's beginning, and its arguments as they come.

        A part belongs to the open call unless it has another index, or another id: some servers
        number every call 0.
        """
        function = call.get("function") or {}
        index, given = call.get("index"), call.get("id")
        is_open = self._open == "tool_use" and index == self._call[0]
        if not is_open or (given and given != self._call[1]):
            block = {
                "type": "tool_use",
                "id": chat_reply.call_id(self._calls, given),
                "name": function["name"],
                "input": {},
            }
            self._call = (index, given)
            self._calls += 1
            yield from self._begun("tool_use", block)
        given = function.get("arguments")
        if given:
            piece = orjson.dumps(given).decode() if isinstance(given, dict) else given
            self._arguments.append(piece)
            yield self._delta({"type": "input_json_delta", "partial_json": piece})

    def _begun(self, kind: str, block: Mapping[str, Json]) -> Iterator[Event]:
        yield from self._ended()
        self._index += 1
        self._open = kind
        yield {"type": "content_block_start", "index": self._index, "content_block": block}

    def _delta(self, delta: Mapping[str, Json]) -> Event:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}

    def _ended(self) -> Iterator[Event]:
        if self._open:
            whole = chat_reply.arguments_in("".join(self._arguments))
            self._is_call_cut |= whole is None
            self._arguments.clear()
            self._open = ""
            yield {"type": "content_block_stop", "index": self._index}

    def _done(self) -> Iterator[Event]:
        """Yield the end. One without a reason or a usage is none."""
        if self._end is None:
            raise BrokenStream("stream-without-end")
        if self._usage is None:
            raise BrokenStream("stream-without-usage")
        yield from self._ended()
        yield {"type": "message_delta", "delta": self._end, "usage": self._usage}
        yield {"type": "message_stop"}


class ChatStream(AnthropicStream):
    """Reads one response; what it yields is what a stream of the Messages API would."""

    def __init__(self, answer: Answer, *, asked_model: str, model_id: str, started: float) -> None:
        super().__init__(answer, model_id=model_id, started=started)
        self._chunk_reader = ChunkReader(asked_model=asked_model, model_id=model_id)

    def _taken(self, reader: Reader, chunk: bytes) -> tuple[list[Event], ProviderAmbiguous | None]:
        events: list[Event] = []
        try:
            for each in reader.feed(chunk):
                for event in self._of(each):
                    events.append(event)
                    if self._first_ms is None:
                        self._time(event)
        except BrokenStream as broken:
            return events, ProviderCutOff(outcome=broken.outcome, http_status=200)
        except EventTooLong:
            return events, ProviderCutOff(outcome="stream-line-too-long", http_status=200)
        except StreamFailed as failed:
            outcome = f"200-{failed.kind}"[:48]
            return events, ProviderAmbiguous(
                outcome=outcome, http_status=200, error_type=failed.kind
            )
        return events, None

    def _of(self, sent: ServerEvent) -> Iterator[Event]:
        """Yield a chunk's events, each checked by the grammar that holds for every provider."""
        if self._message.is_over:
            self._message.oddities.add("event-after-the-end")
            return
        for event in self._chunk_reader.take(sent.data):
            kind = event["type"].encode()
            taken = self._message.take(ServerEvent(kind, orjson.dumps(event)))
            if taken is not None:
                yield taken

    @staticmethod
    def request_id_in(headers: Mapping[str, str]) -> str:
        return headers.get(REQUEST_ID, "")


def _kind(error: Json) -> str:
    return messages.type_word(error.get("type")) if isinstance(error, dict) else "unnamed"
