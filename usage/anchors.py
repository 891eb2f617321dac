"""Signed heads: what proves, from outside the database, that no chain was rewritten.

Each line of the sink names a tenant's chain, a sequence number and the hash there, signed with
Ed25519. Heads are signed at most a minute or a thousand rows apart. The sink should lie where the
database's owner cannot write: a mount, a log shipper, a WORM bucket.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection, transaction

from usage.models import AuditEntry, AuditHead

ROWS_BETWEEN_HEADS = 1_000

log = structlog.get_logger(__name__)


class ChainDamaged(Exception):
    """An entry whose hash should be signed is not there."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One signed head."""

    tenant_id: int
    seq: int
    hash: str  # hexadecimal
    at: str  # ISO 8601, UTC
    signature: str  # base64

    def signed_text(self) -> bytes:
        return f"{self.tenant_id}|{self.seq}|{self.hash}|{self.at}".encode()

    def is_genuine(self) -> bool:
        """Say whether the installation's signing key made this anchor."""
        try:
            _key().public_key().verify(base64.b64decode(self.signature), self.signed_text())
        except (InvalidSignature, ValueError):
            return False
        return True


def sign_heads(now: datetime) -> int:
    """Append a signed line for every chain that grew since the last time; return how many lines.

    A damaged chain is left out with an alarm: the others must not go unsigned because of it.
    """
    return sum(_sign_if_whole(tenant_id, now) for tenant_id in _grown())


def read(sink: Path | None = None) -> Iterator[Anchor]:
    """Yield the anchors of the sink in order; a line that a crash cut off is skipped."""
    path = sink or settings.AUDIT_SINK
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            anchor = _parsed(line)
            if anchor is not None:
                yield anchor


def public_key() -> str:
    """Return the key, in base64, with which anyone can check an anchor's signature."""
    raw = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def _parsed(line: str) -> Anchor | None:
    try:
        anchor = Anchor(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    numbers, texts = (anchor.tenant_id, anchor.seq), (anchor.hash, anchor.at, anchor.signature)
    is_sound = all(type(n) is int for n in numbers) and all(isinstance(t, str) for t in texts)
    return anchor if is_sound else None


def _grown() -> list[int]:
    rows = AuditHead.objects.order_by("tenant_id").values_list("tenant_id", "seq", "signed_seq")
    return [tenant_id for tenant_id, seq, signed_seq in rows if seq > signed_seq]


def _sign_if_whole(tenant_id: int, now: datetime) -> int:
    try:
        return _sign_chain(tenant_id, now)
    except ChainDamaged as damage:
        log.error("audit.chain_not_signed", tenant_id=tenant_id, reason=str(damage))
        return 0


@transaction.atomic
def _sign_chain(tenant_id: int, now: datetime) -> int:
    """Sign every thousandth row since the last anchor, and the last one.

    The sink is written before the database remembers it: a crash between signs twice, never none.
    """
    if not _is_only_signer(tenant_id):
        return 0
    head = AuditHead.objects.get(tenant_id=tenant_id)
    thousandth = range(head.signed_seq + ROWS_BETWEEN_HEADS, head.seq, ROWS_BETWEEN_HEADS)
    marks = [*thousandth, head.seq]
    hashes = dict(
        AuditEntry.objects.filter(tenant_id=tenant_id, seq__in=marks).values_list("seq", "hash")
    )
    if lost := [seq for seq in marks if seq not in hashes]:
        raise ChainDamaged(f"entry {lost[0]} is missing")
    _append(_signed(tenant_id, seq, bytes(hashes[seq]).hex(), now) for seq in marks)
    AuditHead.objects.filter(tenant_id=tenant_id).update(signed_seq=head.seq)
    return len(marks)


def _is_only_signer(tenant_id: int) -> bool:
    """Return whether no other process signs this chain; it is kept out until the transaction ends.

    So the anchors of a chain are in order in the sink, and one that is not was put there.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"sign the audit chain of tenant {tenant_id}"],
        )
        return bool(cursor.fetchone()[0])


def _signed(tenant_id: int, seq: int, hash_hex: str, now: datetime) -> Anchor:
    unsigned = Anchor(tenant_id, seq, hash_hex, now.isoformat(), "")
    signature = base64.b64encode(_key().sign(unsigned.signed_text())).decode()
    return Anchor(tenant_id, seq, hash_hex, unsigned.at, signature)


def _append(signed: Iterable[Anchor]) -> None:
    """Write anchors to the sink and wait until they are on disk, as is the folder's new entry."""
    sink: Path = settings.AUDIT_SINK
    added = [folder for folder in (sink, *sink.parents) if not folder.exists()]
    sink.parent.mkdir(parents=True, exist_ok=True)
    with sink.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        start = b"\n" if _is_cut_off(file) else b""
        file.write(start + b"".join(_line(anchor) for anchor in signed))
        file.flush()
        os.fsync(file.fileno())
    for path in added:
        _sync_folder(path.parent)


def _line(anchor: Anchor) -> bytes:
    fields: dict[str, Any] = {name: getattr(anchor, name) for name in Anchor.__slots__}
    return json.dumps(fields, sort_keys=True).encode() + b"\n"


def _is_cut_off(file: BinaryIO) -> bool:
    """Return whether the last line has no end, as a crash while writing leaves it."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@lru_cache(maxsize=1)
def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.AUDIT_SIGNING_KEY))
