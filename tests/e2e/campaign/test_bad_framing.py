"""How a request arrives: heads and bodies without end, lengths that lie."""

import json
import socket
import time
from http.client import HTTPResponse

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from routerproject.shared.sign_out import SEEN, SIGNED_IN
from routing.api import bodies
from tests.e2e.campaign.refusals import CANARY, PROBLEM_MEMBERS, ROUTE, nothing_left
from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service


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


@pytest.mark.parametrize(
    ("path", "bytes_sent"),
    [
        ("/api/v1/phi/sanitize", 4_000_001),
        ("/api/v1/nothing", 4_000_001),
        ("/admin/login/", bodies.PAGE_BYTES + 1),
        ("/usage/months/2026-10/bill/", bodies.PAGE_BYTES + 1),
    ],
)
def test_page_takes_no_endless_body_of_a_stranger(practice: Practice, path: str, bytes_sent: int):
    """Django writes a body down before it looks who sent it: a stranger must not fill the disk."""
    assert _upload(practice, path, bytes_sent) == 413
    assert _upload(practice, path, bytes_sent, is_chunked=True) == 413


def test_page_takes_what_it_promises(practice: Practice):
    """A form's file of 5 MB is read, and refused for another reason: nobody has signed in."""
    assert _upload(practice, "/admin/login/", bodies.PAGE_BYTES) == 403


def test_larger_report_is_read_of_somebody_who_has_signed_in(practice: Practice):
    session = SessionStore()
    session[SESSION_KEY] = "1"
    session[SIGNED_IN] = session[SEEN] = time.time()  # else it is ended at its first request
    session.save()
    path, size = "/usage/months/2026-10/bill/", bodies.PAGE_BYTES + 1
    assert _upload(practice, path, size, cookie=session.session_key) == 403  # no form's token
    session.set_expiry(-1)
    session.save()
    assert _upload(practice, path, size, cookie=session.session_key) == 413
    assert _upload(practice, path, size, cookie="invented") == 413


def _upload(
    practice: Practice, path: str, size: int, *, is_chunked: bool = False, cookie: str | None = None
) -> int:
    """Return the status of a POST of so many bytes."""
    content = iter([b" " * size]) if is_chunked else b" " * size
    headers = {"Cookie": f"sessionid={cookie}"} if cookie else {}
    answer = practice.pms.client.post(
        practice.pms.url + path,
        content=content,
        headers={"Content-Type": "application/octet-stream", **headers},
    )
    return int(answer.status_code)
