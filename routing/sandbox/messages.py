"""`POST /v1/messages` and `/v1/messages/count_tokens`: validate, answer, bill, render."""

import json
import re
from hashlib import sha256
from typing import Any

from routing.sandbox import prompt, replies, sse, wreck
from routing.sandbox.book import TokenCounts
from routing.sandbox.calls import EVENT_STREAM, Answer, Call, as_json
from routing.sandbox.catalog import Model
from routing.sandbox.problems import invalid
from routing.sandbox.replies import Reply
from routing.sandbox.script import Fault
from routing.sandbox.state import State
from routing.sandbox.tokens import compact, prompt_tokens
from routing.sandbox.validate import check, check_version

NONCE = re.compile(rb"nonce[-:=]([0-9A-Za-z_.-]{1,64})")


def create(state: State, call: Call, key: str) -> Answer:
    """Answer a Messages call; its line is in the book before this returns."""
    body = parsed(call.body)
    fault = state.script.match(call.path, call.body, _named_model(body))
    if fault and not fault.is_billed:
        write_off(state, call)
        return wreck.canned(fault, call.request_id)
    version = check_version(call.header(b"anthropic-version"))
    model = check(body, models=state.models, version=version)
    call.model = model.id
    reply, counts = generate(state, body, model, key=key, fault=fault, raw=call.body)
    bill(state, call, model, counts, outcome="faulted" if fault else "completed")
    if fault and fault.is_canned:
        return wreck.canned(fault, call.request_id)
    return _rendered(call, body, model, reply, counts, fault)


def count(state: State, call: Call) -> Answer:
    """Answer how many input tokens a body has; free of charge."""
    body = parsed(call.body)
    version = check_version(call.header(b"anthropic-version"))
    check(body, models=state.models, version=version, counting=True)
    return as_json({"input_tokens": min(prompt_tokens(body), len(call.body))})


def generate(
    state: State,
    body: dict[str, Any],
    model: Model,
    *,
    key: str,
    fault: Fault | None,
    raw: bytes,
) -> tuple[Reply, TokenCounts]:
    """Return the answer to a valid body and the true token counts, which are what is billed."""
    if b"cache_control" in raw:
        counts = state.cache.account(body, model=model, key=key)
    else:
        counts = TokenCounts(input_tokens=prompt_tokens(body))
    _check_size(counts, model)
    counts.input_tokens = max(0, min(counts.input_tokens, len(raw)))
    reply = replies.compose(prompt.read(body, model), fault)
    counts.output_tokens = reply.output_tokens
    counts.thinking_tokens = reply.thinking_tokens
    if reply.stop_reason == "refusal" and not reply.blocks:
        counts = TokenCounts()  # refused before any output: free of charge
    if fault and fault.bill:
        for name, value in fault.bill.items():
            setattr(counts, name, value)
    return reply, counts


def bill(
    state: State,
    call: Call,
    model: Model,
    counts: TokenCounts,
    *,
    outcome: str,
    batch: bool = False,
) -> None:
    """Write the line of one answer that costs something."""
    prices = state.batch_prices if batch else state.prices
    facts = line_facts(state, call, outcome) | {"model": model.id, "batch": batch}
    state.book.write(facts, counts, counts.cost(prices[model.id]))


def write_off(state: State, call: Call) -> None:
    """Write the line of a call that costs nothing."""
    state.book.write(line_facts(state, call, "rejected"), TokenCounts(), 0)


def line_facts(state: State, call: Call, outcome: str) -> dict[str, Any]:
    """Return what a line says beside tokens and money."""
    return {
        "request_n": call.n,
        "request_id": call.request_id,
        "client_request_id": call.header(b"x-client-request-id"),
        "body_sha256": sha256(call.body).hexdigest(),
        "nonce": _nonce(state, call.body),
        "model": call.model,
        "batch": False,
        "outcome": outcome,
    }


def message(
    request_id: str, model: Model, reply: Reply, counts: TokenCounts, *, batch: bool = False
) -> dict[str, Any]:
    """Return a whole message as the API shows it."""
    return {
        "id": request_id.replace("req_", "msg_", 1),
        "type": "message",
        "role": "assistant",
        "model": model.id,
        "content": [block.wire() for block in reply.blocks],
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "usage": usage(counts, tier="batch" if batch else "standard"),
    }


def usage(counts: TokenCounts, *, tier: str = "standard") -> dict[str, Any]:
    """Return the usage a message reports."""
    short = counts.cache_creation_5m_input_tokens
    long = counts.cache_creation_1h_input_tokens
    return {
        "input_tokens": counts.input_tokens,
        "cache_creation_input_tokens": short + long,
        "cache_read_input_tokens": counts.cache_read_input_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": short,
            "ephemeral_1h_input_tokens": long,
        },
        "output_tokens": counts.output_tokens,
        "output_tokens_details": {"thinking_tokens": counts.thinking_tokens},
        "service_tier": tier,
        "inference_geo": "global",
    }


def parsed(body: bytes) -> Any:
    """Return the body's JSON; raises Problem if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON") from None


def _rendered(
    call: Call,
    body: dict[str, Any],
    model: Model,
    reply: Reply,
    counts: TokenCounts,
    fault: Fault | None,
) -> Answer:
    """Return the answer as JSON or as a stream, with what the script does to it."""
    document = message(call.request_id, model, reply, counts)
    if fault:
        wreck.alter_message(document, fault)
    if not body.get("stream"):
        return wreck.plain(Answer(200, [compact(document).encode()]), fault)
    start, last = _streamed_usage(document)
    stream = sse.events(start, reply, usage=last, chunk_chars=fault.chunk_chars if fault else None)
    if fault:
        return wreck.stream(list(stream), fault, call.request_id)
    pieces = [sse.frame(event) for event in stream]
    return Answer(200, pieces, content_type=EVENT_STREAM, is_stream=True)


def _streamed_usage(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the message as message_start shows it and the usage of message_delta."""
    start = document | {"content": [], "stop_reason": None, "stop_sequence": None}
    said = document.get("usage")
    if said is None:
        return start, None
    if _is_true(said):
        start["usage"] = said | {"output_tokens": min(said["output_tokens"], 1)}
    hidden = ("cache_creation", "service_tier", "inference_geo")
    return start, {name: value for name, value in said.items() if name not in hidden}


def _is_true(said: dict[str, Any]) -> bool:
    return isinstance(said.get("output_tokens"), int) and said["output_tokens"] >= 0


def _check_size(counts: TokenCounts, model: Model) -> None:
    total = (
        counts.input_tokens
        + counts.cache_read_input_tokens
        + counts.cache_creation_5m_input_tokens
        + counts.cache_creation_1h_input_tokens
    )
    if total > model.max_input_tokens:
        raise invalid(f"prompt is too long: {total} tokens > {model.max_input_tokens} maximum")


def _named_model(body: Any) -> str:
    name = body.get("model") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""


def _nonce(state: State, body: bytes) -> str | None:
    """Return a scripted nonce in the body, or what follows `nonce-`, `nonce:` or `nonce=`."""
    found = state.script.nonce_in(body)
    if found is None and (match := NONCE.search(body)):
        found = match[1].decode()
    return found
