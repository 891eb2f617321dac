"""Message batches: accepted at once, answered together after a fixed delay, at half the price.

Items are generated and billed when the delay is over, one line each; canceled, expired and
errored items cost nothing. Results come in reverse order, since their order means nothing.
"""

from datetime import UTC, datetime
from typing import Any

from routing.sandbox import messages
from routing.sandbox.batch import Batch
from routing.sandbox.calls import Answer, Call, as_json
from routing.sandbox.problems import Problem, error_body, invalid, not_found
from routing.sandbox.state import State
from routing.sandbox.tokens import compact
from routing.sandbox.validate import check, check_version

LIFETIME_SECONDS = 24 * 3600
ITEMS_MAX = 100_000
OUTCOMES = ("succeeded", "errored", "canceled", "expired")


def settle(state: State) -> None:
    """End every batch whose time has come."""
    now = state.clock()
    for batch in state.batches.values():
        if batch.ended_at is None and (batch.canceled_at or batch.due_at <= now):
            batch.results = [_result(state, batch, item) for item in reversed(batch.items)]
            batch.ended_at = now


def create(state: State, call: Call, key: str) -> Answer:
    """Accept a batch."""
    version = check_version(call.header(b"anthropic-version"))
    items = _checked(messages.parsed(call.body))
    fault = state.script.match("/v1/messages/batches", call.body, "")
    delay = fault.batch_ms if fault and fault.batch_ms is not None else state.options.batch_ms
    now = state.clock()
    batch = Batch(
        id=call.request_id.replace("req_", "msgbatch_", 1),
        key=key,
        call=call,
        items=items,
        version=version,
        created_at=now,
        due_at=now + delay / 1000,
    )
    state.batches[batch.id] = batch
    return as_json(_shown(batch, call))


def retrieve(state: State, call: Call, key: str, batch_id: str) -> Answer:
    """Show one batch."""
    return as_json(_shown(_find(state, batch_id, key), call))


def cancel(state: State, call: Call, key: str, batch_id: str) -> Answer:
    """Cancel what has not ended; the batch shows as ended from the next look on."""
    batch = _find(state, batch_id, key)
    if batch.ended_at is None:
        batch.canceled_at = state.clock()
    return as_json(_shown(batch, call))


def delete(state: State, call: Call, key: str, batch_id: str) -> Answer:
    """Delete an ended batch."""
    batch = _find(state, batch_id, key)
    if batch.ended_at is None:
        raise invalid("Message Batch cannot be deleted while it is in progress")
    del state.batches[batch_id]
    return as_json({"id": batch_id, "type": "message_batch_deleted"})


def results(state: State, call: Call, key: str, batch_id: str) -> Answer:
    """Return the results, one JSON line each."""
    batch = _find(state, batch_id, key)
    if batch.ended_at is None:
        raise not_found(f"Message Batch {batch_id} has no available results")
    lines = [compact(row).encode() + b"\n" for row in batch.results]
    return Answer(200, lines, content_type=b"application/x-jsonl", is_stream=True)


def listing(state: State, call: Call, key: str, query: dict[str, str]) -> Answer:
    """Return a page of this key's batches, newest first."""
    own = [batch for batch in reversed(state.batches.values()) if batch.key == key]
    return as_json(page([_shown(batch, call) for batch in own], query))


def page(rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """Return the part of a list that `limit`, `after_id` and `before_id` name."""
    limit = _limit(query.get("limit", "20"))
    ids = [row["id"] for row in rows]
    start, end = 0, len(rows)
    if (after := query.get("after_id")) in ids:
        start = ids.index(after) + 1
    if (before := query.get("before_id")) in ids:
        end = ids.index(before)
        start = max(start, end - limit)
    chosen = rows[start:end][:limit]
    more = start > 0 if before in ids else start + limit < end
    return {
        "data": chosen,
        "has_more": more,
        "first_id": chosen[0]["id"] if chosen else None,
        "last_id": chosen[-1]["id"] if chosen else None,
    }


def _find(state: State, batch_id: str, key: str) -> Batch:
    batch = state.batches.get(batch_id)
    if batch is None or batch.key != key:
        raise not_found(f"Message Batch {batch_id} not found")
    return batch


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise invalid("limit: Input should be between 1 and 1000")
    return int(text)


def _checked(body: Any) -> list[dict[str, Any]]:
    items = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise invalid("requests: at least one request is required")
    if len(items) > ITEMS_MAX:
        raise invalid(f"requests: at most {ITEMS_MAX} requests are allowed")
    seen: set[str] = set()
    for place, item in enumerate(items):
        name = item.get("custom_id") if isinstance(item, dict) else None
        if not isinstance(name, str) or not 1 <= len(name) <= 64:
            raise invalid(f"requests.{place}.custom_id: String should have 1 to 64 characters")
        if name in seen:
            raise invalid(f"requests.{place}.custom_id: duplicate custom_id {name}")
        if not isinstance(item.get("params"), dict):
            raise invalid(f"requests.{place}.params: Field required")
        seen.add(name)
    return items


def _result(state: State, batch: Batch, item: dict[str, Any]) -> dict[str, Any]:
    """Return the result of one item, billed if it succeeded."""
    params = item["params"]
    raw = compact(params).encode()
    fault = state.script.match("/v1/messages", raw, str(params.get("model")))
    kind = fault.batch_result if fault else None
    if batch.canceled_at is not None:
        kind = "canceled"
    elif state.clock() >= batch.created_at + LIFETIME_SECONDS:
        kind = "expired"
    if kind in ("canceled", "expired"):
        return {"custom_id": item["custom_id"], "result": {"type": kind}}
    request_id = state.next_request_id()
    try:
        if kind == "errored":
            raise Problem(500, "Internal server error")
        model = check(params, models=state.models, version=batch.version)
        reply, counts = messages.generate(state, params, model, key=batch.key, fault=fault, raw=raw)
    except Problem as problem:
        error = messages.parsed(error_body(problem.status, problem.message, request_id))
        result = {"type": "errored", "error": error}
    else:
        call = Call(batch.call.scope, raw, batch.call.n, request_id, model.id)
        messages.bill(state, call, model, counts, outcome="completed", batch=True)
        document = messages.message(request_id, model, reply, counts, batch=True)
        result = {"type": "succeeded", "message": document}
    return {"custom_id": item["custom_id"], "result": result}


def _shown(batch: Batch, call: Call) -> dict[str, Any]:
    counts = {name: batch.count(name) for name in OUTCOMES}
    status = "ended" if batch.ended_at is not None else "in_progress"
    if batch.ended_at is None and batch.canceled_at is not None:
        status = "canceling"
    waiting = len(batch.items) if batch.ended_at is None else 0
    address = f"http://{call.header(b'host')}/v1/messages/batches/{batch.id}/results"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": {"processing": waiting} | counts,
        "created_at": _timestamp(batch.created_at),
        "expires_at": _timestamp(batch.created_at + LIFETIME_SECONDS),
        "ended_at": _timestamp(batch.ended_at),
        "cancel_initiated_at": _timestamp(batch.canceled_at),
        "archived_at": None,
        "results_url": address if batch.ended_at is not None else None,
    }


def _timestamp(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
