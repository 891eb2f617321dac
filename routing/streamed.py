"""An answer on its way: the provider's events with identifiers restored, and how it ended."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from phi.event_stream import EventRestorer
from phi.rehydrate import rehydrate
from phi.tokens import TokenVault
from routerproject.shared import clock
from routerproject.shared.errors import RouterError
from routing import message_schema, reply
from routing.answering import Answering
from routing.errors import (
    DeadlineExceeded,
    ProviderAmbiguous,
    ProviderCutOff,
    StaleConfiguration,
)
from routing.message_schema import MESSAGE
from routing.providers.fallback import Answer
from routing.providers.live import LiveStream, SlowReader
from routing.types import Event
from usage.errors import Unauthenticated

CUT_SHORT = (ProviderCutOff, DeadlineExceeded, SlowReader)


class Streamed(Protocol):
    """What a view sends, event by event, in Anthropic's grammar."""

    headers: dict[str, str]  # the decision, known before the first byte

    @property
    def outcome(self) -> str:
        """Return how it ended, once `batches` has: completed, truncated or failed."""

    def summary(self) -> dict[str, Any]:
        """Return the plain reply with its `outcome`, once `batches` has ended."""

    def batches(self) -> AsyncGenerator[list[Event], None]:
        """Yield the events that came together; the last one is `message_stop` or `error`."""

    def leave(self) -> None:
        """Let the call end by itself: nobody reads the answer any more."""


class LiveAnswer:
    """The answer of a model that is still writing it."""

    def __init__(self, answering: Answering, opened: Answer[LiveStream]) -> None:
        self._answering = answering
        self._opened = opened
        self._live = opened.reply
        self._known = answering.asked.config  # the configuration by which the key was accepted
        self._is_shut_out = False
        warnings = [each.code for each in answering.cautions(opened)]
        served = reply.served_by(answering.decision, opened.candidate)
        self.headers = reply.headers(served, warnings, cache=answering.looked.status)

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        """Yield restored events as they come."""
        restorer = EventRestorer(self._answering.safe.vault)
        try:
            async for events in self._live.batches():
                if self._is_revoked():
                    self._is_shut_out = True
                    break
                shown = restorer.restored(events)
                if shown:
                    yield shown
        finally:
            self.leave()
        failure = self._failure()
        if failure is not None:
            yield [*restorer.flush(), message_schema.error_event(failure)]

    def leave(self) -> None:
        """Let the call end by itself."""
        self._live.abandon()

    def _is_revoked(self) -> bool:
        """Say whether the key stopped working since, as far as this process knows."""
        keeper, asked = self._answering.process.keeper, self._answering.asked
        if keeper.latest is self._known:
            return False
        try:
            config = keeper.current()
        except StaleConfiguration:
            return False  # a database that is away takes nobody's answer away
        self._known = config
        grants = (g for g in config.accounts.keys.values() if g.key_id == asked.grant.key_id)
        grant = next(grants, None)
        return grant is None or not grant.works_at(clock.now())

    def _failure(self) -> RouterError | None:
        if self._is_shut_out:
            return Unauthenticated(is_billed=True)
        failure = self._live.failure
        if failure is None or isinstance(failure, RouterError):
            return failure
        return ProviderAmbiguous(is_billed=True)

    @property
    def outcome(self) -> str:
        """Return how the answer ended, in the words of its summary."""
        is_readable = self._live.reply is not None and not self._is_shut_out
        return outcome_of(self._failure()) if is_readable else "failed"

    def summary(self) -> dict[str, Any]:
        """Return the plain reply. The ledger was written before the last event was given out."""
        written = self._live.reply
        if written is None or self._is_shut_out:
            return {"outcome": "failed"}
        opened = self._opened
        answer = Answer(written, opened.candidate, is_fallback=opened.is_fallback)
        document = restored(self._answering.rendered(answer), self._answering.safe.vault)
        cut = {"truncated": True} if self._failure() else {}
        return {**document, **cut, "outcome": self.outcome}


class StoredAnswer:
    """An answer that an earlier request was given: with the same key, or the same in all."""

    outcome = "completed"

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.headers = reply.headers_of(document)

    def summary(self) -> dict[str, Any]:
        """Return the answer as it was given."""
        return {**self._document, "outcome": self.outcome}

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        """Yield the events that would have made the stored answer."""
        yield list(message_schema.events_of(self._document))

    def leave(self) -> None:
        """Do nothing: no call is made."""


def restored(document: Mapping[str, Any], vault: TokenVault) -> dict[str, Any]:
    """Return an answer with this request's identifiers restored, by no tokens but its own."""
    content = rehydrate(document["content"], vault)[0]
    if len(content) == 1 and content[0].get("type") == "text":
        text = content[0].get("text", "")  # the same, restored once
    else:
        text = rehydrate(document["text"], vault)[0]
    message = {  # the stop sequence is the caller's own
        name: said if name == "usage" else rehydrate(said, vault)[0]
        for name, said in document[MESSAGE].items()
    }
    return {**document, "content": content, "text": text, MESSAGE: message}


def outcome_of(failure: RouterError | None) -> str:
    """Return how a stream ended, in the words of its summary."""
    if failure is None:
        return "completed"
    return "truncated" if isinstance(failure, CUT_SHORT) else "failed"
