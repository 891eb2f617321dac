"""A patient records API that fails on demand: a real server on a loopback port."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

RECORD: Mapping[str, Any] = {
    "id": "p-1",
    "name": {"first": "Theodora", "last": "Pemberwick"},
    "birth_date": "1961-04-09",
    "mrn": "77182034",
    "phone": "(217) 555-0144",
    "language": "English",  # no member of a patient
}
REASONS = {200: "OK", 307: "Temporary Redirect", 404: "Not Found", 500: "Server Error"}


@dataclass
class PmsServer:
    """What it holds, what it was asked, and how it answers instead (`raw` bytes, or nothing)."""

    records: dict[str, dict[str, Any]] = field(default_factory=lambda: {"p-1": dict(RECORD)})
    raw: bytes | None = None
    is_silent: bool = False
    page_size: int = 2
    asked: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    url: str = ""

    def scripted(self, status: int, body: bytes, *headers: str) -> None:
        """Answer everything with these bytes."""
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'x')}", *headers]
        self.raw = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(head.split()[1])
                self.headers.append(head)
                if self.is_silent:
                    await reader.read()
                    return
                writer.write(self.raw or self._answer(head.split()[1]))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, target: str) -> bytes:
        parts = urlsplit(target)
        if parts.path.endswith("/patients"):
            return _json(200, self._page(parse_qs(parts.query)))
        found = self.records.get(unquote(parts.path.rpartition("/")[2]))
        return _json(200, found) if found else _json(404, {"error": "unknown"})

    def _page(self, asked: Mapping[str, list[str]]) -> dict[str, Any]:
        since, start = asked.get("since", [""])[0], int(asked.get("cursor", ["0"])[0])
        rows = [row for row in self.records.values() if row.get("updated_at", "") >= since]
        end = start + self.page_size
        return {"patients": rows[start:end], "next_cursor": str(end) if end < len(rows) else None}


def _json(status: int, document: Any) -> bytes:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def pms_server() -> AsyncIterator[PmsServer]:
    pms = PmsServer()
    server = await asyncio.start_server(pms._serve, "127.0.0.1", 0)
    pms.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield pms
    finally:
        server.close()
