"""The door's other leaf: a streamed call, scanned, admitted and settled like any other.

The call is a task of its own. It settles at the provider's `message_stop`, before the asker gets
that event, and it goes on to the usage or the deadline when the asker leaves, so that what is
written is what was billed.
"""

import asyncio
import math
import time
from dataclasses import replace
from typing import Final

import structlog
from django.conf import settings

from routing.errors import DeadlineExceeded, ProviderCutOff, ProviderFailed, RouterError
from routing.providers.attempt import SHORTEST_CALL_SECONDS, Attempt, scan
from routing.providers.base import Provider, ProviderStream
from routing.providers.gate import Gate
from routing.providers.live import LiveStream
from routing.types import Event, ProviderReply
from usage.ledger import Entry
from usage.ledger.closing import Closing

LAST_READ_SECONDS: Final = 0.1  # for the end of a connection whose answer is complete
# A timer that is moved with every event costs as much as reading it. So it is moved less often, and
# silence is noticed later by this share of it, never earlier.
SILENCE_SLACK: Final = 0.02
# The first event that shows something of the answer; an empty one shows its stop reason.
_SHOWS: Final = frozenset({"content_block_delta", "message_delta"})

log = structlog.get_logger(__name__)
_running: set[asyncio.Task[None]] = set()


async def drain(seconds: float) -> None:
    """Wait, at shutdown, for calls that still run; what is cut then is held as unknown."""
    if not _running:
        return
    _, late = await asyncio.wait(_running, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=seconds)


async def stream_once(attempt: Attempt, gate: Gate) -> LiveStream:
    """Scan, admit and send one call; return its stream when its first delta has come.

    Raises RouterError as `call_once` does, for whatever ends the call before that. Later failures
    are told in the stream, and the call closes its request itself.
    """
    live = LiveStream()
    task = asyncio.create_task(_carry(attempt, gate, live), name="streamed call")
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        await live.opened()
    except asyncio.CancelledError:
        live.abandon()
        raise
    return live


async def _carry(attempt: Attempt, gate: Gate, live: LiveStream) -> None:
    """Make the call; whatever happens, its stream ends."""
    try:
        async with gate.entered(attempt) as passing:
            last = await _call(attempt, live)
            if live.reply:
                passing.used(live.reply.usage)
        live.open()
        await live.put(last, 0)
        live.finish()
    except RouterError as error:
        live.finish(error)
    except Exception as error:  # noqa: BLE001 (the edge of a task: the asker is told)
        # Only the class: the words of what was raised may quote the answer.
        log.error("provider.stream_crashed", error=type(error).__qualname__)
        live.finish(error)
    except asyncio.CancelledError:
        live.finish(ProviderCutOff(outcome="interrupted", is_billed=True))
        raise


async def _call(attempt: Attempt, live: LiveStream) -> list[Event]:
    """Hand on all events but the last, and return that one when the call is settled."""
    provider = attempt.provider
    await scan(attempt, provider.headers)
    _check_time(attempt)
    async with attempt.admitted() as entry:
        try:
            _check_time(attempt)  # after what waiting for budget left of it
        except DeadlineExceeded:
            entry.void(outcome="deadline-before-send", latency_ms=0.0)
            raise
        started = time.perf_counter()
        try:
            last, reply = await _answered(attempt, live, provider)
        except ProviderFailed as failure:
            waited = time.perf_counter() - started
            _note(entry, failure, waited * 1000)
            if attempt.is_wanted is not None:
                await attempt.is_wanted()  # only then is it known whether its request ends with it
            if live.is_open and live.reply:
                entry.closing = attempt.broken(live.reply, failure)
            if failure.extra.get("is_timeout") and _remaining(attempt) < SHORTEST_CALL_SECONDS:
                is_silence = not live.is_open and attempt.is_silence(waited)
                raise DeadlineExceeded(is_billed=True, is_timeout=is_silence) from None
            raise
        _settle(entry, reply, outcome=await attempt.outcome_of(reply))
        entry.closing = _closing(attempt, live, reply)
    return last


async def _answered(
    attempt: Attempt, live: LiveStream, provider: Provider
) -> tuple[list[Event], ProviderReply]:
    """Send the call and relay its events. Raises ProviderFailed."""
    model = attempt.candidate.model
    try:
        async with (
            asyncio.timeout(min(_remaining(attempt), model.timeout_ms / 1000)) as timer,
            provider.stream(attempt.body, model_id=model.model_id) as stream,
        ):
            try:
                last = await _relay(attempt, live, stream, timer)
                live.reply = attempt.believed(stream.reply())
            except BaseException:
                live.reply = stream.partial()
                raise
            timer.reschedule(None)  # the answer is whole, whatever comes of its connection
            await _end(stream)
    except TimeoutError:
        raise ProviderCutOff(outcome="timeout", is_timeout=True) from None
    return last, live.reply


async def _relay(
    attempt: Attempt, live: LiveStream, stream: ProviderStream, timer: asyncio.Timeout
) -> list[Event]:
    """Hand on the events as they come; return the last one."""
    clock = asyncio.get_running_loop().time
    silence = settings.STREAM_SILENCE_MS / 1000
    moved_at = -math.inf
    async for events, size in stream.batches():
        now = clock()
        if now - moved_at >= silence * SILENCE_SLACK:
            longest = silence * (1 + SILENCE_SLACK)
            timer.reschedule(now + min(_remaining(attempt), longest))
            moved_at = now
        if not live.is_open and any(event["type"] in _SHOWS for event in events):
            live.open()
        is_last = events[-1]["type"] == "message_stop"
        last = [events.pop()] if is_last else []
        if events:
            await live.put(events, size)
        if is_last:
            return last
    raise ProviderCutOff(outcome="stream-without-end", http_status=200)


async def _end(stream: ProviderStream) -> None:
    """Read what is left of a connection whose answer is complete, so that it is used again."""
    try:
        async with asyncio.timeout(LAST_READ_SECONDS):
            await stream.finish()
    except (ProviderFailed, TimeoutError):
        return  # the answer is whole; only its connection is not


def _note(entry: Entry, failure: ProviderFailed, latency_ms: float) -> None:
    """State what a failure means for the money that is held."""
    end = entry.void if failure.did_no_work else entry.doubt
    end(
        outcome=str(failure.extra.get("outcome", failure.problem)),
        latency_ms=latency_ms,
        http_status=failure.extra.get("http_status"),
    )


def _settle(entry: Entry, reply: ProviderReply, *, outcome: str) -> None:
    entry.settle(
        reply.usage,
        outcome=outcome,
        latency_ms=reply.latency_ms,
        provider_request_id=reply.provider_request_id,
        time_to_first_token_ms=reply.time_to_first_token_ms,
    )


def _closing(attempt: Attempt, live: LiveStream, reply: ProviderReply) -> Closing | None:
    """Return how the request ends; one whose asker left is cancelled, and billed all the same."""
    closing = attempt.closing(reply)
    if closing and live.is_abandoned:
        return replace(closing, state="cancelled", outcome="client-gone")
    return closing


def _check_time(attempt: Attempt) -> None:
    if _remaining(attempt) < SHORTEST_CALL_SECONDS:
        raise DeadlineExceeded


def _remaining(attempt: Attempt) -> float:
    return attempt.deadline.remaining_seconds
