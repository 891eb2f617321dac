"""Anthropic's Messages API: HTTP only; the pipeline is the one of `/api/v1/route`."""

from contextlib import aclosing

from django.http import HttpResponseBase

from routing import message_schema, pipeline, reply
from routing.api.event_stream import EventStreamResponse, Parts, frame
from routing.api.v1 import messages_body
from routing.api.v1.edge import Admission, view
from routing.api.whole_answer import WholeAnswer
from routing.streamed import Streamed


async def create(admission: Admission) -> HttpResponseBase | WholeAnswer:
    """Answer a request for a message, whole or event by event."""
    document = admission.document()
    asked = admission.asked(messages_body.read(admission, document))
    if asked.request.stream:
        streamed = await pipeline.stream(asked, admission.process)
        return EventStreamResponse(streamed, events(streamed), {})
    answered = await pipeline.answer(asked, admission.process)
    return WholeAnswer(message_schema.message_of(answered), reply.headers_of(answered))


async def count(admission: Admission) -> WholeAnswer:
    """Say how many input tokens a request has, by the model that would answer it."""
    document = admission.document()
    asked = admission.asked(messages_body.read_to_count(admission, document))
    counted = await pipeline.count(asked, admission.process)
    warned = {"X-Router-Warnings": "tokens-estimated"} if counted.is_estimate else {}
    return WholeAnswer({"input_tokens": counted.tokens}, warned)


async def events(streamed: Streamed) -> Parts:
    """Yield the events of an answer and nothing of ours after them."""
    async with aclosing(streamed.batches()) as batches:
        async for each in batches:
            yield b"".join(map(frame, each))


messages = view(post=create)
count_tokens = view(post=count)
