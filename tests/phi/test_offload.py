"""Long texts are sanitized by a worker that one bad text cannot take away from the others."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator
from functools import partial

import pytest

from phi import offload
from phi.errors import EngineBusy, PhiBlocked
from phi.leaf_memory import LeafMemory
from phi.sanitize import Sanitized, sanitize, sanitize_text
from routerproject.shared import turns as shared_turns
from tests.patience import LIMIT_SECONDS, until
from tests.phi.cast import KEY, KNOWN, POLICY, message

LONG = offload.SHORT_TEXT_BYTES + 1
LONG_SYSTEM = {"system": "No fever, lungs clear. " * 200}
NOTE = message("Robert Garcia was seen, MRN 482913. " + "No fever, lungs clear. " * 200)


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(offload, "MEMORY", LeafMemory(most_bytes=0))  # each text is a new one
    offload.close()
    yield
    offload.close()


async def ask(size: int = LONG) -> Sanitized:
    return await offload.sanitize(NOTE, known=KNOWN, policy=POLICY, key=KEY, size=size)


def worker() -> int:
    """Return the process id of the worker."""
    (process,) = multiprocessing.active_children()
    assert process.pid
    return process.pid


def is_busy() -> bool:
    """Tell whether a text has its turn."""
    return offload._turns[asyncio.get_running_loop()].locked()


def reasons(outcome: object) -> list[str]:
    assert isinstance(outcome, PhiBlocked)
    return list(outcome.extra["reasons"])


@pytest.fixture
async def hasty(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """Lose patience soon, but not while the worker starts."""
    monkeypatch.setattr(offload, "PATIENCE_SECONDS", LIMIT_SECONDS)
    await ask()
    settings.ENGINE_PATIENCE = 1
    monkeypatch.setattr(offload, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(offload, "SLOWEST_BYTES_PER_SECOND", 10**9)


async def test_the_worker_does_what_is_done_at_once() -> None:
    expected = sanitize(NOTE, known=KNOWN, policy=POLICY, key=KEY)
    assert await ask() == await ask(size=10) == expected


async def test_other_business_of_the_loop_comes_between_short_texts_that_come_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the streams of everybody else would stand still until the last one is done."""
    monkeypatch.setattr(shared_turns, "ROUND_SECONDS", 0)  # each takes longer than a round has
    turns, done_at = 0, []

    async def other_business() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def one() -> None:
        await offload.sanitize(message("Lungs."), known=(), policy=POLICY, key=KEY, size=10)
        done_at.append(turns)

    other = asyncio.create_task(other_business())
    await asyncio.gather(*(one() for _ in range(5)))
    other.cancel()
    assert len(set(done_at)) == 5


async def test_a_refusal_of_the_worker_is_the_refusal() -> None:
    document = {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}], **LONG_SYSTEM}
    with pytest.raises(PhiBlocked) as refusal:
        await offload.sanitize(document, known=(), policy=POLICY, key=KEY, size=LONG)
    assert refusal.value.extra == {"reasons": ["unknown-block-type"]}


async def test_the_first_long_text_finds_the_worker_running() -> None:
    offload.start()
    pid = worker()
    await ask()
    assert worker() == pid


@pytest.mark.usefixtures("hasty")
async def test_a_hung_worker_is_replaced() -> None:
    """The text that hung it is refused; the next one is answered."""
    await ask()
    hung = worker()
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(PhiBlocked) as refusal:
        await ask()
    assert refusal.value.extra == {"reasons": ["engine-timeout"]}
    offload.PATIENCE_SECONDS = LIMIT_SECONDS
    assert (await ask()).counts
    assert worker() != hung


@pytest.mark.usefixtures("hasty")
async def test_what_waits_behind_a_hung_worker_is_answered() -> None:
    """Patience begins with the turn, so waiting is no refusal, and one replacement is enough."""
    await ask()
    os.kill(worker(), signal.SIGSTOP)
    first = asyncio.create_task(ask())
    await until(is_busy)
    offload.PATIENCE_SECONDS = LIMIT_SECONDS
    outcomes = await asyncio.gather(first, *(ask() for _ in range(5)), return_exceptions=True)
    assert reasons(outcomes[0]) == ["engine-timeout"]
    assert all(isinstance(outcome, Sanitized) for outcome in outcomes[1:])
    assert worker()


@pytest.mark.usefixtures("hasty")
async def test_waiting_too_long_is_overload_and_may_be_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offload, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(offload, "PATIENCE_SECONDS", LIMIT_SECONDS)
    os.kill(worker(), signal.SIGSTOP)
    first = asyncio.create_task(ask())
    await until(is_busy)
    with pytest.raises(EngineBusy) as refusal:
        await ask()
    assert (refusal.value.status, refusal.value.problem) == (503, "overloaded")
    assert refusal.value.is_retryable
    assert refusal.value.retry_after_seconds == 1
    os.kill(worker(), signal.SIGKILL)
    with pytest.raises(PhiBlocked):
        await first


@pytest.mark.usefixtures("hasty")
async def test_a_caller_who_leaves_takes_nothing_with_them() -> None:
    """The worker is still watched, and the next text does not get the answer to the last."""
    await ask()
    hung = worker()
    os.kill(hung, signal.SIGSTOP)
    leaving = asyncio.create_task(ask())
    await until(is_busy)
    leaving.cancel()
    offload.PATIENCE_SECONDS = LIMIT_SECONDS
    other = message("Nothing to find here. " * 200)
    safe = await offload.sanitize(other, known=(), policy=POLICY, key=KEY, size=LONG)
    assert safe.document == other
    assert worker() != hung


async def test_a_worker_that_died_idle_is_replaced_unseen() -> None:
    await ask()
    os.kill(worker(), signal.SIGKILL)
    await until(lambda: not multiprocessing.active_children())
    assert (await ask()).counts


async def test_a_worker_that_dies_at_work_refuses_its_text_only() -> None:
    await ask()
    os.kill(worker(), signal.SIGSTOP)
    first = asyncio.create_task(ask())
    await until(is_busy)
    os.kill(worker(), signal.SIGKILL)
    outcomes = await asyncio.gather(first, ask(), return_exceptions=True)
    assert reasons(outcomes[0]) == ["engine-died"]
    assert isinstance(outcomes[1], Sanitized)


def test_other_event_loops_share_the_worker() -> None:
    offload.start()
    pid = worker()
    for _ in range(2):
        assert asyncio.run(ask()).counts
    assert worker() == pid


async def test_a_long_text_is_found_in_as_a_short_one_is() -> None:
    text = "Robert Garcia was seen, MRN 482913. " + "No fever, lungs clear. " * 200
    expected = sanitize_text(text, known=KNOWN, policy=POLICY, key=KEY)
    assert await offload.sanitize_text(text, known=KNOWN, policy=POLICY, key=KEY) == expected
    assert worker()


async def test_a_job_that_fails_refuses_without_its_words_and_spares_the_worker() -> None:
    with pytest.raises(PhiBlocked) as refusal:
        await offload.run(partial(int, "Robert Garcia"), size=1)
    assert refusal.value.extra == {"reasons": ["engine-failure"]}
    assert "Garcia" not in repr(refusal.value)
    pid = worker()
    assert await offload.run(partial(int, "7"), size=1) == 7
    assert worker() == pid
