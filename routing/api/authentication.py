"""Who is calling: the key's digest is looked up in the configuration held in memory."""

from dataclasses import dataclass

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


def grant_of(authorization: str, known: Accounts) -> KeyGrant:
    """Return what the key of a request allows, which its header brings.

    Raises Unauthenticated, with the same words whatever is wrong with the key.
    """
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key or len(authorization) > LONGEST_HEADER:
        raise Unauthenticated
    grant = known.keys.get(accounts.digest_of(key.strip()))
    if grant is None or not grant.works_at(clock.now()):
        raise Unauthenticated
    return grant


def require(grant: KeyGrant, scope: str) -> None:
    """Raise ScopeMissing unless the key carries a scope."""
    if scope not in grant.scopes:
        raise ScopeMissing(f"This call needs a key with the scope {scope}.", scope=scope)
