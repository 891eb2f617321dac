"""The control plane under /_sandbox/: what came in, what it cost, and what is to go wrong."""

import csv
import io
from typing import Any

from routing.sandbox import batches, messages
from routing.sandbox.anthropic_dialect import query
from routing.sandbox.calls import Answer, Call, as_error, as_json
from routing.sandbox.problems import Problem, invalid, not_found
from routing.sandbox.state import State

PREFIX = "/_sandbox/"


def answer(state: State, call: Call) -> Answer:
    """Answer a call of a test or an operator; no key is needed."""
    try:
        return _route(state, call)
    except Problem as problem:
        return as_error(problem.status, problem.message, call.request_id)


def _route(state: State, call: Call) -> Answer:
    match call.method, call.path.removeprefix(PREFIX):
        case "GET", "health":
            return as_json(
                {"status": "ok", "requests": state.inbox.count, "lines": len(state.book)}
            )
        case "GET", "requests":
            return _requests(state, query(call))
        case "GET", "book":
            return _book(state, query(call))
        case "GET", "script":
            return as_json({"rules": [_rule(rule) for rule in state.script.rules]})
        case "POST", "script":
            return as_json({"added": state.script.add(messages.parsed(call.body))})
        case "POST", "clock":
            return _move_clock(state, messages.parsed(call.body))
        case "POST", "release":
            state.release()
            return as_json({"status": "ok"})
        case "POST", "reset":
            state.reset()
            return as_json({"status": "ok"})
    raise not_found(f"{call.method} {call.path}: no such control")


def _requests(state: State, asked: dict[str, str]) -> Answer:
    rows = state.inbox.show(since=_number(asked, "since") or 0, limit=_number(asked, "limit"))
    return as_json({"requests": rows, "received": state.inbox.count})


def _book(state: State, asked: dict[str, str]) -> Answer:
    batches.settle(state)
    rows = state.book.lines(since=_number(asked, "since") or 0, limit=_number(asked, "limit"))
    wanted = {name: asked[name] for name in FILTERS if name in asked}
    lines = [row for row in rows if all(row[name] == wanted[name] for name in wanted)]
    if asked.get("format") == "csv":
        return Answer(200, [_csv(lines)], content_type=b"text/csv; charset=utf-8")
    totals = {"lines": len(state.book)} | state.book.totals
    return as_json({"lines": lines, "totals": totals})


def _move_clock(state: State, document: Any) -> Answer:
    """Move the clock that caches and batches go by forward."""
    step = document.get("advance_seconds") if isinstance(document, dict) else None
    if not isinstance(step, int | float) or step < 0 or len(document) > 1:
        raise invalid("advance_seconds: must be seconds from 0")
    state.clock.ahead_seconds += step
    return as_json({"ahead_seconds": state.clock.ahead_seconds})


def _rule(rule: Any) -> dict[str, Any]:
    """Show a rule without what it leaves alone."""
    values = {name: getattr(rule, name) for name in rule.__slots__}
    return {name: value for name, value in values.items() if value not in (None, [], {}, False)}


def _csv(lines: list[dict[str, Any]]) -> bytes:
    page = io.StringIO()
    if lines:
        writer = csv.DictWriter(page, fieldnames=list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return page.getvalue().encode()


def _number(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise invalid(f"{name}: must be a whole number from 0")
    return int(text)


FILTERS = ("nonce", "request_id", "client_request_id", "body_sha256", "model", "outcome")
