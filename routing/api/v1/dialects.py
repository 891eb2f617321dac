"""Which provider's schema an address of `/v1/*` speaks, and errors in it."""

from collections.abc import Mapping, Sequence

from django.http import HttpResponse

from routing.api import rate_headers
from routing.api.v1 import chat_errors, messages_errors
from routing.errors import RouterError
from usage.throttling import Quota

_ANTHROPIC = ("/v1/messages", "/v1/complete")  # of several addresses there are only errors
_OPENAI = ("/v1/chat/", "/v1/completions", "/v1/responses", "/v1/embeddings")
VERSION = "anthropic-version"  # a header that only Anthropic's clients send


def speaks_anthropic(path: str, headers: Mapping[str, str]) -> bool:
    """Return whether a caller expects Anthropic's schema: by the address, else by a header."""
    if path.startswith(_OPENAI):
        return False
    return path.startswith(_ANTHROPIC) or VERSION in headers


def rate_headers_of(
    quotas: Sequence[Quota], path: str, headers: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what is left of this minute, in the standard's headers and in the provider's own."""
    is_anthropic = speaks_anthropic(path, headers)
    own = rate_headers.of_anthropic if is_anthropic else rate_headers.of_openai
    return {**rate_headers.standard(quotas), **own(quotas)}


def respond(
    error: RouterError, request_id: str, path: str, headers: Mapping[str, str]
) -> HttpResponse:
    """Return an error as the clients of this address read it."""
    is_anthropic = speaks_anthropic(path, headers)
    write = messages_errors.respond if is_anthropic else chat_errors.respond
    response = write(error, request_id)
    response["X-Router-Request-Id"] = request_id
    return response
