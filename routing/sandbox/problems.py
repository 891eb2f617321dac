"""What can be wrong with a call, in the words of the provider's error schema."""

from typing import Any

from routing.sandbox.tokens import compact

TYPE_BY_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
MESSAGE_BY_TYPE = {
    "rate_limit_error": "This request would exceed your organization's rate limit.",
    "overloaded_error": "Overloaded",
    "api_error": "Internal server error",
}


class Problem(Exception):
    """A call that is answered with an error; nothing is billed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(message: str) -> Problem:
    """Return the 400 of a body that cannot be used."""
    return Problem(400, message)


def not_found(message: str) -> Problem:
    """Return the 404 of a path, model or batch that does not exist."""
    return Problem(404, message)


def error_body(status: int, message: str | None, request_id: str) -> bytes:
    """Return the provider's error document."""
    kind = TYPE_BY_STATUS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    error = {"type": kind, "message": message or MESSAGE_BY_TYPE.get(kind, kind.replace("_", " "))}
    return compact(error_document(error, request_id)).encode()


def error_document(error: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Return an error object in its envelope."""
    return {"type": "error", "error": error, "request_id": request_id}
