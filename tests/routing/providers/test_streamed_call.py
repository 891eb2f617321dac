"""A streamed call's time: it bounds the answer, and nothing that comes after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from routing.providers import streaming
from routing.providers.live import LiveStream
from routing.providers.messages import NO_TOKENS
from routing.types import ProviderReply

WHOLE = ProviderReply((), "end_turn", "claude-haiku-4-5", NO_TOKENS, "req_1", 1.0)
MILLISECOND = 0.001


class SlowToClose:
    """A provider that has answered at once, and keeps the connection open for a while."""

    @asynccontextmanager
    async def stream(self, body: bytes, *, model_id: str) -> AsyncIterator["SlowToClose"]:
        yield self

    async def batches(self) -> AsyncIterator[tuple[list[dict[str, str]], int]]:
        yield [{"type": "message_delta"}, {"type": "message_stop"}], 10

    async def finish(self) -> None:
        await asyncio.sleep(20 * MILLISECOND)

    def reply(self) -> ProviderReply:
        return WHOLE

    partial = reply


async def test_answer_that_came_in_time_is_whole_however_its_connection_ends():
    """A deadline between the last event and the connection's end made it unknown money."""
    attempt: Any = SimpleNamespace(
        body=b"",
        deadline=SimpleNamespace(remaining_seconds=MILLISECOND),
        candidate=SimpleNamespace(model=SimpleNamespace(model_id="m", timeout_ms=1_000)),
        believed=lambda reply: reply,
    )
    provider: Any = SlowToClose()
    last, reply = await streaming._answered(attempt, LiveStream(), provider)
    assert (last, reply) == ([{"type": "message_stop"}], WHOLE)
