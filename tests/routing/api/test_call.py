"""A request of `/v1/*`, and its headers."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from routing.api.call import Call


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": "/v1/messages", "headers": list(headers)}


def headers_of(*headers: tuple[bytes, bytes]) -> Mapping[str, str]:
    return Call.of(scope(*headers), b"").headers


def test_headers_are_what_django_reads():
    asked = (
        (b"host", b"127.0.0.1:8000"),
        (b"content-type", b"application/json"),
        (b"x-router-case", b"c-1"),
        (b"anthropic-beta", b"one"),
        (b"anthropic-beta", b"two"),
        (b"x-name", "Zoë".encode("latin-1")),
    )
    by_django = ASGIRequest(scope(*asked), BytesIO()).headers
    assert headers_of(*asked) == {name.lower(): told for name, told in by_django.items()}


def test_header_whose_name_could_pass_for_another_is_not_read():
    assert headers_of((b"x_router_case", b"c-1"), (b"x-router_case", b"c-2")) == {}


def test_header_is_read_whatever_the_size_of_its_letters():
    assert headers_of((b"X-Router-Case", b"c-1")) == {"x-router-case": "c-1"}


def test_query_is_read_when_it_is_asked_for():
    asked = Call.of({**scope(), "query_string": b"limit=2&after_id=a%2Fb"}, b"")
    assert (asked.query["limit"], asked.query["after_id"]) == ("2", "a/b")
