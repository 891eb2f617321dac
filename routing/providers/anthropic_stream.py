"""One streamed answer of the Messages API, read raw and checked event by event."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Final, Protocol

import structlog

from routing.errors import ProviderAmbiguous, ProviderCutOff, UsageImplausible
from routing.providers.base import MAX_REPLY_BYTES
from routing.providers.message_stream import BrokenStream, MessageReader, StreamFailed
from routing.providers.sse import EventReader, EventTooLong, ServerEvent
from routing.providers.wire import ERRORS, Answer, cause_of
from routing.types import Event, ProviderReply

EVENT_STREAM: Final = "text/event-stream"

log = structlog.get_logger(__name__)


class Reader(Protocol):
    """Takes bytes cut anywhere and returns the events that they completed."""

    def feed(self, chunk: bytes) -> list[ServerEvent]: ...


class AnthropicStream:
    """Reads one response; `first_ms` is when its first delta came, in milliseconds."""

    media_type: ClassVar[str] = EVENT_STREAM
    reader_kind: ClassVar[type[Reader]] = EventReader

    def __init__(self, answer: Answer, *, model_id: str, started: float) -> None:
        self._headers = answer.headers
        self._chunks = answer.chunks
        self._message = MessageReader(model_id)
        self._started = started
        self._first_ms: float | None = None

    async def batches(self) -> AsyncIterator[tuple[list[Event], int]]:
        """Yield the events of the answer as they come, and how many bytes they took."""
        self._check_kind()
        reader, total = self.reader_kind(), 0
        try:
            async for chunk in self._chunks:
                total += len(chunk)
                if total > MAX_REPLY_BYTES:
                    raise ProviderCutOff(outcome="reply-too-large", http_status=200)
                events, failure = self._taken(reader, chunk)
                if events:
                    yield events, len(chunk)
                if failure:
                    raise failure
                if self._message.is_over:
                    return
        except ERRORS as error:
            outcome = f"broken-{type(cause_of(error)).__name__}"[:48]
            raise ProviderCutOff(outcome=outcome, http_status=200) from None
        raise ProviderCutOff(outcome="stream-without-end", http_status=200)

    def reply(self) -> ProviderReply:
        """Return the whole answer. Raises UsageImplausible for a usage that is none."""
        try:
            return self._message.reply(**self._facts())
        except BrokenStream as broken:
            raise UsageImplausible(outcome=broken.outcome, http_status=200) from None

    def partial(self) -> ProviderReply:
        """Return what has come so far of an answer that broke off."""
        return self._message.partial(**self._facts())

    async def finish(self) -> None:
        """Read what follows the last event, which should be nothing, and note what was odd."""
        try:
            async for _ in self._chunks:
                self._message.oddities.add("bytes-after-the-end")
        except ERRORS:
            self._message.oddities.add("broken-after-the-end")
        if self._message.oddities:
            log.warning("provider.odd_stream", oddities=sorted(self._message.oddities))

    def _taken(self, reader: Reader, chunk: bytes) -> tuple[list[Event], ProviderAmbiguous | None]:
        """Return what may be shown, of several pings that came together one, and what broke it."""
        events: list[Event] = []
        try:
            for each in reader.feed(chunk):
                event = self._message.take(each)
                if event is not None and not (event["type"] == "ping" and event in events):
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

    def _time(self, event: Event) -> None:
        if event["type"] == "content_block_delta":
            self._first_ms = self._elapsed_ms()

    def _check_kind(self) -> None:
        headers = self._headers
        if not headers.get("content-type", "").startswith(self.media_type):
            raise ProviderAmbiguous(outcome="reply-not-a-stream", http_status=200)
        if headers.get("content-encoding", "identity") != "identity":
            raise ProviderAmbiguous(outcome="reply-encoded", http_status=200)

    def _facts(self) -> dict[str, Any]:
        return {
            "request_id": self.request_id_in(self._headers),
            "latency_ms": self._elapsed_ms(),
            "first_ms": self._first_ms,
        }

    @staticmethod
    def request_id_in(headers: Mapping[str, str]) -> str:
        """Return what the provider calls the request."""
        return headers.get("request-id", "")

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000
