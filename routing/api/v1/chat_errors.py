"""Errors in OpenAI's schema, with the words of the router's own problems."""

from typing import Any, Final

from django.http import JsonResponse

from routing.api.v1 import repeats
from routing.errors import RouterError, UnknownModel

# What its clients look at; any other problem is its own code.
_CODES: Final = {
    "unauthenticated": "invalid_api_key",
    "unknown-model": "model_not_found",
    "rate-limited": "rate_limit_exceeded",
    "budget-exceeded": "insufficient_quota",
}
_PARTS: Final = {"output_format": "response_format", "stop_sequences": "stop"}
_TYPES: Final = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}


def respond(error: RouterError, request_id: str) -> JsonResponse:
    """Return an error as the provider's clients read it."""
    headers = {**repeats.headers(error), "X-Request-Id": request_id}
    body = {"error": document(error), "request_id": request_id}
    return JsonResponse(body, status=status_of(error), headers=headers)


def document(error: RouterError) -> dict[str, Any]:
    """Return the error object."""
    return {
        "message": error.detail,
        "type": _type(status_of(error)),
        "param": _named_here(error.extra.get("field")),
        "code": _CODES.get(error.problem, error.problem.replace("-", "_")),
        "problem": error.problem,
    }


def _named_here(field: str | None) -> str | None:
    """Return a field that a provider refused by the name it has in a chat completion."""
    for ours, theirs in _PARTS.items():
        if field and (field == ours or field.startswith(f"{ours}.")):
            return field.replace(ours, theirs, 1)
    return field


def status_of(error: RouterError) -> int:
    """An unknown model is what the provider calls it: not found."""
    return 404 if error.problem == UnknownModel.problem else error.status


def _type(status: int) -> str:
    usual = "server_error" if status >= 500 else "invalid_request_error"
    return _TYPES.get(status, usual)
