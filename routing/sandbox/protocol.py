"""uvicorn's HTTP protocol with the connection in reach, for answers that must break off."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"


class SandboxProtocol(HttpToolsProtocol):
    """Hands each request its transport as the scope extension `sandbox.transport`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]
