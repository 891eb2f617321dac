"""What every provider can do, whoever it is, and what it may say when it fails."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from routing.types import Event, ProviderReply

MAX_REPLY_BYTES = 32_000_000
API_VERSION: Final = "2026-10-21"  # of Anthropic's Messages API
# Leaves with every call, so that a router whose provider leads back to it refuses its own requests
# instead of asking itself without end (routing/api/v1/router_headers.py).
HOP: Final = "x-router-hop"


class ProviderStream(Protocol):
    """One streamed answer: its events in Anthropic's grammar, whoever sends it."""

    def batches(self) -> AsyncIterator[tuple[list[Event], int]]:
        """Yield the checked events that came together, and how many bytes they took.

        Ends with the batch whose last event is `message_stop`. Raises ProviderAmbiguous for
        whatever else ends or breaks the stream.
        """

    def reply(self) -> ProviderReply:
        """Return the whole answer, after its last event. Raises ProviderAmbiguous."""

    def partial(self) -> ProviderReply:
        """Return what has come so far of an answer that broke off."""

    async def finish(self) -> None:
        """Read to the end of the connection, so that it can be used again."""


class Provider(Protocol):
    """One deployment's client: opened once per process, closed at shutdown."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that leave with every call, credentials apart; the egress scan sees them."""

    def saying(self, headers: Mapping[str, str]) -> "Provider":
        """Return this client for one call that says more of itself: `headers` has that too."""

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Send the very bytes of a body and return the checked answer. The caller bounds the time.

        Raises ProviderBusy, ProviderUnreachable or ProviderRefused when no work was done, and
        ProviderAmbiguous when it may have been done and billed.
        """

    async def count(self, body: bytes) -> int:
        """Return how many input tokens a body has; raises as `send` does."""

    def stream(self, body: bytes, *, model_id: str) -> AbstractAsyncContextManager[ProviderStream]:
        """Send the very bytes of a body and open the answer's stream; raises as `send` does."""

    async def close(self) -> None:
        """Close the connections."""
