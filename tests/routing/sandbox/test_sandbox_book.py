"""The sandbox's bill: exact, early, and not to be talked out of."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.sandbox_server import DIRECT, ROOT, Sandbox
from usage.catalog import KINDS as RATES
from usage.catalog import LongContext, Price
from usage.pricing import TokenCounts, cost

HAIKU = "claude-haiku-4-5-20251001"
BODY = {"model": HAIKU, "max_tokens": 300, "messages": [{"role": "user", "content": "Hello"}]}


def connect(sandbox: Sandbox, body: dict[str, object]) -> socket.socket:
    """Send a request and return the socket before anything is read."""
    port = int(sandbox.base_url.rsplit(":", 1)[1])
    data = json.dumps(body).encode()
    wire = socket.create_connection(("127.0.0.1", port), timeout=120)
    head = (
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\n"
        f"anthropic-version: 2023-06-01\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    wire.sendall(head.encode() + data)
    return wire


def wait_for_request(sandbox: Sandbox) -> None:
    """Return once the sandbox has seen a request."""
    while not sandbox.requests():
        pass


def test_line_is_written_before_the_first_byte(sandbox):
    """While the answer is held back, its line is already there."""
    sandbox.script(latency_ms=60_000)
    with connect(sandbox, BODY) as wire:
        wait_for_request(sandbox)
        lines = sandbox.book()
        wire.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.recv(1)
        assert [line["outcome"] for line in lines] == ["faulted"]


def test_disconnect_does_not_shorten_the_bill(sandbox, client):
    """A stream left after its first bytes costs what the whole answer costs."""
    whole = client.messages.create(**BODY).usage.output_tokens
    sandbox.script(chunk_ms=5)
    with connect(sandbox, BODY | {"stream": True}) as wire:
        assert wire.recv(200).startswith(b"HTTP/1.1 200")
    assert [line["output_tokens"] for line in sandbox.book()] == [whole, whole]


def test_price_is_exact_in_nano_usd(sandbox, client):
    """Haiku costs 1 and 5 dollars a million: 1,000 and 5,000 nano-USD a token."""
    usage = client.messages.create(**BODY).usage
    line = sandbox.book()[0]
    assert line["nano_usd"] == usage.input_tokens * 1_000 + usage.output_tokens * 5_000
    assert (line["n"], line["model"], line["batch"]) == (1, HAIKU, False)
    assert sandbox.totals()["nano_usd"] == line["nano_usd"]


def test_long_request_costs_its_step_as_a_whole(tmp_path):
    """By a price file of one's own, and as the router's own arithmetic has it."""
    usual = dict(zip(RATES, ("1", "5", "1.25", "2", "0.1"), strict=True))
    step = dict(zip(RATES, ("2", "7.5", "2.5", "4", "0.2"), strict=True))
    row = usual | {"long_context": step | {"above_tokens": 100}}
    table = {"batch_factor": "0.5", "prices": {HAIKU: row}}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(table))
    with Sandbox("--prices", str(path)) as sandbox:
        for words in (1, 600):
            asked = BODY | {"messages": [{"role": "user", "content": "word " * words}]}
            with connect(sandbox, asked) as wire:
                assert wire.recv(200).startswith(b"HTTP/1.1 200")
        short, long = sandbox.book()
    assert short["input_tokens"] <= 100 < long["input_tokens"]
    assert short["nano_usd"] == short["input_tokens"] * 1_000 + short["output_tokens"] * 5_000
    assert long["nano_usd"] == long["input_tokens"] * 2_000 + long["output_tokens"] * 7_500
    at = Price(
        id=1,
        model_id=HAIKU,
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        **{f"{kind}_usd": Decimal(usual[kind]) for kind in RATES},
        long_context=LongContext(100, **{f"{kind}_usd": Decimal(step[kind]) for kind in RATES}),
    )
    for line in (short, long):
        counts = TokenCounts(**{name: line[name] for name in TokenCounts.__slots__})
        assert line["nano_usd"] == cost(counts, at)


def test_prices_follow_the_factors():
    """Cache writes cost 1.25 and 2 times the input, reads a tenth."""
    table = json.loads((ROOT / "routing/sandbox/prices.json").read_text())
    assert Decimal(table["batch_factor"]) == Decimal("0.5")
    steps = [row.pop("long_context") for row in table["prices"].values() if "long_context" in row]
    assert steps
    for price in [*table["prices"].values(), *steps]:
        base = Decimal(price["input"])
        assert Decimal(price["cache_write_5m"]) == base * Decimal("1.25")
        assert Decimal(price["cache_write_1h"]) == base * 2
        assert Decimal(price["cache_read"]) == base / 10


def test_line_can_be_found_by_what_the_caller_knows(sandbox, client):
    """Nonce, request id, the caller's own id and the body's digest all lead to the line."""
    client.messages.create(**BODY)
    message = client.messages.create(
        **BODY | {"messages": [{"role": "user", "content": "nonce-a1b2 hello"}]},
        extra_headers={"x-client-request-id": "attempt-7"},
    )
    for wanted in (
        {"nonce": "a1b2"},
        {"client_request_id": "attempt-7"},
        {"request_id": message._request_id},
    ):
        assert [line["n"] for line in sandbox.book(**wanted)] == [2]


def test_book_comes_as_csv_too(sandbox, client):
    """The same lines as a table."""
    client.messages.create(**BODY)
    with DIRECT.open(sandbox.base_url + "/_sandbox/book?format=csv") as reply:
        rows = list(csv.DictReader(io.TextIOWrapper(reply)))
    assert int(rows[0]["nano_usd"]) == sandbox.book()[0]["nano_usd"]


def test_book_survives_a_kill(tmp_path):
    """With a path, lines written before kill -9 are there after it, a torn one dropped."""
    path = tmp_path / "book.jsonl"
    first = Sandbox("--book", str(path)).start()
    with connect(first, BODY) as wire:
        assert wire.recv(12) == b"HTTP/1.1 200"
    before = first.book()
    first.kill()
    with path.open("a") as torn:
        torn.write('{"n": 2, "nano')
    with Sandbox("--book", str(path)) as second:
        assert second.book() == before
        with connect(second, BODY) as wire:
            assert wire.recv(12) == b"HTTP/1.1 200"
        assert [line["n"] for line in second.book()] == [1, 2]


def test_requests_are_kept_as_they_came(sandbox):
    """Method, path, headers and the body's text, from a number on."""
    for _ in range(3):
        with connect(sandbox, BODY) as wire:
            wire.recv(1)
    rows = sandbox.requests(since=1, limit=1)
    assert [row["n"] for row in rows] == [2]
    assert rows[0]["headers"]["x-api-key"] == "k"
    assert json.loads(rows[0]["body"]) == BODY


def test_reset_forgets_everything(sandbox, client):
    """After a reset the sandbox is as new."""
    sandbox.script(nonce="Hello", status=529)
    sandbox.reset()
    client.messages.create(**BODY)
    assert len(sandbox.book()) == len(sandbox.requests()) == 1


def run_sandbox(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "routing.sandbox", *options],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_production_gets_no_sandbox():
    """With DEBUG switched off the command refuses, saying why."""
    for value in ("False", "0", "no"):
        done = run_sandbox("--port", "0", DEBUG=value)
        assert done.returncode == 2
        assert "DEBUG" in done.stderr


def test_only_loopback_is_served():
    """An address others can reach is refused."""
    done = run_sandbox("--host", "0.0.0.0", DEBUG="1")  # noqa: S104
    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_sandbox_imports_nothing_of_ours():
    """No Django and no other room of the project is loaded by the server."""
    code = (
        "import sys, routing.sandbox.__main__; "
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'usage', 'phi', "
        "'routerproject', 'anthropic') or m.startswith('routing.') and "
        "not m.startswith('routing.sandbox')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_health_answers(sandbox):
    """Health needs no key."""
    with DIRECT.open(urllib.request.Request(sandbox.base_url + "/_sandbox/health")) as reply:
        assert json.load(reply)["status"] == "ok"


def test_stop_is_quick_with_a_call_in_flight():
    """A hanging answer does not keep the server; stop() fails after five seconds."""
    server = Sandbox().start()
    server.script(latency_ms=600_000)
    with connect(server, BODY):
        wait_for_request(server)
        server.stop()
