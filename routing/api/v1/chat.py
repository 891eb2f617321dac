"""OpenAI's chat completions: HTTP only; the pipeline is the one of `/api/v1/route`."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson
from django.http import HttpResponseBase

from routing import pipeline, reply
from routing.api.event_stream import EventStreamResponse, Parts
from routing.api.v1 import chat_body, chat_schema
from routing.api.v1.chat_schema import Chunks
from routing.api.v1.edge import Admission, view
from routing.api.whole_answer import WholeAnswer
from routing.streamed import Streamed

DONE: Final = b"data: [DONE]\n\n"


async def create(admission: Admission) -> HttpResponseBase | WholeAnswer:
    """Answer a request for a completion, whole or chunk by chunk."""
    document = admission.document()
    asked = admission.asked(chat_body.read(admission, document))
    named = {"X-Request-Id": admission.request_id}  # where its SDK looks for it
    if asked.request.stream:
        streamed = await pipeline.stream(asked, admission.process)
        chunks = Chunks(admission.request_id, with_usage=chat_body.wants_usage(document))
        parts = _parts(streamed, chunks, with_usage=chat_body.wants_usage(document))
        return EventStreamResponse(streamed, parts, named)
    answered = await pipeline.answer(asked, admission.process)
    return WholeAnswer(chat_schema.completion_of(answered), {**reply.headers_of(answered), **named})


async def _parts(streamed: Streamed, chunks: Chunks, *, with_usage: bool) -> Parts:
    """Yield the chunks of an answer; one that broke off ends with an error and without `[DONE]`."""
    async with aclosing(streamed.batches()) as batches:
        async for events in batches:
            shown = [chunk for event in events for chunk in chunks.of(event)]
            if shown:
                yield b"".join(map(_frame, shown))
    if streamed.outcome != "completed":
        return
    if with_usage:
        yield _frame(chunks.usage(streamed.summary()))
    yield DONE


def _frame(chunk: Mapping[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(chunk, default=str)


completions = view(post=create)
