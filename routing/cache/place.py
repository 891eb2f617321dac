"""Where an answer is kept: a keyed hash over all that it depends on. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson

from routerproject.shared import crypto

GRAMMAR: Final = 1  # of what is hashed, and of what is kept
PURPOSE: Final = "cached answer"
TENANT: Final = "tenant"  # the scope of texts without identifiers


@dataclass(frozen=True, slots=True)
class Place:
    """One request's place, and how long an answer may stay there."""

    tenant_id: int
    digest: str
    ttl_seconds: int

    @property
    def name(self) -> str:
        """What a sealed answer is bound to: it opens nowhere else."""
        return f"cache.{self.tenant_id}.{self.digest}"


def place_of(
    body: bytes,
    *,
    tenant_id: int,
    scope: str,
    key_scopes: Iterable[str],
    facts: Iterable[str | int | None],
    ttl_seconds: int,
) -> Place:
    """Return the place of the answer to a body, the very bytes that a model would be asked with.

    `scope` says who shares it: TENANT, or one conversation. `key_scopes` are what the caller's key
    may do. `facts` are what else the answer depends on and is not in the body: task type, price,
    prompt version, protection policy. No argument has a default: one that is forgotten would let
    an answer be found where it does not belong.
    """
    bound = [GRAMMAR, tenant_id, scope, sorted(key_scopes), list(facts)]
    digest = crypto.keyed_hash(orjson.dumps(bound) + b"\0" + body, purpose=PURPOSE)
    return Place(tenant_id, digest.hex(), ttl_seconds)
