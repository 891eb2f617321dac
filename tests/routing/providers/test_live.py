"""Events between a call and its reader: bounded, and the call never depends on the reader."""

import asyncio

import pytest

from routing.errors import ProviderBusy, ProviderCutOff
from routing.providers.live import MOST_WAITING_BYTES, LiveStream, SlowReader
from tests.patience import LIMIT_SECONDS

EVENT = {"type": "ping"}
MUCH = MOST_WAITING_BYTES // 2 + 1


async def read(live: LiveStream) -> list[list[dict[str, str]]]:
    return [batch async for batch in live.batches() if batch]


async def test_reader_gets_every_batch_in_order_and_then_the_end():
    live = LiveStream()
    live.open()
    await live.put([EVENT, EVENT], 10)
    reading = asyncio.create_task(read(live))
    await asyncio.sleep(0)
    await live.put([EVENT], 10)
    live.finish()
    assert await reading == [[EVENT, EVENT], [EVENT]]
    assert live.failure is None


async def test_reader_of_a_silent_stream_can_look_whether_it_still_may():
    live = LiveStream(look_seconds=0.001)
    live.open()
    batches = live.batches()
    assert await anext(batches) == []
    await live.put([EVENT], 10)
    while not (batch := await anext(batches)):
        pass
    assert batch == [EVENT]
    await batches.aclose()


async def test_call_waits_for_a_reader_that_has_enough_to_read():
    live = LiveStream()
    live.open()
    await live.put([EVENT], MUCH)
    waiting = asyncio.create_task(live.put([EVENT], MUCH))
    await asyncio.sleep(0)
    assert not waiting.done()
    batches = live.batches()
    assert await anext(batches) == [EVENT]
    assert await anext(batches) == [EVENT]
    await waiting
    await batches.aclose()


async def test_what_comes_before_the_first_delta_is_bounded_too():
    """A provider that sends pings, or blocks that begin with all they hold, and no delta."""
    live = LiveStream()
    await live.put([EVENT], MUCH)
    assert not live.is_open
    waiting = asyncio.create_task(live.put([EVENT], MUCH))
    await live.opened()
    assert not waiting.done()
    live.abandon()
    await waiting


async def test_reader_that_takes_nothing_counts_as_gone():
    live = LiveStream(patience_seconds=0.01)
    live.open()
    for _ in range(5):
        await live.put([EVENT], MUCH)
    live.finish()
    assert live.is_abandoned
    assert isinstance(live.failure, SlowReader)
    assert await read(live) == []


async def test_call_without_a_reader_goes_on():
    live = LiveStream()
    live.open()
    live.abandon()
    for _ in range(5):
        await live.put([EVENT], MUCH)
    assert await asyncio.wait_for(asyncio.shield(_ended(live)), LIMIT_SECONDS) == []


async def _ended(live: LiveStream) -> list[list[dict[str, str]]]:
    live.finish()
    return await read(live)


async def test_failure_before_the_first_delta_is_raised_and_later_ones_are_told():
    early, late = LiveStream(), LiveStream()
    early.finish(ProviderBusy())
    with pytest.raises(ProviderBusy):
        await early.opened()
    assert not early.is_open
    late.open()
    late.finish(ProviderCutOff())
    await late.opened()
    assert isinstance(late.failure, ProviderCutOff)


async def test_defect_after_the_first_delta_breaks_the_answer_off():
    live = LiveStream()
    live.open()
    live.finish(ZeroDivisionError())
    assert isinstance(live.failure, ProviderCutOff)


async def test_failure_that_nobody_awaits_is_no_warning():
    live = LiveStream()
    live.finish(ProviderBusy())
    del live
