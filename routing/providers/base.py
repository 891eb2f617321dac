"""What every provider can do, whoever it is, and what it may say when it fails."""

from collections.abc import Mapping
from typing import Protocol

from routing.types import ProviderReply

MAX_REPLY_BYTES = 32_000_000


class Provider(Protocol):
    """One deployment's client: opened once per process, closed at shutdown."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that leave with every call, credentials apart; the egress scan sees them."""

    async def send(self, body: bytes, *, model_id: str) -> ProviderReply:
        """Send the very bytes of a body and return the checked answer. The caller bounds the time.

        Raises ProviderBusy, ProviderUnreachable or ProviderRefused when no work was done, and
        ProviderAmbiguous when it may have been done and billed.
        """

    async def close(self) -> None:
        """Close the connections."""
