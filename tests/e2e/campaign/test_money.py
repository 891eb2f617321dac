"""Caps that hold and a ledger that is right, over two workers, also when they are killed."""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import psutil
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bench import recording
from routerproject.shared import clock
from tests.background import Background
from tests.gateway_server import Gateway
from tests.patience import wait_until
from tests.practice import Practice, forget_failures
from tests.sandbox_server import HELD_MS, Sandbox
from usage import sweeper, verification
from usage.models import Attempt, AuditEntry, BudgetPeriod, LedgerEntry, UsageRecord

pytestmark = pytest.mark.service
OpenPractice = Callable[..., Practice]
WORKERS = 2
WHOLE_KILLS = 200
KILLS_OF_EACH_WEB = 5  # among so many points one is in a web process, which is slow to come back
ONE_CALL = {"task_type": "sentiment", "max_tokens": 20}
TERMINAL = {"completed", "failed", "cancelled", "denied", "unknown", "resolved"}


@pytest.fixture(scope="module")
def two_workers(
    shared_database: None,
    django_db_blocker: DjangoDbBlocker,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    log = tmp_path_factory.mktemp("two-workers") / "web.log"
    running = Gateway(sandbox_process.base_url, log, workers=WORKERS).start()
    yield running
    running.stop()


def worker_pids(server: Gateway) -> list[int]:
    """Return the processes that answer; the supervisor and its helpers aside."""
    found = []
    for child in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # also raised for one that just died
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def parallel(practice: Practice, count: int, *, callers: int, **fields) -> list:
    """Return the replies to so many calls, made by so many callers at a time."""
    barrier = threading.Barrier(callers)

    def call(number: int):
        if number < callers:
            barrier.wait()
        return practice.pms.route(f"Mood of patient nonce-{number}-?", **ONE_CALL, **fields)

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(call, range(count)))


def worst_case_of_one(practice: Practice, open_practice: OpenPractice, server: Gateway) -> int:
    """Return what one of these calls holds, found out in another practice."""
    other = open_practice(server)
    assert other.pms.route("Mood of patient nonce-000-?", **ONE_CALL).status == 200
    return other.attempts()[0].hold_nano_usd


class Watch:
    """Looks at a budget as often as it can while calls are made."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.highest = self.looks = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        try:
            while not self._is_over.is_set():
                self.highest = max(self.highest, sum(self.practice.sums))
                self.looks += 1
        finally:
            connection.close()

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


@pytest.mark.parametrize(
    ("calls", "callers"), [(200, 50), pytest.param(20_000, 200, marks=pytest.mark.soak)]
)
def test_small_cap_is_used_up_and_never_passed(
    two_workers: Gateway,
    open_practice: OpenPractice,
    sandbox: Sandbox,
    record_testsuite_property: Callable[[str, object], None],
    calls: int,
    callers: int,
):
    """Overshoot 0 at every look, no refusal while a worst case fits."""
    worst = worst_case_of_one(open_practice(two_workers), open_practice, two_workers)
    cap = worst * calls // 10
    practice = open_practice(two_workers, cap_nano_usd=cap)
    sandbox.reset()
    with Watch(practice) as watch:
        replies = parallel(practice, calls, callers=callers)
    posted, held, unknown = practice.sums
    assert {reply.status for reply in replies} == {200, 402}
    assert watch.looks > 10
    assert watch.highest <= cap
    assert (held, unknown) == (0, 0)
    assert posted == sandbox.totals()["nano_usd"] <= cap
    assert posted + worst > cap, "a call was refused although its worst case would have fitted"
    for name, value in {
        "overshoot_nano_usd": max(0, watch.highest - cap),
        "utilization_percent": round(100 * posted / cap, 2),
        "answered": sum(reply.status == 200 for reply in replies),
        "looks": watch.looks,
        "ledger_minus_book_nano_usd": posted - sandbox.totals()["nano_usd"],
    }.items():
        record_testsuite_property(name, value)


def test_refusal_names_the_budget_and_records_it(
    two_workers: Gateway, open_practice: OpenPractice, sandbox: Sandbox
):
    """A denied request costs nothing and leaves a row."""
    practice = open_practice(two_workers, cap_nano_usd=1)
    reply = practice.pms.route("Mood?", **ONE_CALL)
    assert (reply.status, reply.problem) == (402, "budget-exceeded")
    assert reply.body["budget"] == "Practice"
    assert reply.body["cap_usd"] == "0.000000001"
    assert (reply.body["retryable"], reply.body["billed"]) == (False, False)
    assert reply.body["resets_at"]
    assert sandbox.requests() == []
    assert [each.state for each in practice.requests()] == ["denied"]
    assert practice.entries() == []
    assert [each.kind for each in practice.audited()] == ["key-created", "request.recorded"]


def test_intent_is_committed_before_the_provider_sees_a_byte(
    two_workers: Gateway, open_practice: OpenPractice, sandbox: Sandbox
):
    """Whenever the provider holds a request, its attempt and its audit entry can be read."""
    practice = open_practice(two_workers)
    sandbox.script(share=1.0, latency_ms=150)
    seen = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(parallel, practice, 24, callers=8)
        while not running.done():
            received = len(sandbox.requests())
            admitted = Attempt.objects.filter(tenant_id=practice.tenant.pk).count()
            intents = AuditEntry.objects.filter(
                tenant_id=practice.tenant.pk, kind="attempt.admitted"
            ).count()
            assert received <= min(admitted, intents)
            seen = max(seen, received)
    assert seen == 24
    holds = LedgerEntry.objects.filter(
        kind="hold", attempt_id__in=[a.pk for a in practice.attempts()]
    )
    assert holds.count() == 24


def moved_clock() -> None:
    """Sweep as Celery will, an hour from now."""
    later = clock.now() + timedelta(hours=1)
    while sweeper.mark_overdue_attempts(later):
        pass
    while sweeper.close_abandoned_requests(later):
        pass


def is_consistent(practice: Practice, sandbox: Sandbox) -> None:
    """Assert that nothing is lost, nothing doubled, and all that was billed is covered."""
    posted, held, unknown = practice.sums
    attempts, requests = practice.attempts(), practice.requests()
    assert held == 0
    assert {each.state for each in attempts} <= {"settled", "void", "unknown", "resolved"}
    assert {each.state for each in requests} <= TERMINAL
    assert posted == sum(each.cost_nano_usd for each in attempts)
    assert unknown == sum(each.hold_nano_usd for each in attempts if each.state == "unknown")
    entries = {(e.attempt_id, e.period_id, e.kind) for e in practice.entries()}
    assert len(entries) == len(practice.entries())
    book = {line["request_id"]: line["nano_usd"] for line in sandbox.book()}
    settled = {a.provider_request_id: a.cost_nano_usd for a in attempts if a.provider_request_id}
    assert settled.items() <= book.items()
    assert posted + unknown >= sum(book.values())
    assert len(book) <= len(attempts)
    assert list(verification.verify(practice.tenant.pk)) == []


@pytest.mark.parametrize(
    "points", [20, pytest.param(WHOLE_KILLS, marks=pytest.mark.soak)], ids=["a few", "many"]
)
def test_kills_lose_and_double_nothing(
    two_workers: Gateway, open_practice: OpenPractice, sandbox: Sandbox, points: int
):
    """kill -9 of web and background processes at seeded moments: what was in flight is unknown
    and held until the bill has cleared it up; then the ledger equals it."""
    practice = open_practice(two_workers)
    assert practice.pms.route("Mood?", **ONE_CALL).status == 200  # shows that the bill goes so far
    dice = random.Random(34)
    sandbox.script(nonce="lost", status=502, billed=True)  # unknown, so the other half has work
    sandbox.script(share=1.0, latency_ms=60)
    is_held = was_killed = 0
    with Background(sandbox.base_url) as background:
        for point in range(points):
            if point % KILLS_OF_EACH_WEB == 0:
                _kill_web(two_workers, practice, dice)
                is_held += any(each.state == "admitted" for each in practice.attempts())
            _ask_at_once(practice, 6, "lost")
            covers_the_bill(practice, sandbox)
            was_killed += background.clear_up(kill_after_seconds=dice.uniform(0.0, 0.15)) != 0
            recording.tell(
                f"kills: {point + 1} of {points}  web met a call {is_held}, worker met a task"
                f" {was_killed}  covered less billed {covers_the_bill(practice, sandbox)} nano-USD"
            )
        assert background.clear_up() == 0
    if points > 100:  # a slow machine may have all of a few kills meet nothing
        assert is_held, "no kill met a call"
        assert was_killed, "no kill met a task"
    is_consistent(practice, sandbox)
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert sum(each.cost_nano_usd for each in practice.requests()) == practice.sums[0]
    if points >= WHOLE_KILLS:
        figures = {
            "points": points,
            "kills_of_web": -(-points // KILLS_OF_EACH_WEB),
            "kills_that_met_a_call": int(is_held),
            "kills_that_met_a_task": int(was_killed),
            "attempts": len(practice.attempts()),
            "budget_minus_book_nano_usd": practice.sums[0] - sandbox.totals()["nano_usd"],
        }
        recording.record_parts("money", {"kills": figures})
    sandbox.reset()
    forget_failures(two_workers)
    wait_until(lambda: practice.pms.route("Mood?", **ONE_CALL).status == 200)


def _kill_web(server: Gateway, practice: Practice, dice: random.Random) -> None:
    """Kill a worker that answers, and wait until there is another one."""
    forget_failures(server)
    victim = dice.choice(worker_pids(server))
    killing = threading.Timer(dice.uniform(0.005, 0.16), os.kill, (victim, signal.SIGKILL))
    killing.start()
    _ask_at_once(practice, 24, "usual")
    killing.join()
    server.wait_until(lambda: len(worker_pids(server)) == WORKERS)
    server.wait_until(lambda: practice.pms.get("/readyz").status == 200)


def covers_the_bill(practice: Practice, sandbox: Sandbox) -> int:
    """Assert that what is spent, held or unknown is at least what was billed so far.

    Returns by how much it is more, in nano-USD.
    """
    more = sum(practice.sums) - sandbox.totals()["nano_usd"]
    assert more >= 0
    return int(more)


def _ask_at_once(practice: Practice, count: int, word: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda n: _ask_or_lose(practice, f"{word} {n}"), range(count)))


def _ask_or_lose(practice: Practice, about: str) -> None:
    """Ask; a server that dies may break the connection in whatever way."""
    with contextlib.suppress(httpx2.TransportError):
        practice.pms.route(f"Mood of {about}?", **ONE_CALL)


def test_worker_that_sleeps_through_the_sweep_settles_once(
    two_workers: Gateway, open_practice: OpenPractice, sandbox: Sandbox
):
    """SIGSTOP, the sweep, SIGCONT: the late owner posts the true cost and nothing twice."""
    practice = open_practice(two_workers)
    sandbox.script(share=1.0, latency_ms=HELD_MS)
    pids = worker_pids(two_workers)
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(practice.pms.route, f"Mood {n}?", **ONE_CALL) for n in range(4)]
        wait_until(lambda: len(sandbox.requests()) == 4)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            moved_clock()
            assert {each.state for each in practice.attempts()} == {"unknown"}
            assert {each.state for each in practice.requests()} == {"unknown"}
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        sandbox.release()
        assert [each.result().status for each in asking] == [200] * 4
    assert {each.state for each in practice.attempts()} == {"settled"}
    assert {each.state for each in practice.requests()} == {"completed"}
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    is_consistent(practice, sandbox)


def test_counters_of_every_budget_can_be_derived(shared_database: None):
    """After all that, what each period says is the sum of its entries."""
    for period in BudgetPeriod.objects.all():
        sums = dict.fromkeys(("hold", "post", "release"), 0)
        for entry in LedgerEntry.objects.filter(period_id=period.pk):
            sums[entry.kind] += entry.amount_nano_usd
        assert sums["post"] == period.posted_nano_usd
        assert sums["hold"] - sums["release"] == period.held_nano_usd + period.unknown_nano_usd


def test_every_request_has_ended(transactional_db: None):
    assert not UsageRecord.objects.exclude(state__in=TERMINAL).exists()
