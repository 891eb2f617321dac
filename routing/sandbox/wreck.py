"""Scripted harm: what a rule does to an answer that was generated and billed as usual."""

import gzip
from typing import Any

from routing.sandbox.calls import EVENT_STREAM, Answer, as_error
from routing.sandbox.problems import error_document
from routing.sandbox.script import Fault
from routing.sandbox.sse import Event, frame
from routing.sandbox.tokens import compact

HUGE_LINE_BYTES = 10 * 1024 * 1024
GZIP_BOMB_BYTES = 64 * 1024 * 1024
PING_FLOOD_EVENTS = 1_000
BOM = b"\xef\xbb\xbf"


def canned(fault: Fault, request_id: str) -> Answer:
    """Return the scripted status, body or events instead of an answer."""
    if fault.events is not None:
        pieces = [_scripted_frame(item) for item in fault.events]
        return Answer(
            fault.status or 200, pieces, content_type=EVENT_STREAM, fault=fault, is_stream=True
        )
    status = fault.status or 200
    if fault.body is None and status >= 400:
        answer = as_error(status, None, request_id)
    else:
        answer = Answer(status, [_raw(fault.body)])
    answer.fault = fault
    return answer


def alter_message(document: dict[str, Any], fault: Fault) -> None:
    """Change what the message says about itself."""
    if fault.answer_model is not None:
        document["model"] = fault.answer_model
    if fault.request_id is not None:
        document["id"] = fault.request_id.replace("req_", "msg_", 1)
    if fault.usage is not None:
        document["usage"] = document["usage"] | fault.usage
    if "missing_usage" in fault.faults:
        del document["usage"]
    if "unknown_field" in fault.faults:
        document["novelty"] = {"level": 3}
    if "unknown_block" in fault.faults:
        document["content"].append({"type": "hologram", "data": "unknown to every client"})


def plain(answer: Answer, fault: Fault | None) -> Answer:
    """Return a JSON answer with its fault."""
    if fault is None:
        return answer
    answer.fault = fault
    if "bad_json" in fault.faults:
        answer.pieces = [answer.pieces[0][:-7]]
    if "huge_line" in fault.faults:
        answer.pieces = [b" " * HUGE_LINE_BYTES + answer.pieces[0]]
    if "bom" in fault.faults:
        answer.pieces = [BOM + answer.pieces[0]]
    if "gzip_bomb" in fault.faults:
        bomb = gzip.compress(b" " * GZIP_BOMB_BYTES + answer.pieces[0], compresslevel=9)
        answer.pieces = [bomb]
        answer.headers.append((b"content-encoding", b"gzip"))
    return answer


def stream(events: list[Event], fault: Fault, request_id: str) -> Answer:
    """Return a stream of events with its fault."""
    events = _altered(events, set(fault.faults))
    pieces = [frame(event) for event in events]
    if fault.error_event is not None:
        place = fault.error_event.get("after_events", 3)
        pieces = [*pieces[:place], _error_frame(fault.error_event, request_id)]
    pieces = rewritten(pieces, fault)
    return Answer(200, pieces, content_type=EVENT_STREAM, fault=fault, is_stream=True)


def _altered(events: list[Event], faults: set[str]) -> list[Event]:
    """Drop, add and disorder events."""
    if "no_message_stop" in faults:
        events = events[:-1]
    if "duplicate_message_stop" in faults:
        events = [*events, {"type": "message_stop"}]
    if "unknown_event" in faults:
        events[1:1] = [{"type": "message_weather", "sky": "clear"}]
    if "unknown_field" in faults:
        events = [event | {"novelty": 3} for event in events]
    if "unknown_block" in faults:
        events[-2:-2] = [
            {"type": "content_block_start", "index": 9, "content_block": {"type": "hologram"}},
            {"type": "content_block_stop", "index": 9},
        ]
    if "ping_flood" in faults:
        events[1:1] = [{"type": "ping"}] * PING_FLOOD_EVENTS
    for place in _delta_places(events)[:1]:
        if "unknown_delta" in faults:
            events.insert(place, events[place] | {"delta": {"type": "smell_delta", "smell": "x"}})
        if "reordered_index" in faults:
            events[place] = events[place] | {"index": 7}
    return events


def rewritten(pieces: list[bytes], fault: Fault) -> list[bytes]:
    """Return the pieces of a stream with their bytes changed."""
    faults = set(fault.faults)
    middle = len(pieces) // 2
    if "bad_json" in faults:
        pieces[middle] = pieces[middle].replace(b"}\n\n", b"\n\n")
    if "no_event_names" in faults:
        pieces = [piece.split(b"\n", 1)[1] for piece in pieces]
    if "huge_line" in faults:
        pieces.insert(middle, b": " + b"x" * HUGE_LINE_BYTES + b"\n\n")
    if "crlf" in faults:
        pieces = [piece.replace(b"\n", b"\r\n") for piece in pieces]
    if "bom" in faults:
        pieces = [BOM + pieces[0], *pieces[1:]]
    if "split_utf8" in faults:
        pieces = [half for piece in pieces for half in _split_inside_character(piece)]
    return pieces


def _split_inside_character(piece: bytes) -> list[bytes]:
    """Cut after the first byte of every character that has more than one."""
    halves, start = [], 0
    for place, byte in enumerate(piece):
        if byte >= 0xC0:
            halves.append(piece[start : place + 1])
            start = place + 1
    return [*halves, piece[start:]]


def _delta_places(events: list[Event]) -> list[int]:
    return [at for at, event in enumerate(events) if event["type"] == "content_block_delta"]


def _error_frame(error: dict[str, Any], request_id: str) -> bytes:
    shown = {name: error[name] for name in ("type", "message", "details") if name in error}
    document = error_document({"message": "Overloaded"} | shown, request_id)
    return f"event: error\ndata: {compact(document)}\n\n".encode()


def _scripted_frame(item: dict[str, Any]) -> bytes:
    if "raw" in item:
        return str(item["raw"]).encode()
    data = item["data"] if isinstance(item["data"], str) else compact(item["data"])
    name = item.get("event")
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def _raw(body: Any) -> bytes:
    if body is None:
        return b""
    return (body if isinstance(body, str) else compact(body)).encode()
