"""Who is calling: the key's digest is looked up in the configuration held in memory."""

from dataclasses import dataclass

from django.http import HttpRequest

from routerproject.shared import clock
from usage import accounts
from usage.configuration import Accounts, KeyGrant
from usage.errors import ScopeMissing, Unauthenticated

LONGEST_HEADER = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """The client behind a key, as DRF's user."""

    grant: KeyGrant
    is_authenticated: bool = True


def grant_of(request: HttpRequest, known: Accounts, *, takes_api_key: bool = False) -> KeyGrant:
    """Return what the request's key allows: a bearer's, or else, where it is taken, `x-api-key`.

    Raises Unauthenticated, with the same words whatever is wrong with the key.
    """
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header and takes_api_key:
        header = f"Bearer {request.META.get('HTTP_X_API_KEY', '')}"
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key or len(header) > LONGEST_HEADER:
        raise Unauthenticated
    grant = known.keys.get(accounts.digest_of(key.strip()))
    if grant is None or not grant.works_at(clock.now()):
        raise Unauthenticated
    return grant


def require(grant: KeyGrant, scope: str) -> None:
    """Raise ScopeMissing unless the key carries a scope."""
    if scope not in grant.scopes:
        raise ScopeMissing(f"This call needs a key with the scope {scope}.", scope=scope)
