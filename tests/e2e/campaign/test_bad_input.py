"""What is not a request: refused with a problem that quotes nothing, sent nowhere, never paid."""

import json
import random
import socket
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any

import httpx2
import pytest

from routing.api import body
from tests.gateway_server import Gateway, Pms, Reply
from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
ROUTE = "/api/v1/route"
CANARY = "Zephyrine"
PROBLEM_MEMBERS = {
    *("type", "title", "status", "detail", "problem", "retryable", "billed", "request_id"),
}
RIGHT: dict[str, Any] = {
    "prompt": "Classify the mood.",
    "messages": [{"role": "user", "content": "Classify the mood."}],
    "task_type": "sentiment",
}


def refused(reply: Reply, status: int, problem: str) -> Reply:
    """Assert that a reply is this problem, whole, in JSON."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.problem == problem
    assert set(reply.body) >= PROBLEM_MEMBERS
    assert reply.body["billed"] is False
    assert reply.body["request_id"]
    assert CANARY not in json.dumps(reply.body)
    return reply


def nothing_left(practice: Practice, sandbox: Sandbox) -> None:
    """Assert that no byte left and no money was held."""
    assert sandbox.requests() == []
    assert practice.sums == (0, 0, 0)
    assert practice.attempts() == []


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


# -- who asks -------------------------------------------------------------------------------------


def ask(practice: Practice, header: bytes | None) -> httpx2.Response:
    headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
    if header is not None:
        headers.append((b"authorization", header))
    return practice.pms.client.post(
        practice.pms.url + ROUTE, content=b'{"prompt": "x"}', headers=headers
    )


def hostile_headers(count: int) -> list[bytes]:
    """Return values that try to be SQL, another key, another header, or nothing at all."""
    dice = random.Random(500)
    seeds = [
        *(b"Bearer ' OR 1=1 --", b"Bearer cmr_%s_%d", b"Bearer \xff\xfe", b"Bearer", b"x"),
        *(b"bearer cmr_x", b"Basic Og==", b"Bearer null", b"Bearer cmr_' UNION SELECT digest --"),
        *(b"Bearer ${jndi:ldap://x}", b"Bearer {{7*7}}", b"Bearer " + b"x" * 4_000),
    ]
    alphabet = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
    while len(seeds) < count:
        junk = bytes(dice.choice(alphabet) for _ in range(dice.randrange(1, 80)))
        seeds.append(b"Bearer " + junk.strip())
    return seeds


def test_every_wrong_key_gets_the_same_answer(practice: Practice, sandbox: Sandbox):
    """500 hostile headers and every way a key can be wrong: one 401, no hint."""
    bodies = set()
    near = practice.pms.key[:-1] + ("A" if practice.pms.key[-1] != "A" else "B")
    for header in (None, f"Bearer {near}".encode(), *hostile_headers(500)):
        answer = ask(practice, header)
        assert answer.status_code == 401, header
        assert answer.headers["www-authenticate"] == "Bearer"
        problem = answer.json()
        problem.pop("request_id")
        bodies.add(json.dumps(problem, sort_keys=True))
    assert len(bodies) == 1
    nothing_left(practice, sandbox)
    assert practice.requests() == []


def test_missing_scope_is_named(open_practice: Callable[..., Practice], sandbox: Sandbox):
    practice = open_practice(scopes=("usage:read",))
    reply = refused(practice.pms.route("x"), 403, "scope-missing")
    assert reply.body["scope"] == "route"
    nothing_left(practice, sandbox)


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "tab\there", "\x7f", "Zephyrine\x01"])
def test_hostile_idempotency_key_is_refused(practice: Practice, sandbox: Sandbox, key: str):
    answer = practice.pms.client.post(
        practice.pms.url + ROUTE,
        json={"prompt": "x"},
        headers=[
            (b"authorization", f"Bearer {practice.pms.key}".encode()),
            (b"idempotency-key", key.encode()),
        ],
    )
    assert answer.status_code == 400
    nothing_left(practice, sandbox)


# -- addresses and methods ------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(practice: Practice, sandbox: Sandbox, method: str):
    answer = practice.pms.client.request(
        method,
        practice.pms.url + ROUTE,
        headers={"Authorization": f"Bearer {practice.pms.key}"},
    )
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    if method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
    nothing_left(practice, sandbox)


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/route/", "//api/v1/route", "/api//v1/route", "/api/v1/route;x", "/API/v1/route"),
        *("/api/v1/route%2f", "/api/v1%2froute/", "/api/v1/./route", "/api/v1/../v1/route"),
        *("/api/v1/route.", "/api/v1/route%00", "/api/v1/route%20", "/api/v1/nothing", "/api/"),
    ],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_other_spellings_of_the_address_lead_nowhere(
    gateway_process: Gateway, practice: Practice, sandbox: Sandbox, path: str, has_key: bool
):
    """What is served is what was authenticated: never a page, never a call."""
    key = practice.pms.key if has_key else ""
    status, headers, _ = spoken(gateway_process, request_of(path, key))
    assert status in (401, 404)
    if path.startswith("/api/"):
        assert b"application/problem+json" in headers
    nothing_left(practice, sandbox)


def test_encoded_slash_is_the_same_address_to_all(gateway_process: Gateway, practice: Practice):
    """Whoever authenticates and whoever answers see one decoded path."""
    path = "/api/v1%2froute"
    assert spoken(gateway_process, request_of(path, practice.pms.key))[0] == 200
    assert spoken(gateway_process, request_of(path, ""))[0] == 401


@pytest.mark.parametrize("path", [ROUTE, "/api/v1/usage/summary", "/api/v1/phi/sanitize"])
@pytest.mark.parametrize(
    "extra",
    [
        *("Host: evil.example", "Host: ", "Host: 127.0.0.1:1/api/v1/usage/summary?x="),
        *("X-Original-URL: /healthz", "X-Rewrite-URL: /healthz", "X-Forwarded-Host: evil.example"),
        *("X-Forwarded-Path: /healthz", "X-HTTP-Method-Override: GET"),
    ],
)
def test_headers_that_name_another_address_open_nothing(
    gateway_process: Gateway, practice: Practice, sandbox: Sandbox, path: str, extra: str
):
    """Without a key the answer is a refusal, whatever a header claims was asked for."""
    status, _, text = spoken(gateway_process, request_of(path, "", extra))
    assert status in (400, 401, 405)
    assert b"<html" not in text.lower()
    assert b"Traceback" not in text
    nothing_left(practice, sandbox)


def request_of(path: str, key: str, extra: str = "") -> bytes:
    """Return a request as bytes, so that no client tidies its address."""
    content = b'{"prompt": "Zephyrine"}'
    host = "" if extra.startswith("Host:") else "Host: 127.0.0.1\r\n"
    lines = (
        f"POST {path} HTTP/1.1\r\n{host}{extra}{chr(13) + chr(10) if extra else ''}"
        f"Authorization: Bearer {key or 'cmr_none'}\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return lines.encode() + content


def spoken(gateway: Gateway, request: bytes) -> tuple[int, bytes, bytes]:
    """Send bytes as they are and return status, headers and body."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=LIMIT_SECONDS) as line:
        line.sendall(request)
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, text


# -- how a body arrives ---------------------------------------------------------------------------


def test_chunked_body_without_a_length_is_a_request(practice: Practice, sandbox: Sandbox):
    """RFC 9112 7.1: a body may come in chunks; identifiers in it are found all the same."""
    content = json.dumps({"prompt": f"ECHO:{CANARY}", "patient": {"name": CANARY}}).encode()
    answer = practice.pms.client.post(
        practice.pms.url + ROUTE,
        content=(content[at : at + 9] for at in range(0, len(content), 9)),
        headers={
            "Authorization": f"Bearer {practice.pms.key}",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == CANARY
    assert CANARY not in str(sandbox.requests())


def test_chunked_body_that_never_ends_is_cut_off(practice: Practice, sandbox: Sandbox):
    """More than MAX_BODY_BYTES is refused while it arrives, whatever no length said."""
    request = (
        f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {practice.pms.key}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    port = int(practice.pms.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as line:
        line.sendall(request + chunk * 62)
        assert line.recv(12).startswith(b"HTTP/1.1 413")
    nothing_left(practice, sandbox)


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "99999999999999999999", "+5", "4000001"])
def test_length_that_lies_is_refused(practice: Practice, sandbox: Sandbox, length: str):
    port = int(practice.pms.url.rsplit(":", 1)[1])
    request = (
        f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {practice.pms.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as line:
        line.sendall(request + b'{"prompt": "x"}')
        status = line.recv(12)
    assert status[9:12] in (b"400", b"413")
    nothing_left(practice, sandbox)


HEAD = f"POST {ROUTE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Note: " + CANARY.encode() * 200_000,
        HEAD + b"X-Note: Zephyrine\r\n" * 50_000,
        HEAD.replace(b" HTTP", b"?note=" + b"Zephyrine" * 20_000 + b" HTTP") + b"\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\n" + b"X-Note: Zephyrine\r\n" * 50_000,
        CHUNKED + b"2;" + b"x" * 1_000_000,
    ],
    ids=["one endless header", "many headers", "long address", "trailers", "chunk extension"],
)
def test_head_without_measure_is_refused(practice: Practice, sandbox: Sandbox, head: bytes):
    """What comes before and after a body is bounded before any of it is kept."""
    port = int(practice.pms.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(head)
        answer = HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
    assert answer.status == 431
    assert set(told) == PROBLEM_MEMBERS - {"request_id"}
    assert (told["problem"], told["billed"]) == ("headers-too-large", False)
    assert CANARY not in str(told)
    nothing_left(practice, sandbox)


def test_head_of_32_kilobytes_is_a_request(practice: Practice):
    """Proxies and single sign-on add long headers; those of one connection are counted singly."""
    for _ in range(3):
        reply = practice.pms.client.post(
            practice.pms.url + ROUTE,
            json={"prompt": "Classify the mood."},
            headers={"Authorization": f"Bearer {practice.pms.key}", "X-Proof": "x" * 32_000},
        )
        assert reply.status_code == 200


def test_answer_of_the_next_request_is_its_own(practice: Practice, sandbox: Sandbox):
    """After all that the router still answers."""
    assert practice.pms.route("ECHO:still here").body["text"] == "still here"


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
