"""Places the protocol has hold what the protocol writes: nothing readable leaves through them."""

import base64
import gc
import json
import random
import weakref
from dataclasses import replace
from typing import Any

import pytest

from phi import egress
from phi.document import Leaf, walk
from phi.errors import EgressDenied, PhiBlocked
from phi.known import identifiers_of
from phi.rehydrate import rehydrate
from phi.sanitize import sanitize
from tests.phi.cast import KEY, KNOWN, POLICY

VALUE = "Maria Gonzalez SSN 123-45-6789"
NAMED = identifiers_of([{"name": "Maria Gonzalez"}])
OPEN_POLICY = replace(POLICY, allows_images=True, allows_documents=True)
SIGNATURE = base64.b64encode(bytes(range(192))).decode()


def user(*blocks: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(blocks)}]}


def tool(**members: Any) -> dict[str, Any]:
    schema = {"type": "object", **members}
    return {"messages": [], "tools": [{"name": "t", "input_schema": schema}]}


def text(**members: Any) -> dict[str, Any]:
    return user({"type": "text", "text": "hello", **members})


def thought(**members: Any) -> dict[str, Any]:
    block = {"type": "thinking", "thinking": "Let me see.", "signature": SIGNATURE, **members}
    return {"messages": [{"role": "assistant", "content": [block]}]}


IMAGE = {"type": "base64", "media_type": "image/png", "data": SIGNATURE}
REPLACED: dict[str, dict[str, Any]] = {
    "text id": text(id=VALUE),
    "text model": text(model=VALUE),
    "text role": text(role=VALUE),
    "cache control": text(cache_control={"type": "ephemeral", "x": VALUE}),
    "cache control ttl": text(cache_control={"type": "ephemeral", "ttl": VALUE}),
    "cache control name": text(cache_control={VALUE: "ephemeral"}),
    "member name": text(**{VALUE: 1}),
    "citations": text(citations=[{"type": "char_location", "document_title": VALUE}]),
    "role": {"messages": [{"role": VALUE, "content": "hello"}]},
    "stop reason": {"messages": [{"role": "user", "content": "x", "stop_reason": VALUE}]},
    "model": {"messages": [], "model": VALUE},
    "choice": {"messages": [], "tool_choice": {"type": "auto", "note": VALUE}},
    "choice name": {"messages": [], "tool_choice": {"type": "tool", "name": VALUE}},
    "choice type": {"messages": [], "tool_choice": {"type": VALUE}},
    "tool name": {"messages": [], "tools": [{"name": VALUE, "input_schema": {}}]},
    "tool type": {"messages": [], "tools": [{"name": "t", "type": VALUE, "input_schema": {}}]},
    "use id": user({"type": "tool_use", "id": VALUE, "name": "t", "input": {}}),
    "use name": user({"type": "tool_use", "id": "a", "name": VALUE, "input": {}}),
    "server": user({"type": "mcp_tool_use", "id": "a", "name": "t", "server_name": VALUE}),
    "result id": user({"type": "tool_result", "tool_use_id": VALUE, "content": "x"}),
    "result error": user({"type": "tool_result", "tool_use_id": "a", "is_error": VALUE}),
    "image media": user({"type": "image", "source": {**IMAGE, "media_type": VALUE}}),
    "image data": user({"type": "image", "source": {**IMAGE, "data": VALUE}}),
    "image source": user({"type": "image", "source": {**IMAGE, "note": VALUE}}),
    "image member": user({"type": "image", "source": IMAGE, "id": VALUE}),
    "document title": user({"type": "document", "source": IMAGE, "title": VALUE}),
    "document media": user(
        {"type": "document", "source": {"type": "text", "media_type": VALUE, "data": "x"}}
    ),
    "schema model": tool(model=VALUE),
    "schema unknown": tool(x=VALUE),
    "schema type": tool(properties={"a": {"type": VALUE}}),
    "schema type list": tool(properties={"a": {"type": ["string", VALUE]}}),
    "schema format": tool(properties={"a": {"type": "string", "format": VALUE}}),
    "schema id": tool(**{"$id": VALUE}),
    "schema reference": tool(properties={"a": {"$ref": VALUE}}),
    "schema default": tool(default={"patient": VALUE, "id": VALUE, "type": VALUE}),
    "schema const": tool(properties={"a": {"const": {"model": VALUE}}}),
    "schema enum": tool(properties={"a": {"enum": [{"role": VALUE}, VALUE]}}),
    "schema examples": tool(examples=[{"signature": VALUE}]),
    "schema required": tool(required=[VALUE]),
    "schema property": tool(properties={VALUE: {"type": "string"}}),
    "schema definition": tool(**{"$defs": {VALUE: {"type": "string"}}}),
    "schema keyword": tool(**{VALUE: True}),
    "schema minimum": tool(properties={"a": {"minimum": VALUE}}),
    "answer format": {
        "messages": [],
        "output_format": {"type": "json_schema", "schema": {"default": {"id": VALUE}}},
    },
    "format name": {"messages": [], "response_format": {"type": VALUE, "name": VALUE}},
    "context": {"messages": [], "context": {"type": VALUE, "id": VALUE, "role": VALUE}},
}
REFUSED: dict[str, dict[str, Any]] = {
    "thinking": thought(thinking=VALUE),
    "thinking signature": thought(signature=VALUE),
    "short signature": thought(signature="Maria/Gonzalez"),
    "thinking member": thought(id=VALUE),
    "no text": thought(thinking={"a": VALUE}),
    "redacted": user({"type": "redacted_thinking", "data": VALUE}),
    "unknown identifier": thought(thinking="The patient, born 3/4/1980, MRN 482913."),
    "image address": user(
        {"type": "image", "source": {"type": "url", "url": "https://x.example/Maria/Gonzalez.png"}}
    ),
}


@pytest.mark.parametrize("place", REPLACED)
def test_what_has_not_the_shape_of_the_protocol_is_replaced(place: str) -> None:
    safe = sanitize(REPLACED[place], known=NAMED, policy=OPEN_POLICY, key=KEY)
    left = json.dumps(safe.document)
    assert not [word for word in ("Maria", "Gonzalez", "123-45") if word in left]
    assert rehydrate(safe.document, safe.vault)[0] == REPLACED[place]


@pytest.mark.parametrize("place", REFUSED)
def test_what_is_signed_is_refused_and_never_altered(place: str) -> None:
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(REFUSED[place], known=NAMED, policy=OPEN_POLICY, key=KEY)
    assert "Gonzalez" not in str(refusal.value) + repr(refusal.value.extra)


@pytest.mark.parametrize("place", [*REPLACED, *REFUSED])
def test_the_last_scan_sees_those_places_too(place: str) -> None:
    """Had the first step let it through, the door would not."""
    body = json.dumps({**REPLACED, **REFUSED}[place]).encode()
    with pytest.raises(EgressDenied):
        egress.scan(body, {}, known=NAMED + KNOWN, policy=POLICY)


@pytest.mark.parametrize("name", ["maria_gonzalez", "find-Gonzalez", "noteOfMariaGonzalez"])
def test_a_name_in_a_tool_name_has_one_token_everywhere(name: str) -> None:
    document = {
        "tools": [{"name": name, "input_schema": {"properties": {name: {}}, "required": [name]}}],
        "tool_choice": {"type": "tool", "name": name},
        **user({"type": "tool_use", "id": f"a_{name}", "name": name, "input": {}}),
    }
    safe = sanitize(document, known=NAMED, policy=POLICY, key=KEY)
    left = json.dumps(safe.document).lower()
    assert "gonzalez" not in left
    tools = safe.document["tools"][0]
    written = {
        *(tools["name"], safe.document["tool_choice"]["name"]),
        *(*tools["input_schema"]["properties"], *tools["input_schema"]["required"]),
        safe.document["messages"][0]["content"][0]["name"],
    }
    assert len(written) == 1
    assert rehydrate(safe.document, safe.vault)[0] == document


def test_a_redacting_policy_refuses_what_it_cannot_write_there() -> None:
    document = {"messages": [], "tools": [{"name": "find_Gonzalez", "input_schema": {}}]}
    with pytest.raises(PhiBlocked) as refusal:
        sanitize(document, known=NAMED, policy=replace(POLICY, mode="redact"), key=KEY)
    assert refusal.value.extra["reasons"] == ["identifier-in-protocol-field"]


def test_the_protocol_itself_is_left_alone() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "code": {"type": ["string", "null"], "pattern": "^[A-Z]\\d{4,12}$", "format": "date"},
            "type": {"$ref": "#/$defs/kind"},
            "year": {"type": "integer", "minimum": 1900, "maximum": 2100, "default": 2026},
        },
        "$defs": {"kind": {"enum": ["new", "follow up"]}},
        "required": ["code", "type"],
        "additionalProperties": False,
    }
    cached = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    document = {
        "system": [{"type": "text", "text": "Be brief.", **cached}],
        "tools": [{"name": "book_visit", "description": "Books.", "input_schema": schema}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
        "messages": [
            {"role": "user", "content": [{"type": "image", "source": IMAGE}]},
            {
                "role": "assistant",
                "content": [
                    thought()["messages"][0]["content"][0],
                    {"type": "redacted_thinking", "data": SIGNATURE},
                    {"type": "tool_use", "id": "toolu_01A", "name": "book_visit", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "is_error": False}],
            },
        ],
    }
    safe = sanitize(document, known=KNOWN, policy=OPEN_POLICY, key=KEY)
    assert safe.document == document
    egress.scan(json.dumps(document).encode(), {}, known=KNOWN, policy=OPEN_POLICY)


def test_thinking_about_tokens_is_replayed_untouched() -> None:
    """What a provider thought holds tokens, and comes back with every later turn."""
    told = "Patient: Maria Gonzalez, born 3/4/1980, MRN 482913, Dr. Maria Lopez, (555) 234-5678"
    first = sanitize(user({"type": "text", "text": told}), known=NAMED, policy=POLICY, key=KEY)
    masked = first.document["messages"][0]["content"][0]["text"]
    messages = [*first.document["messages"], *thought(thinking=masked)["messages"]]
    replay = {"messages": rehydrate(messages, first.vault)[0]}
    safe = sanitize(replay, known=NAMED, policy=POLICY, key=KEY)
    assert safe.document["messages"] == messages
    assert not safe.warnings
    egress.scan(json.dumps(safe.document).encode(), {}, known=NAMED, policy=POLICY)


def test_chance_in_random_base64_is_no_alarm() -> None:
    names = identifiers_of([{"name": name} for name in ("Mia Khan", "Bo Diaz", "Tim Cole")])
    source = random.Random(7)
    for size in (192, 300, 900, 3_000_000):
        signature = base64.b64encode(source.randbytes(size)).decode()
        document = thought(signature=signature)
        known = KNOWN + names
        assert sanitize(document, known=known, policy=POLICY, key=KEY).document == document
        egress.scan(json.dumps(document).encode(), {}, known=known, policy=POLICY)


def test_texts_of_a_request_are_gone_with_it():
    """A walk that held itself in a cycle would keep them until the garbage collector comes by."""

    class Visit:
        def __call__(self, leaf: Leaf) -> str:
            return leaf.text

    visit = Visit()
    left = weakref.ref(visit)
    gc.disable()
    try:
        walk({"messages": [{"role": "user", "content": "Jane Doe"}]}, POLICY, visit)
        del visit
        assert left() is None
    finally:
        gc.enable()
