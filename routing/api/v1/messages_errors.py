"""Errors in Anthropic's schema, with the words of the router's own problems."""

from typing import Any

from django.http import JsonResponse

from routing import message_schema
from routing.api.v1 import repeats
from routing.errors import RouterError, UnknownModel


def respond(error: RouterError, request_id: str) -> JsonResponse:
    """Return an error as the provider's clients read it."""
    status = _status(error)
    body: dict[str, Any] = {
        "type": "error",
        "error": {
            "type": message_schema.error_type(status, error),
            "message": error.detail,
            "problem": error.problem,
        },
        "request_id": request_id,
    }
    return JsonResponse(body, status=status, headers=repeats.headers(error))


def _status(error: RouterError) -> int:
    """An unknown model is what the provider calls it: not found."""
    return 404 if error.problem == UnknownModel.problem else error.status
