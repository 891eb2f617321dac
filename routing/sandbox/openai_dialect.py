"""OpenAI's chat completions: what OpenAI, Ollama and vLLM have in common."""

from collections.abc import Iterator
from typing import Any

from routing.sandbox import chat_prompt, messages, wreck
from routing.sandbox.anthropic_dialect import api_key
from routing.sandbox.book import TokenCounts
from routing.sandbox.calls import EVENT_STREAM, Answer, Call, as_json
from routing.sandbox.catalog import Model
from routing.sandbox.problems import MESSAGE_BY_TYPE, TYPE_BY_STATUS, Problem, invalid, not_found
from routing.sandbox.replies import Block, Reply
from routing.sandbox.script import Fault
from routing.sandbox.sse import deltas
from routing.sandbox.state import State
from routing.sandbox.tokens import compact

PREFIXES = ("/openai/v1/", "/v1/chat/")
COMPLETIONS = "/v1/chat/completions"
MODELS = "/v1/models"
ANTHROPICS_HEADERS = (b"anthropic-version", b"x-api-key")
DONE = b"data: [DONE]\n\n"
CREATED = 1_767_225_600  # the same for all answers, so that they are pure functions of the question
FINISHED = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def is_asked(call: Call) -> bool:
    """Return whether a call is made in this dialect: by its path, or for the list of models, which
    both have at the same one, by the lack of Anthropic's headers."""
    if call.path == MODELS:
        return not any(call.header(name) for name in ANTHROPICS_HEADERS)
    return call.path.startswith(PREFIXES)


def answer(state: State, call: Call) -> Answer:
    """Answer a call; a refused completion has a line of zero in the book."""
    path = call.path.removeprefix("/openai")
    try:
        api_key(call)
        if (call.method, path) == ("POST", COMPLETIONS):
            return _completion(state, call)
        if (call.method, path) == ("GET", MODELS):
            return as_json({"object": "list", "data": [_model(m) for m in _models(state)]})
        raise not_found("Unknown request URL.")
    except Problem as problem:
        refused = problem
    except (UnicodeEncodeError, RecursionError, KeyError, TypeError, AttributeError):
        refused = invalid("The body of the request has not the form that was expected.")
    if call.method == "POST" and path == COMPLETIONS:
        messages.write_off(state, call)
    return error(refused.status, refused.message)


def error(status: int, message: str | None = None) -> Answer:
    """Return an answer in OpenAI's error schema."""
    kind = TYPE_BY_STATUS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    said = message or MESSAGE_BY_TYPE.get(kind, kind.replace("_", " "))
    document = {"message": said, "type": kind, "param": None, "code": None}
    return Answer(status, [compact({"error": document}).encode()])


def _completion(state: State, call: Call) -> Answer:
    """Answer a completion; its line is in the book before this returns."""
    body = messages.parsed(call.body)
    named = str(body.get("model")) if isinstance(body, dict) else ""
    fault = state.script.match(COMPLETIONS, call.body, named)
    if fault and not fault.is_billed:
        messages.write_off(state, call)
        return _canned(fault, call.request_id)
    model, asked = chat_prompt.read(body, state.chat_models)
    call.model = model.id
    reply, counts = messages.generate(
        state, asked, model, key="", fault=fault, raw=compact(asked).encode()
    )
    messages.bill(state, call, model, counts, outcome="faulted" if fault else "completed")
    if fault and fault.is_canned:
        return _canned(fault, call.request_id)
    head = _head(call, model, fault)
    if body.get("stream"):
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        return _stream(head, reply, _usage(counts, fault), fault, wants_usage=wants_usage)
    document = head | {"object": "chat.completion", "choices": [_choice(reply)]}
    usage = _usage(counts, fault)
    return wreck.plain(as_json(document | ({} if usage is None else {"usage": usage})), fault)


def _canned(fault: Fault, request_id: str) -> Answer:
    if fault.events is None and fault.body is None and (fault.status or 200) >= 400:
        found = error(fault.status or 500)
        found.fault = fault
        return found
    return wreck.canned(fault, request_id)


def _head(call: Call, model: Model, fault: Fault | None) -> dict[str, Any]:
    head: dict[str, Any] = {
        "id": call.request_id.replace("req_", "chatcmpl-", 1),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": (fault and fault.answer_model) or model.id,
        "system_fingerprint": "fp_sandbox",
    }
    return head | {"novelty": 3} if fault and "unknown_field" in fault.faults else head


def _choice(reply: Reply) -> dict[str, Any]:
    text = "".join(block.text for block in reply.blocks if block.kind == "text")
    calls = [_call(block) for block in reply.blocks if block.kind == "tool_use"]
    said: dict[str, Any] = {"role": "assistant", "content": text or (None if calls else "")}
    if calls:
        said["tool_calls"] = calls
    finished = FINISHED.get(reply.stop_reason, reply.stop_reason)
    return {"index": 0, "message": said, "logprobs": None, "finish_reason": finished}


def _call(block: Block) -> dict[str, Any]:
    function = {"name": block.tool_name, "arguments": block.text}
    return {"id": _call_id(block), "type": "function", "function": function}


def _call_id(block: Block) -> str:
    return block.tool_id.replace("toolu_", "call_", 1)


def _usage(counts: TokenCounts, fault: Fault | None) -> dict[str, Any] | None:
    """Return the usage; here the prompt's tokens include those that a cache held."""
    if fault and "missing_usage" in fault.faults:
        return None
    cached = counts.cache_read_input_tokens
    prompt = counts.input_tokens + cached
    said: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": counts.output_tokens,
        "total_tokens": prompt + counts.output_tokens,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": counts.thinking_tokens},
    }
    return said | ((fault and fault.usage) or {})


def _stream(
    head: dict[str, Any],
    reply: Reply,
    usage: dict[str, Any] | None,
    fault: Fault | None,
    *,
    wants_usage: bool,
) -> Answer:
    """Return the answer in chunks, with what a script does to it."""
    sizes = fault.chunk_chars if fault else None
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        for delta in _deltas(reply, sizes)
    ]
    finished = FINISHED.get(reply.stop_reason, reply.stop_reason)
    choices.append({"index": 0, "delta": {}, "logprobs": None, "finish_reason": finished})
    chunks = [head | {"choices": [choice]} for choice in choices]
    if wants_usage and usage is not None:
        chunks.append(head | {"choices": [], "usage": usage})
    pieces = [b"data: " + compact(chunk).encode() + b"\n\n" for chunk in chunks]
    pieces.append(DONE)
    if fault:
        pieces = _wrecked(pieces, fault)
    return Answer(200, pieces, content_type=EVENT_STREAM, fault=fault, is_stream=True)


def _deltas(reply: Reply, sizes: list[int] | None) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    calls = 0
    for block in reply.blocks:
        if block.kind == "text":
            for delta in deltas(block, sizes):
                yield {"content": delta["text"]}
        elif block.kind == "tool_use":
            begun = {"index": calls, "id": _call_id(block), "type": "function"}
            yield {"tool_calls": [begun | {"function": {"name": block.tool_name, "arguments": ""}}]}
            for delta in deltas(block, sizes):
                function = {"arguments": delta["partial_json"]}
                yield {"tool_calls": [{"index": calls, "function": function}]}
            calls += 1


def _wrecked(pieces: list[bytes], fault: Fault) -> list[bytes]:
    """Change the chunks of a stream; the names are those of the other dialect's faults."""
    if "no_message_stop" in fault.faults:
        pieces = pieces[:-1]
    if "duplicate_message_stop" in fault.faults:
        pieces = [*pieces, DONE]
    if "unknown_event" in fault.faults:
        pieces = [b": nothing to say\n\n", *pieces]
    if fault.error_event is not None:
        shown = {name: fault.error_event.get(name) for name in ("message", "type", "code")}
        said = compact({"error": {**shown, "param": None}})
        place = fault.error_event.get("after_events", 3)
        pieces = [*pieces[:place], b"data: " + said.encode() + b"\n\n"]
    return wreck.rewritten(pieces, fault)


def _models(state: State) -> list[Model]:
    return list(state.chat_models.values())


def _model(model: Model) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": CREATED, "owned_by": "sandbox"}
