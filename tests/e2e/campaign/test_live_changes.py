"""What admins change counts at once; what cannot be served from is not taken; slow bodies end."""

import html
import socket
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from tests.gateway_server import Gateway, fetch
from tests.patience import LIMIT_SECONDS
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage import accounts
from usage.configuration import current_version
from usage.models import ApiKey, ModelCard, Price

pytestmark = pytest.mark.service


def ready(gateway: Gateway) -> dict:
    said: dict = fetch(f"{gateway.url}/readyz").json()
    return said


def test_open_stream_of_a_revoked_key_is_cut(practice: Practice, sandbox: Sandbox):
    """With an error; the call is read to its end, and what it costs is written."""
    sandbox.script(next=1, stall={"after_events": 12, "ms": HELD_MS}, chunk_chars=4)
    body = {"prompt": "ECHO:" + "word " * 30, "task_type": "quick_summary", "stream": True}
    headers = {"Authorization": f"Bearer {practice.pms.key}"}
    url, seen = f"{practice.pms.url}/api/v1/route", b""
    with practice.pms.client.stream("POST", url, json=body, headers=headers) as answer:
        for chunk in answer.iter_raw():
            if not seen:
                accounts.revoke_key(key=ApiKey.objects.get(pk=practice.key_id), by=None)
                practice.wait_for_configuration()
                sandbox.release()
            seen += chunk
    assert seen.count(b"event: error") == seen.count(b"event: router.summary") == 1
    assert b"authentication_error" in seen
    assert b"event: message_stop" not in seen
    practice.wait_until_settled()
    assert [each.state for each in practice.requests()] == ["cancelled"]
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_revoked_key_is_refused_at_the_very_next_request(practice: Practice, sandbox: Sandbox):
    """Without waiting for any snapshot: the ledger knows."""
    assert practice.pms.route("Mood?").status == 200
    sandbox.reset()
    accounts.revoke_key(key=ApiKey.objects.get(pk=practice.key_id), by=None)
    for _ in range(5):
        reply = practice.pms.route("Mood?")
        assert (reply.status, reply.problem) == (401, "unauthenticated")
    assert sandbox.requests() == []


def test_client_that_is_switched_off_is_refused(practice: Practice, sandbox: Sandbox):
    practice.client.is_active = False
    practice.client.save(update_fields=["is_active"])
    assert practice.pms.route("Mood?").status == 401
    assert sandbox.requests() == []


def test_new_price_is_used_soon(practice: Practice, sandbox: Sandbox, gateway_process: Gateway):
    """And each attempt keeps the price it was admitted under."""
    model = ModelCard.objects.get(model_id="claude-haiku-4-5-20251001")
    before = practice.pms.route("Mood?", task_type="sentiment").body
    old = Price.objects.filter(model=model).order_by("-valid_from").first()
    assert old
    new = Price.objects.get(pk=old.pk)
    new.pk, new.valid_from = None, old.valid_from.replace(microsecond=1)
    new.input_usd = old.input_usd * 10
    new.output_usd = old.output_usd * 10
    Price.objects.bulk_create([new])
    try:
        gateway_process.wait_for_version(current_version())
        after = practice.pms.route("Mood?", task_type="sentiment").body
        paid = [Decimal(each["cost"]["total_usd"]) for each in (before, after)]
        assert paid[1] == 10 * paid[0]
        assert [Decimal(a.price["input"]) for a in practice.attempts()] == [
            *(old.input_usd, new.input_usd),
        ]
    finally:
        Price.objects.filter(pk=new.pk).delete()


def test_configuration_that_cannot_be_served_is_not_taken(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """Poisoned by SQL: the last good one stays in use, and the router says so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT model_id, aliases FROM usage_modelcard WHERE tier_id IS NOT NULL")
        rows = cursor.fetchall()
        name, kept = rows[0][0], rows[1][0]
        cursor.execute(
            "UPDATE usage_modelcard SET aliases = aliases || to_jsonb(%s::text) WHERE model_id = %s"
            if isinstance(rows[0][1], str)
            else "UPDATE usage_modelcard SET aliases = array_append(aliases, %s)"
            " WHERE model_id = %s",
            [kept, name],
        )
    try:
        gateway_process.wait_until(lambda: ready(gateway_process)["configuration_alarm"])
        assert ready(gateway_process)["status"] == "degraded"
        assert practice.pms.route("Mood?").status == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE usage_modelcard SET aliases = %s WHERE model_id = %s", [rows[0][1], name]
            )
    gateway_process.wait_until(lambda: ready(gateway_process)["status"] == "ready")


def test_liveness_and_readiness_tell_no_secret(practice: Practice, gateway_process: Gateway):
    said = fetch(f"{gateway_process.url}/healthz").text + str(ready(gateway_process))
    assert ready(gateway_process)["status"] == "ready"
    for secret in (practice.pms.key, practice.tenant.slug, "postgres", "redis://", "sandbox http"):
        assert secret not in said


def test_body_that_trickles_in_is_given_up(
    open_practice: Callable[..., Practice], sandbox: Sandbox, tmp_path: Path
):
    """BODY_READ_TIMEOUT_MS bounds the upload, whatever comes meanwhile."""
    environment = {"BODY_READ_TIMEOUT_MS": "300"}
    hurried = Gateway(sandbox.base_url, tmp_path / "web.log", environment=environment).start()
    try:
        practice = open_practice(hurried)
        head = (
            "POST /api/v1/route HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {practice.pms.key}\r\nContent-Length: 500\r\n\r\n"
        )
        at = ("127.0.0.1", hurried.port)
        with socket.create_connection(at, timeout=LIMIT_SECONDS) as line:
            line.sendall(head.encode() + b'{"prompt": "')
            status = line.recv(12)
        assert status == b"HTTP/1.1 504"
        assert sandbox.requests() == []
        assert practice.pms.route("Mood?").status == 200
    finally:
        hurried.stop()


def test_api_page_loads_under_its_own_policy(practice: Practice, gateway_process: Gateway):
    """All that the page asks for comes from this server and is allowed by what it says."""
    page = fetch(f"{gateway_process.url}/api/v1/docs")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "unsafe" not in policy
    for inline in ("<script>", "<style", "style=", "onclick=", "javascript:"):
        assert inline not in page.text
    sources = [
        piece.split('"')[0] for mark in ('src="', 'href="') for piece in page.text.split(mark)[1:]
    ]
    for source in sources:
        assert source.startswith("/"), source
        found = fetch(f"{gateway_process.url}{html.unescape(source)}")
        assert found.status_code == 200, source
        assert ("javascript" in found.headers["content-type"]) == (".js" in source or "?" in source)
    schema = fetch(f"{gateway_process.url}/api/v1/schema")
    assert schema.status_code == 200
