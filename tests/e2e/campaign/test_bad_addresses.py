"""Wrong keys, wrong methods, other spellings of an address: nothing opens, nothing leaves."""

import json
import random
import socket
from collections.abc import Callable

import httpx2
import pytest

from tests.e2e.campaign.refusals import ROUTE, nothing_left, refused
from tests.gateway_server import Gateway
from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service


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
