"""Anthropic's models on Bedrock and Vertex: the Messages API behind other addresses and frames.

A call is turned into one of the Messages API, so scripts, prices and the bill are the same; its
path in scripts is `/v1/messages`. Bedrock's answers come in Amazon's binary event stream.
"""

import base64
import json
import re
import struct
import zlib
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from routing.sandbox import messages
from routing.sandbox.calls import EVENT_STREAM, Answer, Call, as_error
from routing.sandbox.problems import Problem, invalid
from routing.sandbox.state import State
from routing.sandbox.tokens import compact

BEDROCK_PREFIX = "/model/"
VERTEX_PREFIX = "/v1/projects/"
BEDROCK = re.compile(r"/model/([^/]+)/(invoke|invoke-with-response-stream)")
VERTEX = re.compile(
    r"/v1/projects/[^/]+/locations/[^/]+/publishers/anthropic/models/([^/]+):(rawPredict|streamRawPredict)"
)
VERTEX_VERSION = "vertex-2023-10-16"
COUNTER = "count-tokens"  # in the place of a model
FRAMES = b"application/vnd.amazon.eventstream"
SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[a-z0-9-]+/bedrock/aws4_request, "
    r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}"
)


def bedrock(state: State, call: Call) -> Answer:
    """Answer a call as Bedrock does."""
    found = BEDROCK.fullmatch(unquote(call.path))
    name = re.sub(r"^.*anthropic\.|-v\d+(:\d+)?$", "", found[1]) if found else ""
    answer = _answer(
        state, call, name, "bedrock-2023-05-31", is_stream=bool(found and found[2][6:])
    )
    if answer.content_type != EVENT_STREAM or not answer.is_stream:
        return answer
    return replace(answer, pieces=[framed(p) for p in answer.pieces], content_type=FRAMES)


def vertex(state: State, call: Call) -> Answer:
    """Answer a call as Vertex does."""
    found = VERTEX.fullmatch(unquote(call.path))
    name = found[1].replace("@", "-") if found else ""
    if name == COUNTER:
        return _count(state, call)
    is_stream = bool(found) and found is not None and found[2] == "streamRawPredict"
    return _answer(state, call, name, VERTEX_VERSION, is_stream=is_stream)


def _answer(state: State, call: Call, model: str, version: str, *, is_stream: bool) -> Answer:
    """Return the answer to the same question, asked in the Messages API."""
    try:
        _check_caller(call)
        inner = _as_messages(call, model, version, is_stream=is_stream)
        return messages.create(state, inner, "cloud")
    except Problem as problem:
        messages.write_off(state, call)
        return as_error(problem.status, problem.message, call.request_id)


def _count(state: State, call: Call) -> Answer:
    """Answer how many input tokens a body has that names its model, as Vertex does."""
    try:
        _check_caller(call)
        body = messages.parsed(call.body)
        if not isinstance(body, dict) or body.pop("anthropic_version", None) != VERTEX_VERSION:
            raise invalid("anthropic_version: Field required")
        body["model"] = str(body.get("model", "")).replace("@", "-")
        return messages.count(state, _inner(call, body, "/v1/messages/count_tokens"))
    except Problem as problem:
        return as_error(problem.status, problem.message, call.request_id)


def _check_caller(call: Call) -> None:
    """Take a bearer of anything, or what has the form of Amazon's signature."""
    header = call.header(b"authorization") or ""
    is_signed = SIGNATURE.fullmatch(header) and call.header(b"x-amz-date")
    if not is_signed and not header.startswith("Bearer "):
        raise Problem(403, "The request is not signed.")


def _as_messages(call: Call, model: str, version: str, *, is_stream: bool) -> Call:
    body = messages.parsed(call.body)
    if not isinstance(body, dict) or body.pop("anthropic_version", None) != version:
        raise invalid("anthropic_version: Field required")
    if "model" in body:
        raise invalid("model: Extra inputs are not permitted")
    if call.path.startswith(BEDROCK_PREFIX) and not _are_words(body.pop("anthropic_beta", [])):
        raise invalid("anthropic_beta: Input should be a valid list of strings")
    body |= {"model": model} | ({"stream": True} if is_stream else {})
    return _inner(call, body, "/v1/messages")


def _inner(call: Call, body: dict[str, Any], path: str) -> Call:
    """Return a call of the Messages API with this body."""
    headers = [*call.scope["headers"], (b"anthropic-version", b"2023-06-01")]
    scope = {**call.scope, "path": path, "headers": headers}
    return Call(scope, compact(body).encode(), call.n, call.request_id)


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def framed(piece: bytes) -> bytes:
    """Return a server-sent event as a frame; an error is an exception there."""
    data = b"\n".join(
        line.removeprefix(b"data: ") for line in piece.splitlines() if line.startswith(b"data:")
    )
    if piece.startswith(b"event: error"):
        error = json.loads(data)["error"]
        headers = {":message-type": "exception", ":exception-type": error["type"]}
        return frame(headers, compact({"message": error.get("message", "")}).encode())
    headers = {
        ":event-type": "chunk",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return frame(headers, compact({"bytes": base64.b64encode(data).decode(), "p": "ab"}).encode())


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """Return one frame of Amazon's event stream."""
    named = [(name.encode(), text.encode()) for name, text in headers.items()]
    raw = b"".join(
        struct.pack(">B", len(name)) + name + b"\7" + struct.pack(">H", len(text)) + text
        for name, text in named
    )
    prelude = struct.pack(">II", 16 + len(raw) + len(payload), len(raw))
    whole = prelude + struct.pack(">I", zlib.crc32(prelude)) + raw + payload
    return whole + struct.pack(">I", zlib.crc32(whole))
