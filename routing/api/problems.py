"""Errors as RFC 9457 problems, with the request id, and never a word of the request."""

import math
import traceback
from pathlib import Path
from typing import Any

import psycopg
import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from routing.errors import (
    DatabaseUnavailable,
    InvalidRequest,
    RouterError,
    UnsupportedMediaType,
)

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
SHOWN_FRAMES = 6
# Only these say that the database is away. Any other error of it is a defect, and repeating the
# request would not help.
DATABASE_IS_AWAY = (
    *(OperationalError, InterfaceError),
    *(psycopg.OperationalError, psycopg.InterfaceError),
)
HIDDEN = frozenset({"outcome", "http_status", "is_timeout", "error_type"})

log = structlog.get_logger(__name__)


class NotFound(RouterError):
    status = 404
    problem = "not-found"
    title = "There is nothing at this address."


class MethodNotAllowed(RouterError):
    status = 405
    problem = "method-not-allowed"
    title = "This address does not take this method."


class NotAcceptable(RouterError):
    status = 406
    problem = "not-acceptable"
    title = "This address answers with JSON only."


class Internal(RouterError):
    pass


def document(error: RouterError, request_id: str | None) -> dict[str, Any]:
    """Return the problem document of an error."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + error.problem,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "problem": error.problem,
        "retryable": error.is_retryable,
        "billed": error.is_billed,
        **{name: value for name, value in error.extra.items() if name not in HIDDEN},
    }
    if request_id:
        body["request_id"] = request_id
    return body


def headers(error: RouterError) -> dict[str, str]:
    """Return the headers that belong to a problem."""
    found = {"Cache-Control": "no-store"}
    if error.retry_after_seconds is not None:
        found["Retry-After"] = str(math.ceil(error.retry_after_seconds))
    if error.status == 401:
        found["WWW-Authenticate"] = "Bearer"
    return found


def respond(error: RouterError, request_id: str | None = None) -> HttpResponse:
    """Return a problem outside DRF."""
    return JsonResponse(
        document(error, request_id),
        status=error.status,
        headers=headers(error),
        content_type=CONTENT_TYPE,
    )


def render_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Return the problem of whatever went wrong in a view: DRF's EXCEPTION_HANDLER."""
    request_id = getattr(context.get("view"), "request_id", None)
    known = as_router_error(error, request_id)
    return Response(
        document(known, request_id),
        status=known.status,
        headers=headers(known),
        content_type=CONTENT_TYPE,
    )


def as_router_error(error: Exception, request_id: str | None = None) -> RouterError:
    """Return the router's own error for anything raised below a view."""
    if isinstance(error, RouterError):
        return error
    for kinds, known in _TRANSLATIONS:
        if isinstance(error, kinds):
            return known()
    if isinstance(error, DATABASE_IS_AWAY):
        return DatabaseUnavailable(retry_after_seconds=1)
    # Only the class and the places of what was raised: its words may quote the request.
    log.error(
        "request.crashed",
        error=type(error).__qualname__,
        at=_places(error),
        request_id=request_id,
    )
    return Internal()


def _places(error: Exception) -> list[str]:
    """Return where an error came from, innermost last, as file:line function."""
    frames = traceback.extract_tb(error.__traceback__)[-SHOWN_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


_TRANSLATIONS: tuple[tuple[tuple[type[Exception], ...], type[RouterError]], ...] = (
    ((exceptions.UnsupportedMediaType,), UnsupportedMediaType),
    ((exceptions.MethodNotAllowed,), MethodNotAllowed),
    ((exceptions.NotAcceptable,), NotAcceptable),
    ((exceptions.NotFound, Http404, PermissionDenied), NotFound),
    ((exceptions.ParseError, exceptions.ValidationError), InvalidRequest),
)
