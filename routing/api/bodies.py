"""Bodies of requests that stock Django answers: bounded before it takes them in.

Django writes the whole body to memory or disk before it asks who is there, so that anybody could
fill the disk of a server. Up to what a page takes, everybody is read; a usage report, only who has
signed in.
"""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from django.http import HttpResponse

from routerproject.shared.database import in_database
from routing.api import problems
from routing.api.lean import Receive, Scope, Send, deliver
from routing.api.middleware import API
from routing.errors import TooLarge

PAGE_BYTES: Final = 6_000_000  # a form with a file of 5 MB
REPORTS: Final = ("/usage/months/", "/bill/")  # how the address of an upload begins and ends
REPORT_BYTES: Final = 51_000_000  # with what a form adds to a file of 50 MB


class BoundedBodies:
    """An ASGI application behind a bound on what it is sent; 413 answers what is larger."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        limit = await _limit_of(scope)
        body = _Body(receive, limit)
        if not _is_announced_larger(scope, limit):
            await self._application(scope, body, send)
        else:
            body.is_too_large = True
        if body.is_too_large:
            await deliver(_refusal(scope["path"], limit), send)


class _Body:
    """What comes in, until it is too large: then, as far as the application knows, nobody is there
    any more."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self.is_too_large = False

    async def __call__(self) -> dict[str, Any]:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_too_large = True
            return {"type": "http.disconnect"}
        return message


async def _limit_of(scope: Scope) -> int:
    path: str = scope["path"]
    if path.startswith(API):
        return int(settings.MAX_BODY_BYTES)
    begins, ends = REPORTS
    is_report = scope["method"] == "POST" and path.startswith(begins) and path.endswith(ends)
    if is_report and await _is_signed_in(_session_key(dict(scope["headers"]))):
        return REPORT_BYTES
    return max(PAGE_BYTES, int(settings.MAX_BODY_BYTES))


def _session_key(headers: Mapping[bytes, bytes]) -> str:
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    found = cookies.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


async def _is_signed_in(session_key: str) -> bool:
    try:
        return bool(session_key) and await in_database(_has_person, session_key)
    except DatabaseError:  # the page will say so
        return False


def _has_person(session_key: str) -> bool:
    return SESSION_KEY in SessionStore(session_key).load()


def _is_announced_larger(scope: Scope, limit: int) -> bool:
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    return not announced.isdigit() or int(announced) > limit


def _refusal(path: str, limit: int) -> HttpResponse:
    said = f"The body is larger than {limit} bytes."
    if path.startswith(API):
        return problems.respond(TooLarge(said))
    return HttpResponse(said, status=TooLarge.status, content_type="text/plain; charset=utf-8")
