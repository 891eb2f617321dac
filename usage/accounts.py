"""Keys: made, rotated and revoked by people who may; the key itself is shown once.

A key reads `cmr_<prefix>_<secret>`. The prefix is for logs and lists; of the whole key only the
SHA-256 digest is stored, which is enough, since the secret has 256 random bits.
"""

import hashlib
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from routerproject.shared import clock
from usage import audit
from usage.models import ApiKey, Client, ModelIdMode, Scope, Tenant
from usage.models.accounts import PREFIX_LENGTH

PREFIX_ALPHABET = string.ascii_lowercase + string.digits
SECRET_BYTES = 32
DEFAULT_OVERLAP = timedelta(days=7)

__all__ = [
    "ModelIdMode",
    "NewKey",
    "Scope",
    "create_key",
    "digest_of",
    "note_use",
    "revoke_key",
    "rotate_key",
    "tenant_slugs",
]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its text is known."""

    row: ApiKey
    text: str = field(repr=False)


def digest_of(key: str) -> bytes:
    """Return what is stored and looked up of a key."""
    return hashlib.sha256(key.encode()).digest()


@transaction.atomic
def create_key(
    *,
    client: Client,
    name: str,
    scopes: Collection[str],
    by: User | None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key for a client and return it with its text, which cannot be had again.

    `by` is the person who asks, or None for the command line. Raises PermissionDenied when they may
    not make keys or lack one of the scopes, ValidationError when a field is wrong.
    """
    _require(by, "usage.add_apikey")
    _require_scopes(by, scopes)
    new = _insert(client=client, name=name, scopes=scopes, by=by, expires_at=expires_at)
    _record("key-created", new.row, by, scopes=new.row.scopes, expires_at=expires_at)
    return new


@transaction.atomic
def rotate_key(*, key: ApiKey, by: User | None, overlap: timedelta = DEFAULT_OVERLAP) -> NewKey:
    """Make the successor of a key; the old one works on until the overlap ends.

    The successor has the same scopes and lifetime. Raises PermissionDenied, and ValidationError
    when the key was rotated or revoked before or has expired.
    """
    _require(by, "usage.change_apikey")
    old = ApiKey.objects.select_for_update().select_related("client").get(pk=key.pk)
    _require_scopes(by, old.scopes)
    now = clock.now()
    if old.valid_until and (old.replaced_by_id or old.valid_until <= now):
        raise ValidationError("Only a key that works and was not rotated before can be rotated.")
    lifetime = old.expires_at and old.expires_at - old.created_at
    new = _insert(
        client=old.client,
        name=old.name,
        scopes=old.scopes,
        by=by,
        expires_at=now + lifetime if lifetime else None,
    )
    old.replaced_by, old.overlap_until = new.row, now + overlap
    old.save(update_fields=["replaced_by", "overlap_until"])
    _record("key-rotated", old, by, successor=new.row.prefix, overlap_until=old.overlap_until)
    return new


@transaction.atomic
def revoke_key(*, key: ApiKey, by: User | None) -> ApiKey:
    """Refuse a key from now on. A key that was revoked before stays as it is.

    Raises PermissionDenied.
    """
    _require(by, "usage.change_apikey")
    row = ApiKey.objects.select_for_update().select_related("client").get(pk=key.pk)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        _record("key-revoked", row, by)
    return row


def note_use(*, key_ids: Collection[int], on: date) -> None:
    """Note the last day on which keys were used. This is no edit of the configuration."""
    unnoted = Q(last_used_on__isnull=True) | Q(last_used_on__lt=on)
    ApiKey.objects.filter(unnoted, pk__in=key_ids).update(last_used_on=on)


def tenant_id_of(slug: str) -> int | None:
    """Return the number of a tenant, if there is one of this slug."""
    return Tenant.objects.filter(slug=slug).values_list("pk", flat=True).first()


def tenant_slugs() -> list[str]:
    """Return the slugs of all tenants, for other rooms' forms."""
    return list(Tenant.objects.order_by("slug").values_list("slug", flat=True))


def callers() -> list[tuple[str, str]]:
    """Return the slugs of tenant and client of all clients, for other rooms' forms."""
    rows = Client.objects.order_by("tenant__slug", "slug")
    return list(rows.values_list("tenant__slug", "slug"))


def _insert(
    *,
    client: Client,
    name: str,
    scopes: Collection[str],
    by: User | None,
    expires_at: datetime | None,
) -> NewKey:
    prefix = _free_prefix()
    text = f"cmr_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    row = ApiKey(
        client=client,
        name=name,
        prefix=prefix,
        digest=digest_of(text),
        scopes=sorted(set(scopes)),
        created_by=by,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    row.full_clean()
    row.save(force_insert=True)
    return NewKey(row, text)


def _free_prefix() -> str:
    """Return a prefix no key has; of two processes that draw the same, one fails at the insert."""
    while True:
        prefix = "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
        if not ApiKey.objects.filter(prefix=prefix).exists():
            return prefix


def _require(by: User | None, permission: str) -> None:
    if by is not None and not by.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")


def _require_scopes(by: User | None, scopes: Collection[str]) -> None:
    """Refuse scopes that do not exist, and those that their giver has no right to give."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown:
        raise ValidationError({"scopes": f"There is no scope {', '.join(unknown)}."})
    for scope in scopes:
        _require(by, f"usage.{Scope(scope).permission}")


def _record(kind: str, key: ApiKey, by: User | None, **facts: object) -> None:
    audit.append_now(
        tenant_id=key.client.tenant_id,
        kind=kind,
        record={"key": key.prefix, "name": key.name, "client": key.client.slug, **facts},
        actor=by.get_username() if by else "command line",
    )
