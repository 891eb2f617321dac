"""A request's headers, read once."""

from io import BytesIO

from django.core.handlers.asgi import ASGIRequest

from routing.api.headers import headers_of


def request(*headers: tuple[bytes, bytes]) -> ASGIRequest:
    scope = {"type": "http", "method": "POST", "path": "/v1/messages", "headers": list(headers)}
    return ASGIRequest(scope, BytesIO())


def test_headers_are_what_django_reads():
    asked = request(
        (b"host", b"127.0.0.1:8000"),
        (b"content-type", b"application/json"),
        (b"x-router-case", b"c-1"),
        (b"anthropic-beta", b"one"),
        (b"anthropic-beta", b"two"),
        (b"x-name", "Zoë".encode("latin-1")),
    )
    assert headers_of(asked) == {name.lower(): told for name, told in asked.headers.items()}


def test_header_whose_name_could_pass_for_another_is_not_read():
    assert headers_of(request((b"x_router_case", b"c-1"), (b"x-router_case", b"c-2"))) == {}


def test_header_is_read_whatever_the_size_of_its_letters():
    assert headers_of(request((b"X-Router-Case", b"c-1"))) == {"x-router-case": "c-1"}
