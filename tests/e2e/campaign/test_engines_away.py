"""PostgreSQL or Redis away, cut, silent or slow: what still works, and what is refused safely."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from pytest_django import DjangoDbBlocker

from routerproject.local.folders import PROJECT
from tests.gateway_server import (
    Gateway,
    database_url,
    fetch,
    free_port,
    refusing_port,
    web_client,
)
from tests.patience import LIMIT_SECONDS, USUAL
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from tests.tcp_line import line_to
from usage import verification
from usage.models import BudgetPeriod

pytestmark = pytest.mark.service
OpenPractice = Callable[..., Practice]
ONE_CALL = {"task_type": "sentiment", "max_tokens": 20}


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield int(silent.getsockname()[1])


class Site:
    """A router whose database and Redis lie behind lines of ours."""

    def __init__(self, sandbox: Sandbox, log: Path) -> None:
        self.database, database = line_to(database_url())
        self.redis, cache = line_to(os.environ["REDIS_URL"])
        environment = {**USUAL, "DATABASE_URL": database, "REDIS_URL": cache}
        self.gateway = Gateway(sandbox.base_url, log, environment=environment)

    def is_ready(self) -> bool:
        return fetch(f"{self.gateway.url}/readyz").status_code == 200

    def close(self) -> None:
        self.database.mend()
        self.redis.mend()
        self.gateway.stop()
        self.database.close()
        self.redis.close()


@pytest.fixture(scope="module")
def site(
    shared_database: None,
    django_db_blocker: DjangoDbBlocker,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    running = Site(sandbox_process, tmp_path_factory.mktemp("site") / "web.log")
    running.gateway.start()
    yield running
    running.close()


@pytest.fixture
def clinic(site: Site, open_practice: OpenPractice, sandbox: Sandbox) -> Iterator[Practice]:
    """A practice at that router, whose lines are mended at the end."""
    yield open_practice(site.gateway)
    site.database.mend()
    site.redis.mend()
    site.gateway.wait_until(site.is_ready)


def status_of(practice: Practice, **fields) -> int:
    return practice.pms.route("Mood?", **{**ONE_CALL, **fields}).status


# -- Redis ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut", "freeze"])
def test_redis_lost_while_running_costs_no_request(clinic: Practice, site: Site, fault: str):
    """Each request is answered, and waits 50 ms for it at the very most now and then."""
    for _ in range(5):
        assert status_of(clinic) == 200
    getattr(site.redis, fault)()
    begun = time.monotonic()
    assert {status_of(clinic) for _ in range(30)} == {200}
    assert time.monotonic() - begun < 60  # takes about one; without an end of each wait, for ever
    posted, held, unknown = clinic.sums
    assert (posted > 0, held, unknown) == (True, 0, 0)


def test_flushed_redis_is_filled_anew(clinic: Practice):
    """It holds nothing that must not be lost."""
    own = redis.Redis.from_url(os.environ["REDIS_URL"])
    for _ in range(5):
        assert status_of(clinic) == 200
        own.flushdb()
    own.close()
    assert status_of(clinic) == 200


@pytest.mark.parametrize("is_away", [False, True], ids=["with Redis", "without"])
def test_rate_limit_holds(site: Site, open_practice: OpenPractice, sandbox: Sandbox, is_away: bool):
    """429 with the seconds to wait, whoever counts; the refused are not sent."""
    begun, minute = 0, 1
    while begun != minute:  # else two minutes' limits were had
        practice = open_practice(site.gateway, requests_per_minute=7)
        sandbox.reset()
        if is_away:
            site.redis.cut()
        try:
            begun = int(time.time() // 60)
            replies = [practice.pms.route("Mood?", **ONE_CALL) for _ in range(20)]
            minute = int(time.time() // 60)
        finally:
            site.redis.mend()
    refused = [reply for reply in replies if reply.status == 429]
    # Redis over its 50 ms on a busy machine counts as away, and this worker's own share as well.
    assert len(refused) == 13 if is_away else 6 <= len(refused) <= 13
    assert 1 <= int(refused[0].headers["retry-after"]) <= 60
    assert (refused[0].problem, refused[0].body["retryable"]) == ("rate-limited", True)
    assert len(sandbox.requests()) == len(replies) - len(refused)


def keep_cutting(site: Site) -> None:
    """Take it away and give it back, as long as somebody asks."""
    for _ in range(8):
        site.redis.cut()
        time.sleep(0.03)
        site.redis.mend()
        time.sleep(0.03)


REDIS_STATES: dict[str, Callable[[Site], None]] = {
    "up": lambda site: None,
    "away": lambda site: site.redis.cut(),
    "silent": lambda site: site.redis.freeze(),
    "coming and going": keep_cutting,
}


@pytest.mark.parametrize("state", REDIS_STATES)
def test_cap_holds_whatever_becomes_of_redis(
    site: Site, open_practice: OpenPractice, clinic: Practice, sandbox: Sandbox, state: str
):
    """To the last nano-USD, and used to its end: no counter of it lives there."""
    assert status_of(clinic) == 200
    worst = clinic.attempts()[0].hold_nano_usd
    tight = open_practice(site.gateway, cap_nano_usd=5 * worst)
    sandbox.reset()
    with ThreadPoolExecutor(9) as pool:
        changing = pool.submit(REDIS_STATES[state], site)
        statuses = set(pool.map(lambda _: status_of(tight), range(80)))
        changing.result()
    assert statuses == {200, 402}
    posted, held, unknown = tight.sums
    assert (held, unknown) == (0, 0)
    assert posted == sandbox.totals()["nano_usd"]
    assert posted <= 5 * worst < posted + worst


@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "is silent"])
def test_router_starts_without_redis(
    open_practice: OpenPractice,
    sandbox: Sandbox,
    tmp_path: Path,
    is_silent: bool,
):
    """Degraded, and it says so; caps are exact, since no cap lives there."""
    with silent_port() if is_silent else refusing_port() as port:
        environment = {**USUAL, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        alone = Gateway(sandbox.base_url, tmp_path / "web.log", environment=environment).start()
        try:
            practice = open_practice(alone)
            assert {status_of(practice) for _ in range(10)} == {200}
            said = fetch(f"{alone.url}/readyz").json()
            assert (said["status"], said["redis"]) == ("degraded", "away")
            tight = open_practice(alone, cap_nano_usd=1)
            assert status_of(tight) == 402
        finally:
            alone.stop()


# -- PostgreSQL -----------------------------------------------------------------------------------


def test_lost_database_refuses_and_recovers_by_itself(
    clinic: Practice, site: Site, sandbox: Sandbox
):
    """503 with Retry-After, never 401 and never an answer that nobody wrote down."""
    assert status_of(clinic) == 200
    sandbox.reset()
    site.database.cut()
    for _ in range(4):
        reply = clinic.pms.route("Mood?", **ONE_CALL)
        assert (reply.status, reply.problem) == (503, "database-unavailable")
        assert int(reply.headers["retry-after"]) >= 1
        assert (reply.body["retryable"], reply.body["billed"]) == (True, False)
        summary = clinic.pms.get("/api/v1/usage/summary")
        assert (summary.status, summary.problem) == (503, "database-unavailable")
    assert sandbox.requests() == []
    site.gateway.wait_until(lambda: not site.is_ready())
    site.database.mend()
    site.gateway.wait_until(lambda: status_of(clinic) == 200)
    assert list(verification.verify(clinic.tenant.pk)) == []


def test_database_lost_after_the_answer_delays_only_the_writing(
    clinic: Practice, site: Site, sandbox: Sandbox
):
    """The caller gets what was paid for, with a warning; it is settled once that is over."""
    sandbox.script(next=1, latency_ms=HELD_MS)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(clinic.pms.route, "Mood?", **ONE_CALL)
        site.gateway.wait_until(lambda: len(sandbox.requests()) == 1)
        site.database.cut()
        sandbox.release()
        reply = asking.result()
    assert reply.status == 200, reply.body
    assert "settlement-pending" in {warning["code"] for warning in reply.body["warnings"]}
    assert [each.state for each in clinic.attempts()] == ["admitted"]
    posted, held, _ = clinic.sums
    assert (posted, held) == (0, clinic.attempts()[0].hold_nano_usd)
    site.database.mend()
    site.gateway.wait_until(lambda: clinic.attempts()[0].state == "settled")
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [each.state for each in clinic.requests()] == ["completed"]


def test_silent_database_holds_nobody_up(clinic: Practice, site: Site, sandbox: Sandbox):
    """A black hole instead of a refusal: every wait has an end, and then it works again."""
    assert status_of(clinic) == 200
    sandbox.reset()
    site.database.freeze()
    assert status_of(clinic, deadline_ms=2_000) in (503, 504)
    site.gateway.wait_until(lambda: status_of(clinic) == 503)
    assert sandbox.requests() == []
    site.database.mend()
    site.gateway.wait_until(lambda: status_of(clinic) == 200)


def test_database_that_comes_and_goes_loses_no_money(
    clinic: Practice, site: Site, sandbox: Sandbox
):
    """Cut every few requests: what was sent is held or posted, never forgotten."""
    for number in range(6):
        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(status_of, clinic) for _ in range(8)]
            if number % 2:
                site.database.cut()
            statuses = {each.result() for each in asking}
        assert statuses <= {200, 503}
        site.database.mend()
        site.gateway.wait_until(lambda: status_of(clinic) == 200)
    site.gateway.wait_until(
        lambda: (
            not [a for a in clinic.attempts() if a.state == "admitted" and not a.outcome]
            or _is_covered(clinic, sandbox)
        )
    )
    assert _is_covered(clinic, sandbox)
    assert list(verification.verify(clinic.tenant.pk)) == []
    period = BudgetPeriod.objects.get(budget=clinic.budget)
    assert period.posted_nano_usd == sum(each.cost_nano_usd for each in clinic.attempts())


def _is_covered(practice: Practice, sandbox: Sandbox) -> bool:
    return sum(practice.sums) >= sandbox.totals()["nano_usd"]


# -- starting -------------------------------------------------------------------------------------


def test_router_without_a_database_is_alive_but_not_ready(sandbox: Sandbox, tmp_path: Path):
    """It waits for its configuration, refuses meanwhile, and tells no secret."""
    with refusing_port() as port:
        environment = {"DATABASE_URL": f"postgres://router:hunter2@127.0.0.1:{port}/router"}
        waiting = Gateway(sandbox.base_url, tmp_path / "web.log", environment=environment)
        waiting.launch()
        try:
            waiting.wait_until(lambda: fetch(f"{waiting.url}/healthz").status_code == 200)
            ready = fetch(f"{waiting.url}/readyz")
            assert ready.status_code == 503
            assert ready.json() == {"status": "unavailable", "reason": "database-unavailable"}
            with web_client() as client:
                answer = client.post(f"{waiting.url}/api/v1/route", json={"prompt": "x"})
            assert (answer.status_code, answer.json()["problem"]) == (503, "database-unavailable")
            assert sandbox.requests() == []
        finally:
            waiting.stop()
    assert "hunter2" not in (tmp_path / "web.log").read_text()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY (or SECRET_KEY_FILE) must be set."),
        (
            {"KEY_ENCRYPTION_KEY": ""},
            "KEY_ENCRYPTION_KEY (or KEY_ENCRYPTION_KEY_FILE) must be set.",
        ),
        ({"AUDIT_SIGNING_KEY": " "}, "AUDIT_SIGNING_KEY (or AUDIT_SIGNING_KEY_FILE) must be set."),
        ({"DATABASE_URL": ""}, "DATABASE_URL and REDIS_URL must be set"),
        ({"REDIS_URL": ""}, "DATABASE_URL and REDIS_URL must be set"),
        ({"DEBUG": "False"}, "DEBUG=False needs ANTHROPIC_API_KEY"),
        ({"ALLOWED_HOSTS": "localhost,a.example"}, "set DEBUG=False to answer to a.example"),
        ({"KEY_ENCRYPTION_KEY": "c2hvcnQ="}, "KEY_ENCRYPTION_KEY must be 32 bytes in base64"),
        ({"KEY_ENCRYPTION_KEY": "hunter2!"}, "KEY_ENCRYPTION_KEY must be 32 bytes in base64"),
        ({"AUDIT_SIGNING_KEY": "c2hvcnQ="}, "AUDIT_SIGNING_KEY must be 32 bytes in base64"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_start_fails_with_a_reason_and_no_secret(
    tmp_path: Path, changes: dict[str, str], words: str
):
    """What is missing or wrong is said in one sentence, before any request is taken."""
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "SANDBOX_URL": "", **changes}
    command = [sys.executable, "-m", "routerproject.serve", "--port"]
    started = subprocess.run(
        [*command, str(free_port())],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS,
        check=False,
    )  # fmt: skip
    said = started.stdout + started.stderr
    assert started.returncode != 0
    assert words in said
    for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "AUDIT_SIGNING_KEY"):
        value = environment[name].strip()
        assert not value or value not in said
