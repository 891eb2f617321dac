"""What is not a request: refused with a problem that quotes nothing, sent nowhere, never paid."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from routing.api import body
from tests.e2e.campaign.refusals import CANARY, ROUTE, nothing_left, refused
from tests.gateway_server import Pms
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
RIGHT: dict[str, Any] = {
    "prompt": "Classify the mood.",
    "messages": [{"role": "user", "content": "Classify the mood."}],
    "task_type": "sentiment",
}


# -- bodies that are not JSON of ours -------------------------------------------------------------


def nested(levels: int) -> bytes:
    """Return a body of so many levels, the outermost object being the first."""
    inner = b"[" * (levels - 1) + b"]" * (levels - 1)
    return b'{"prompt": "Classify.", "context": ' + inner + b"}"


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (b"", 400, "invalid-request"),
        (b"null", 400, "invalid-request"),
        (b"[]", 400, "invalid-request"),
        (b'"Zephyrine"', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine"', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \xff\xfe"}', 400, "invalid-request"),
        (b'\xef\xbb\xbf{"prompt": "x"}', 400, "invalid-request"),
        ('{"prompt": "Zephyrine"}'.encode("utf-16"), 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \x00"}', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \\u0000"}', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \\ud800"}', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \\udbff"}', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \\udc00"}', 400, "invalid-request"),
        (b'{"prompt": "Zephyrine \\uDFFF"}', 400, "invalid-request"),
        (b'{"prompt": "x", "\\udc00": 1}', 400, "invalid-request"),
        (b'{"prompt": "x", "metadata": {"\\udfff": 1}}', 400, "invalid-request"),
        (b'{"prompt": "x", "temperature": NaN}', 400, "invalid-request"),
        (b'{"prompt": "x", "context": {"a": Infinity}}', 400, "invalid-request"),
        (b'{"prompt": "x", "context": {"a": -Infinity}}', 400, "invalid-request"),
        (b'{"prompt": "x", "context": {"a": 1e999}}', 400, "invalid-request"),
        (b'{"prompt": "x", "temperature": 1e999}', 400, "invalid-request"),
        (b'{"prompt": "x", "prompt": "Zephyrine"}', 400, "invalid-request"),
        (b'{"prompt": "x", "context": {"a": 1, "a": 2}}', 400, "invalid-request"),
        (b"[" * 100_000, 400, "invalid-request"),
        (b'{"a":' * 100_000, 400, "invalid-request"),
        (nested(65), 400, "invalid-request"),
        (b'{"prompt": "x", "context": [' + b"0," * 200_001 + b"0]}", 413, "too-large"),
        (b'{"prompt": "' + b"Zephyrine" * 500_000 + b'"}', 413, "too-large"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value),
)
def test_body_that_is_no_request_is_refused(
    practice: Practice, sandbox: Sandbox, content: bytes, status: int, problem: str
):
    """Whatever the bytes are, the answer is a problem."""
    refused(practice.pms.send(ROUTE, content), status, problem)
    nothing_left(practice, sandbox)


def test_body_of_64_levels_is_a_request(practice: Practice):
    assert practice.pms.send(ROUTE, nested(64)).status == 200


@pytest.mark.parametrize("digits", [20, 400, 4_000, 5_000])
@pytest.mark.parametrize("field", ["context", "temperature", "max_tokens", "metadata"])
def test_huge_number_is_answered_or_refused(practice: Practice, field: str, digits: int):
    """Python's integers have no end; a database's and a provider's have."""
    number = "9" * digits
    value = f'{{"n": {number}}}' if field in ("context", "metadata") else number
    reply = practice.pms.send(ROUTE, f'{{"prompt": "x", "{field}": {value}}}'.encode())
    if reply.status != 200:
        refused(reply, 400, "invalid-request")


@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "text/html", "application/x-www-form-urlencoded"),
        *("multipart/form-data; boundary=x", "application/xml", "application/jsonx", "junk"),
        "application/json; charset=utf-16",
    ],
)
def test_other_content_types_are_refused(practice: Practice, sandbox: Sandbox, content_type: str):
    refused(practice.pms.send(ROUTE, b'{"prompt": "x"}', content_type), 415, "media-type")
    nothing_left(practice, sandbox)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        *(("*/*", 200), ("application/json", 200), ("application/*;q=0.1", 200)),
        *(("text/html", 406), ("application/xml, text/plain", 406)),
    ],
)
def test_only_json_is_given(practice: Practice, accept: str, status: int):
    """RFC 9110 12.5.1: what can only be answered with something else is not answered."""
    reply = practice.pms.send(ROUTE, b'{"prompt": "x"}', accept=accept)
    if status == 200:
        assert reply.status == 200
        assert reply.headers["content-type"] == "application/json"
    else:
        refused(reply, 406, "not-acceptable")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_utf_8_may_be_named(practice: Practice, charset: str):
    reply = practice.pms.send(ROUTE, b'{"prompt": "x"}', f"application/json; charset={charset}")
    assert reply.status == 200


# -- fields ---------------------------------------------------------------------------------------


WRONG: dict[str, list[Any]] = {
    "text": [5, True, ["x"], {"x": 1}],
    "label": [5, "", "x" * 129, ["x"], {}],
    "flag": [1, "true", 0, []],
    "mapping": ["x", [], 5, True],
    "choice": ["Zephyrine", 5, [], {}, True],
    "whole": [0, -1, 1.5, "5", True, 10**12, []],
    "number": [-0.1, 1.01, "0.5", True, []],
    "list": ["x", 5, {}, [5], [[]], [None]],
}
KIND = {
    **dict.fromkeys(("task_type", "session_id", "case_id", "user", "model"), "label"),
    **dict.fromkeys(("patient_facing", "stream", "cache", "llm_classifier"), "flag"),
    **dict.fromkeys(("patient", "metadata", "thinking", "tool_choice", "output_format"), "mapping"),
    **dict.fromkeys(("urgency", "accuracy", "effort"), "choice"),
    **dict.fromkeys(("max_tokens", "deadline_ms"), "whole"),
    **dict.fromkeys(("messages", "patients", "stop_sequences", "tools"), "list"),
    "prompt": "text",
    "temperature": "number",
    "system": "system",
}
WRONG["system"] = [5, True, {}, [5], [{"type": "image"}], [{"type": "text"}]]


def test_every_field_has_wrong_values_here():
    assert set(KIND) == set(body.CHECKS) - {"context"}


@pytest.mark.parametrize("field", sorted(KIND))
def test_wrong_type_is_refused_and_named(practice: Practice, sandbox: Sandbox, field: str):
    """Each field says by itself what is wrong with it."""
    base = {} if field in ("prompt", "messages") else {"prompt": "Classify the mood."}
    for value in WRONG[KIND[field]]:
        reply = refused(practice.pms.route(**base, **{field: value}), 400, "invalid-request")
        assert reply.body["field"].startswith(field), value
    nothing_left(practice, sandbox)


@pytest.mark.parametrize("name", ["api_base", "promt", "base_url", "tier", "temprature", "x" * 900])
def test_unknown_field_is_named(practice: Practice, sandbox: Sandbox, name: str):
    """A field that is not known is an error, and no host is ever taken from a request."""
    reply = practice.pms.route("x", **{name: f"http://{CANARY}.example"})
    assert refused(reply, 400, "invalid-request").body["field"] == name[:128]
    nothing_left(practice, sandbox)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompt": "x", "messages": RIGHT["messages"]}, "prompt"),
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n\t"}, "prompt"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": "x", "name": CANARY}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "exec"}]}]}, "messages[0].content[0]"),
        pytest.param(
            {"messages": [{"role": "user", "content": "x"}] * 2_001},
            "messages",
            id="2,001 messages",
        ),
        ({"prompt": "x", "patient": {}, "patients": [{"name": CANARY}]}, "patient"),
        ({"prompt": "x", "patient": {"nickname": CANARY}}, "patient.nickname"),
        ({"prompt": "x", "patients": [{"nickname": CANARY}]}, "patients[0].nickname"),
        ({"prompt": "x", "tools": [{"name": "t"}]}, "tools[0].input_schema"),
        ({"prompt": "x", "tools": [{"name": "t", "input_schema": {}, "url": "u"}]}, "tools[0].url"),
        ({"prompt": "x", "output_format": {"type": "text"}}, "output_format"),
        ({"prompt": "x", "stop_sequences": ["s"] * 17}, "stop_sequences"),
    ],
    ids=str,
)
def test_what_does_not_belong_together_is_refused(
    practice: Practice, sandbox: Sandbox, changes: dict[str, Any], field: str
):
    reply = refused(practice.pms.post(ROUTE, changes), 400, "invalid-request")
    assert reply.body["field"].startswith(field)
    nothing_left(practice, sandbox)


def test_name_of_an_unknown_field_is_cut_short(practice: Practice):
    """A name can be as long as a body; the problem that quotes it cannot."""
    for fields in ({"y" * 9_000: 1}, {"patient": {"y" * 9_000: 1}}):
        reply = refused(practice.pms.route("x", **fields), 400, "invalid-request")
        assert len(json.dumps(reply.body)) < 2_000


# -- what is not there ----------------------------------------------------------------------------


def test_unknown_task_type_is_refused_and_recorded_without_its_text(
    practice: Practice, sandbox: Sandbox
):
    """A task type is a word of the caller's like any other: it may hold a name."""
    for name in (CANARY, f"{CANARY} {'x' * 100}"):
        refused(practice.pms.route("x", task_type=name), 422, "unknown-task-type")
    nothing_left(practice, sandbox)
    records = practice.requests()
    assert [record.state for record in records] == ["denied", "denied"]
    assert {record.declared_task_type for record in records} == {""}


def test_unknown_model_is_refused_and_recorded(practice: Practice, sandbox: Sandbox):
    refused(practice.pms.route("x", model=f"gpt-{CANARY}"), 422, "unknown-model")
    nothing_left(practice, sandbox)
    assert [record.outcome for record in practice.requests()] == ["unknown-model"]


def test_model_without_the_right_to_choose_is_not_followed(
    open_practice: Callable[..., Practice], sandbox: Sandbox
):
    practice = open_practice(scopes=("route",))
    for name in ("opus", "claude-opus-4-6", CANARY):
        reply = practice.pms.route("Is the clinic open on Monday?", task_type="yes_no", model=name)
        assert reply.status == 200, reply.body
        assert reply.body["routing"]["tier"] == "haiku"
        assert "override-ignored" in {warning["code"] for warning in reply.body["warnings"]}
        assert CANARY not in json.dumps(reply.body)
    assert {json.loads(sent["body"])["model"] for sent in sandbox.requests()} == {
        "claude-haiku-4-5-20251001"
    }


def test_patient_by_id_alone_is_refused(practice: Practice, sandbox: Sandbox):
    """The clinic of this test has no patient management system: nobody knows what to look for."""
    for who in ({"patient": {"id": "P-1"}}, {"patients": [{"name": CANARY}, {"id": "P-2"}]}):
        reply = refused(practice.pms.route("x", **who), 422, "phi-blocked")
        assert reply.body["reasons"] == ["patient-record-unavailable", "pms:not-connected"]
    nothing_left(practice, sandbox)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
        {"type": "image", "source": {"type": "url", "url": "http://127.0.0.1:9/x.png"}},
        {"type": "document", "source": {"type": "url", "url": "http://127.0.0.1:9/x.pdf"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
    ],
    ids=["image", "image by address", "document by address", "document by id"],
)
def test_files_do_not_leave_by_default(practice: Practice, sandbox: Sandbox, block: dict[str, Any]):
    """Nothing can be found inside an image, so a policy must allow it."""
    content = [{"type": "text", "text": "What is this?"}, block]
    reply = practice.pms.route(messages=[{"role": "user", "content": content}])
    refused(reply, 422, "phi-blocked")
    nothing_left(practice, sandbox)


def test_sanitize_refuses_what_it_does_not_know(practice: Practice, sandbox: Sandbox):
    """The synchronous endpoints speak the same problems."""
    pms: Pms = practice.pms
    wrong: list[Any] = [
        {},
        {"text": 5},
        {"text": "x", "promt": 1},
        [],
        {"text": "x", "case_id": ""},
    ]
    for document in wrong:
        reply = pms.post("/api/v1/phi/sanitize", document)
        assert (reply.status, reply.problem) == (400, "invalid-request"), document
    for query in ({"promt": "x"}, {"from": "yesterday"}, {"from": "2026-02-30"}, {"client": "x"}):
        reply = pms.get("/api/v1/usage/summary", **query)
        assert (reply.status, reply.problem) == (400, "invalid-request"), query
    nothing_left(practice, sandbox)
