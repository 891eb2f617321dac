"""The cast: a running sandbox and the official client talking to it."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import anthropic
import pytest

from tests.sandbox_server import DIRECT, Sandbox, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

HAIKU = "claude-haiku-4-5-20251001"


class Response(NamedTuple):
    """A plain HTTP response."""

    status: int
    headers: Any
    body: Any


Post = Callable[..., Response]


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[anthropic.Anthropic]:
    """The official client, without retries of its own."""
    with anthropic.Anthropic(
        base_url=sandbox.base_url, api_key="sk-test", max_retries=0, timeout=120
    ) as made:
        yield made


@pytest.fixture
def ask(client: anthropic.Anthropic) -> Callable[..., Any]:
    """Ask one question and return the whole message."""

    def create(text: str, **more: Any) -> Any:
        given: dict[str, Any] = {"model": HAIKU, "max_tokens": 1000} | more
        return client.messages.create(messages=[{"role": "user", "content": text}], **given)

    return create


@pytest.fixture
def watch(client: anthropic.Anthropic) -> Callable[..., Any]:
    """Ask one question as a stream and return the message the client put together."""

    def stream(text: str, **more: Any) -> Any:
        given: dict[str, Any] = {"model": HAIKU, "max_tokens": 1000} | more
        messages: list[Any] = [{"role": "user", "content": text}]
        with client.messages.stream(messages=messages, **given) as events:
            return events.get_final_message()

    return stream


@pytest.fixture
def post(sandbox: Sandbox) -> Post:
    """Send a body to the Messages API without any client and return the plain response."""

    def send(
        body: Any, path: str = "/v1/messages", *, version: str = "2023-06-01", **headers: str
    ) -> Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"anthropic-version": version, "x-api-key": "sk-test"} | named
        request = urllib.request.Request(
            sandbox.base_url + path,
            data=data,
            headers={name: value for name, value in named.items() if value},
        )
        try:
            with DIRECT.open(request, timeout=120) as reply:
                return Response(reply.status, reply.headers, json.load(reply))
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, error.headers, json.load(error))

    return send
