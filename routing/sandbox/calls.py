"""One call as it arrives and one answer as it leaves; everything between is synchronous."""

from dataclasses import dataclass, field
from typing import Any

from routing.sandbox.problems import error_body
from routing.sandbox.script import Fault
from routing.sandbox.tokens import compact

JSON = b"application/json"
EVENT_STREAM = b"text/event-stream; charset=utf-8"


@dataclass(slots=True)
class Call:
    """A request read to its end."""

    scope: Any
    body: bytes
    n: int
    request_id: str
    model: str = ""

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The decoded path."""
        return str(self.scope["path"])

    def header(self, name: bytes) -> str | None:
        """Return the first header of a lower-case name."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value.decode("latin-1"))
        return None


@dataclass(slots=True)
class Answer:
    """A response: one piece is sent with its length, several as a stream."""

    status: int
    pieces: list[bytes]
    content_type: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    fault: Fault | None = None
    is_stream: bool = False


def as_json(document: Any, status: int = 200) -> Answer:
    """Return a JSON answer."""
    return Answer(status, [compact(document).encode()])


def as_error(status: int, message: str | None, request_id: str) -> Answer:
    """Return an answer in the provider's error schema."""
    return Answer(status, [error_body(status, message, request_id)])
