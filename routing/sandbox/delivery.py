"""Sends an answer, on time or late, whole or cut, as the script says."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from routing.sandbox.calls import EVENT_STREAM, Answer
from routing.sandbox.protocol import TRANSPORT
from routing.sandbox.script import Fault

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Pause = Callable[[float], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST, not FIN
SETTLE_SECONDS = 0.02  # lets written bytes reach the client before a reset overtakes them


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a caller; `pause` waits so many ms."""

    scope: Any
    receive: Receive
    send: Send
    pause: Pause


async def deliver(answer: Answer, headers: Headers, line: Line) -> None:
    """Send an answer; a fault may delay, slow down or cut it."""
    fault = answer.fault
    headers = [(b"content-type", answer.content_type), *headers, *answer.headers]
    if fault is None:
        await _send_whole(answer, headers, line.send)
        return
    headers = _scripted_headers(headers, fault)
    if fault.content_length is not None:
        await _send_raw(answer, headers, fault, line)
        return
    await _send_slowly(answer, headers, fault, line)


async def _send_whole(answer: Answer, headers: Headers, send: Send) -> None:
    if not answer.is_stream:
        headers.append((b"content-length", b"%d" % len(answer.pieces[0])))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if not answer.is_stream:
        await send({"type": "http.response.body", "body": answer.pieces[0]})
        return
    for piece in answer.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


async def _send_slowly(answer: Answer, headers: Headers, fault: Fault, line: Line) -> None:
    send, pieces = line.send, list(_pieces(answer, fault))
    if not answer.is_stream and fault.cut is None:
        headers.append((b"content-length", b"%d" % sum(map(len, pieces))))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await line.pause(fault.first_byte_ms)
    for place, piece in enumerate(pieces):
        if place:
            await line.pause(_pause_before(place, fault))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if fault.cut is not None and fault.cut.get("how", "fin") != "eof":
        await _hang_up(fault.cut.get("how", "fin"), line)
        return
    await send({"type": "http.response.body"})


def _pause_before(place: int, fault: Fault) -> float:
    """Return how many ms an event or chunk comes after the one before it."""
    if fault.stall is not None and fault.stall["after_events"] == place:
        return float(fault.stall["ms"])
    return fault.chunk_ms


async def _send_raw(answer: Answer, headers: Headers, fault: Fault, line: Line) -> None:
    """Write the response past the server, which would refuse a wrong content-length."""
    transport = line.scope["extensions"][TRANSPORT]
    headers.append((b"content-length", b"%d" % (fault.content_length or 0)))
    reason = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {reason}".encode()]
    lines += [name + b": " + value for name, value in headers]
    transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + b"".join(_pieces(answer, fault)))
    await _hang_up("fin", line)


async def _hang_up(how: str, line: Line) -> None:
    """Close the connection under the response and wait until the server has noticed."""
    transport = line.scope["extensions"][TRANSPORT]
    if how == "rst":
        await asyncio.sleep(SETTLE_SECONDS)
        wire = transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    else:
        transport.close()
    while (await line.receive())["type"] != "http.disconnect":
        pass


def _pieces(answer: Answer, fault: Fault) -> Iterator[bytes]:
    """Yield the body as it is to be sent: cut, then sliced."""
    pieces = answer.pieces
    cut = fault.cut or {}
    if "after_events" in cut:
        pieces = pieces[: cut["after_events"]]
    if "after_bytes" in cut:
        pieces = [b"".join(pieces)[: cut["after_bytes"]]]
    if fault.chunk_bytes is None:
        yield from pieces
        return
    whole = b"".join(pieces)
    for start in range(0, len(whole), fault.chunk_bytes):
        yield whole[start : start + fault.chunk_bytes]


def _scripted_headers(headers: Headers, fault: Fault) -> Headers:
    """Return the headers with the scripted ones in place of those of the same name."""
    own = [(name.lower().encode(), text.encode("latin-1")) for name, text in fault.headers.items()]
    if fault.request_id is not None:
        own.append((b"request-id", fault.request_id.encode("latin-1")))
    replaced = {name for name, _ in own}
    return [header for header in headers if header[0] not in replaced] + own


def stream_headers(answer: Answer) -> Headers:
    """Return what only event streams carry."""
    return [(b"cache-control", b"no-cache")] if answer.content_type == EVENT_STREAM else []
