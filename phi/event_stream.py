"""Puts identifiers back into an answer that comes in pieces, block by block.

The events are Anthropic's, as dictionaries. Text and tool arguments come out restored wherever they
were cut; what a provider signed (thinking, signatures) comes out untouched.
"""

from typing import Any

from phi.rehydrate import UNTOUCHED_BLOCKS, StreamRehydrator, rehydrate
from phi.stream_arguments import ArgumentRehydrator
from phi.tokens import TokenVault

Event = dict[str, Any]
# delta type -> its member that holds text
_MEMBERS = {"text_delta": "text", "input_json_delta": "partial_json"}


class EventRestorer:
    """Restores the events of one answer in the order in which they come."""

    def __init__(self, vault: TokenVault) -> None:
        self._vault = vault
        self._kind = ""  # of the delta that holds text back, "" when none does
        self._text: StreamRehydrator | ArgumentRehydrator | None = None
        self._index = 0

    def restored(self, events: list[Event]) -> list[Event]:
        """Return what can be shown now; a delta whose text is all held back is left out."""
        if not self._vault:
            return events
        shown: list[Event] = []
        for event in events:
            if event["type"] == "content_block_delta":
                delta = self._delta(event)
                if delta is not None:
                    shown.append(delta)
            else:
                shown += self._event(event)
        return shown

    def flush(self) -> list[Event]:
        """Return what is held back, when no more is to come."""
        held = self._text.flush() if self._text else ""
        kind, self._kind, self._text = self._kind, "", None
        if not held:
            return []
        delta = {"type": kind, _MEMBERS[kind]: held}
        return [{"type": "content_block_delta", "index": self._index, "delta": delta}]

    def _event(self, event: Event) -> list[Event]:
        kind = event["type"]
        if kind == "content_block_start":
            return [*self.flush(), self._start(event)]
        if kind == "content_block_stop":
            return [*self.flush(), event]
        if kind == "message_delta":  # the stop sequence is the caller's own
            return [{**event, "delta": rehydrate(event["delta"], self._vault)[0]}]
        return [event]

    def _start(self, event: Event) -> Event:
        block = event["content_block"]
        if block["type"] in UNTOUCHED_BLOCKS:
            return event
        if block["type"] == "text" and block.get("text"):
            self._index = event["index"]
            text = self._fed("text_delta", block["text"])
            return {**event, "content_block": {**block, "text": text}}
        return {**event, "content_block": rehydrate(block, self._vault)[0]}

    def _delta(self, event: Event) -> Event | None:
        delta = event["delta"]
        kind = delta["type"]
        member = _MEMBERS.get(kind)
        if member is None:
            is_text = kind == "citations_delta"
            return {**event, "delta": rehydrate(delta, self._vault)[0]} if is_text else event
        self._index = event["index"]
        text = delta[member]
        shown = self._fed(kind, text)
        if shown == text:
            return event
        return {**event, "delta": {**delta, member: shown}} if shown else None

    def _fed(self, kind: str, text: str) -> str:
        if self._text is None or kind != self._kind:
            self._kind = kind
            made = ArgumentRehydrator if kind == "input_json_delta" else StreamRehydrator
            self._text = made(self._vault)
        return self._text.feed(text)
