"""What each field of a script may hold; a check's docstring is what a refusal says."""

from collections.abc import Callable, Iterable
from typing import Any

from routing.sandbox.book import TokenCounts

FAULTS = frozenset(
    {
        "bad_json",
        "bom",
        "crlf",
        "duplicate_message_stop",
        "gzip_bomb",
        "huge_line",
        "missing_usage",
        "no_event_names",
        "no_message_stop",
        "ping_flood",
        "reordered_index",
        "split_utf8",
        "unknown_block",
        "unknown_delta",
        "unknown_event",
        "unknown_field",
    }
)
CUT_KINDS = ("eof", "fin", "rst")
BATCH_RESULTS = ("errored", "expired", "canceled")


def _text(value: Any) -> bool:
    """must be a string"""
    return isinstance(value, str)


def _marker(value: Any) -> bool:
    """must be a string that is not empty"""
    return isinstance(value, str) and bool(value)


def _flag(value: Any) -> bool:
    """must be true or false"""
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    """must be a whole number from 1"""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _size(value: Any) -> bool:
    """must be a whole number from 0"""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _duration(value: Any) -> bool:
    """must be milliseconds from 0"""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _share(value: Any) -> bool:
    """must be a number above 0, up to 1"""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _status(value: Any) -> bool:
    """must be a status from 200 to 599"""
    return _count(value) and 200 <= value <= 599


def _headers(value: Any) -> bool:
    """must be an object of strings without line breaks"""
    return isinstance(value, dict) and all(
        isinstance(text, str) and "\r" not in text and "\n" not in text for text in value.values()
    )


def _anything(_value: Any) -> bool:
    """may be anything"""
    return True


def _object(value: Any) -> bool:
    """must be an object"""
    return isinstance(value, dict)


def _chunk_chars(value: Any) -> bool:
    """must be a whole number from 1, or a list of them"""
    return _count(value) or (isinstance(value, list) and bool(value) and all(map(_count, value)))


def _stall(value: Any) -> bool:
    """must be {"after_events": n, "ms": milliseconds}"""
    return (
        isinstance(value, dict)
        and value.keys() == {"after_events", "ms"}
        and _count(value["after_events"])
        and _duration(value["ms"])
    )


def _cut(value: Any) -> bool:
    """must be {"after_events": n} or {"after_bytes": n}, and "how": "eof", "fin" or "rst\""""
    return (
        isinstance(value, dict)
        and value.keys() <= {"after_events", "after_bytes", "how"}
        and len(value.keys() & {"after_events", "after_bytes"}) == 1
        and all(_size(value[name]) for name in value if name != "how")
        and value.get("how", "fin") in CUT_KINDS
    )


def _events(value: Any) -> bool:
    """must be a list of {"event": text or null, "data": any} or {"raw": text}"""
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and (item.keys() == {"raw"} or item.keys() in ({"event", "data"}, {"data"}))
        for item in value
    )


def _error_event(value: Any) -> bool:
    """must be {"type": text, "message": text, "details": object, "after_events": n}"""
    return (
        isinstance(value, dict)
        and value.keys() <= {"type", "message", "details", "after_events"}
        and isinstance(value.get("type"), str)
        and _size(value.get("after_events", 0))
    )


def _faults(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(n, str) and n in FAULTS for n in value)


def _tool(value: Any) -> bool:
    """must be {"name": text, "input": object}"""
    return (
        isinstance(value, dict)
        and value.keys() == {"name", "input"}
        and isinstance(value["name"], str)
        and isinstance(value["input"], dict)
    )


def _bill(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= set(TokenCounts.__slots__)
        and all(map(_size, value.values()))
    )


def _batch_result(value: Any) -> bool:
    return value in BATCH_RESULTS


def _one_of(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


_faults.__doc__ = f"must be a list of these: {_one_of(FAULTS)}"
_bill.__doc__ = f"must be an object of token counts: {_one_of(TokenCounts.__slots__)}"
_batch_result.__doc__ = f"must be one of {_one_of(BATCH_RESULTS)}"

CHECKS: dict[str, Callable[[Any], bool]] = {
    "nonce": _marker,
    "model": _marker,
    "path": _marker,
    "next": _count,
    "share": _share,
    "status": _status,
    "headers": _headers,
    "body": _anything,
    "content_length": _size,
    "latency_ms": _duration,
    "first_byte_ms": _duration,
    "chunk_ms": _duration,
    "chunk_bytes": _count,
    "chunk_chars": _chunk_chars,
    "stall": _stall,
    "cut": _cut,
    "events": _events,
    "error_event": _error_event,
    "faults": _faults,
    "text": _text,
    "echo": _flag,
    "tool": _tool,
    "stop_reason": _text,
    "stop_details": _object,
    "answer_model": _text,
    "request_id": _text,
    "usage": _object,
    "bill": _bill,
    "billed": _flag,
    "batch_ms": _duration,
    "batch_result": _batch_result,
}
