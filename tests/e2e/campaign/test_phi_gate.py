"""What was tried to carry identifiers past the gate, through the whole product on sockets."""

import json
from typing import Any

import pytest

from tests.gateway_server import Pms
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
VALUE = "Maria Gonzalez SSN 123-45-6789"
TRACES = ("maria", "gonzalez", "123-45-6789", "123456789", "00123456")
PATIENT = {"name": "Maria Gonzalez", "mrn": "00123456", "ssn": "123-45-6789"}


def said(**members: Any) -> dict[str, Any]:
    block = {"type": "text", "text": "hello", **members}
    return {"messages": [{"role": "user", "content": [block]}]}


def schema(**members: Any) -> dict[str, Any]:
    return {
        "prompt": "hello there",
        "tools": [{"name": "t", "input_schema": {"type": "object", **members}}],
    }


def thought(text: str, signature: str = "eA==") -> dict[str, Any]:
    block = {"type": "thinking", "thinking": text, "signature": signature}
    return {
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [block, {"type": "text", "text": "ok"}]},
            {"role": "user", "content": "go on"},
        ]
    }


ATTEMPTS: dict[str, tuple[dict[str, Any], int]] = {
    "block id": (said(id=VALUE), 400),
    "block model": (said(model=VALUE), 400),
    "cache control": (said(cache_control={"type": "ephemeral", "x": VALUE}), 400),
    "tool name": ({"prompt": "hello", "tools": [{"name": VALUE, "input_schema": {}}]}, 400),
    "tool choice": ({"prompt": "hello", "tool_choice": {"type": "auto", "note": VALUE}}, 400),
    "forged thinking": (thought(VALUE), 422),
    "forged signature": (thought("x", "Maria/Gonzalez"), 422),
    "schema model": (schema(model=VALUE), 200),
    "schema keyword": (schema(x=VALUE), 200),
    "schema default": (schema(default={"patient": "Maria Gonzalez, MRN 00123456"}), 200),
    "schema enum": (schema(properties={"a": {"enum": [{"id": VALUE}]}}), 200),
    "whole number": ({"prompt": "hello there", "context": {"ssn": 123456789}}, 200),
    "number with a point": ({"prompt": "hello there", "context": {"ssn": 123456789.0}}, 200),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_no_place_carries_an_identifier_out(pms: Pms, sandbox: Sandbox, name: str) -> None:
    body, status = ATTEMPTS[name]
    reply = pms.route(patient=PATIENT, **body)
    assert reply.status == status, reply.body
    if status != 200:
        assert VALUE not in json.dumps(reply.body)
        assert sandbox.requests() == []
    sent = json.dumps(sandbox.requests()).lower()
    assert not [trace for trace in TRACES if trace in sent]
