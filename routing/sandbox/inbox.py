"""What the sandbox received: a bounded ring of the last requests, bytes as they came."""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

RING_SIZE = 10_000
RING_BYTES = 256 * 1024 * 1024


class Received(NamedTuple):
    """One request as it arrived."""

    n: int
    method: str
    path: str
    query: str
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes


class Inbox:
    """The last 10,000 requests or 256 MB of bodies, whichever is less."""

    def __init__(self) -> None:
        self._ring: deque[Received] = deque()
        self.clear()

    def record(self, scope: Any, body: bytes) -> int:
        """Keep a request and return its number, from 1."""
        self.count += 1
        query = scope["query_string"].decode("latin-1")
        self._ring.append(
            Received(self.count, scope["method"], scope["path"], query, scope["headers"], body)
        )
        self._bytes += len(body)
        while len(self._ring) > RING_SIZE or self._bytes > RING_BYTES:
            self._bytes -= len(self._ring.popleft().body)
        return self.count

    def show(self, *, since: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the kept requests after number `since`, at most `limit`."""
        rows = [_shown(row) for row in self._ring if row.n > since]
        return rows[:limit]

    def clear(self) -> None:
        """Forget everything and number from 1 again."""
        self._ring.clear()
        self._bytes = 0
        self.count = 0


def _shown(row: Received) -> dict[str, Any]:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in row.headers]
    return {
        "n": row.n,
        "method": row.method,
        "path": row.path,
        "query": row.query,
        "headers": dict(headers),
        "raw_headers": headers,
        "body": row.body.decode("utf-8", "replace"),
    }
