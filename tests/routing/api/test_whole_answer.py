"""A whole answer of `/v1/*`, and its headers on the wire."""

import asyncio

import pytest
from django.http import BadHeaderError

from routing.api.lean import deliver
from routing.api.whole_answer import WholeAnswer


def sent(answer: WholeAnswer) -> list[dict]:
    """Return what the server is given for an answer."""
    messages = []

    async def send(message: dict) -> None:
        messages.append(message)

    asyncio.run(deliver(answer, send))
    return messages


def test_answer_is_sent_with_its_length_and_headers():
    head, body = sent(WholeAnswer({"id": 1}, {"X-Router-Tier": "haiku"}))
    assert (head["status"], body["body"]) == (200, b'{"id":1}')
    assert (b"content-type", b"application/json") in head["headers"]
    assert (b"content-length", b"8") in head["headers"]
    assert (b"x-router-tier", b"haiku") in head["headers"]


@pytest.mark.parametrize("value", ["haiku\r\nset-cookie: a=b", "haiku\n", "a\x00b"])
def test_header_that_would_begin_another_is_refused(value: str):
    with pytest.raises(BadHeaderError):
        WholeAnswer({}, {"X-Router-Tier": value})


def test_header_that_no_byte_spells_does_not_lose_the_answer():
    head, _ = sent(WholeAnswer({}, {"X-Router-Model": "模型-1"}))
    assert (b"x-router-model", b"??-1") in head["headers"]
