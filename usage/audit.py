"""The audit trail: one gapless hash chain per tenant, extended with what it records.

Each entry's hash is SHA-256 of the previous hash and the entry's canonical JSON, so that an edit,
a gap or another order shows. Heads are signed and appended to a sink outside the database, so that
a rewritten chain shows too (45 CFR 164.312(b), (c)(2)).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from routerproject.shared import clock
from usage.models import AuditEntry, AuditHead

GENESIS = bytes(32)
MAKE_HEADS = """
INSERT INTO usage_audithead (tenant_id, seq, hash, signed_seq)
SELECT t, 0, %s, 0 FROM unnest(%s::bigint[]) AS t ORDER BY t ON CONFLICT DO NOTHING
"""
INSTALLATION = 0  # the chain of what concerns no single tenant


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a tenant's chain."""

    tenant_id: int
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to record: what happened, to which request, by whom; never text or identifiers."""

    kind: str
    facts: Mapping[str, Any]
    request_id: UUID | None = None
    actor: str = ""


@dataclass(frozen=True)
class Link:
    """One row of the chain, in the columns of AuditEntry."""

    id: UUID
    tenant_id: int
    seq: int
    at: datetime
    kind: str
    request_id: UUID | None
    actor: str
    record: str
    prev_hash: bytes
    hash: bytes


def canonical(record: Mapping[str, Any]) -> str:
    """Return the one JSON text of a record: sorted keys, no blanks."""
    return orjson.dumps(record, default=str, option=orjson.OPT_SORT_KEYS).decode()


def digest(prev_hash: bytes, record: str) -> bytes:
    """Return the hash that binds a record to all before it."""
    return hashlib.sha256(prev_hash + record.encode()).digest()


def around_seq(tenant_id: int, fact: Fact, at: datetime) -> tuple[str, str]:
    """Return the canonical JSON of an entry before and after its number.

    The ledger's writer cannot know the number: the database gives it while it holds the chain.
    """
    before = canonical(
        {
            "at": at.isoformat(),
            "kind": fact.kind,
            "request": str(fact.request_id) if fact.request_id else None,
            "actor": fact.actor,
            "facts": fact.facts,
        }
    )
    return f'{before[:-1]},"seq":', f',"tenant":{tenant_id}}}'


def extend(head: Head, fact: Fact, at: datetime) -> tuple[Link, Head]:
    """Return the next link of a chain and the chain's new head."""
    seq = head.seq + 1
    before, after_seq = around_seq(head.tenant_id, fact, at)
    record = f"{before}{seq}{after_seq}"
    after = digest(head.hash, record)
    link = Link(
        clock.new_id(at),
        head.tenant_id,
        seq,
        at,
        fact.kind,
        fact.request_id,
        fact.actor,
        record,
        head.hash,
        after,
    )
    return link, Head(head.tenant_id, seq, after)


@transaction.atomic
def append_now(
    *,
    tenant_id: int,
    kind: str,
    record: Mapping[str, Any],
    actor: str = "",
    request_id: UUID | None = None,
) -> None:
    """Record a fact in the surrounding transaction, so that it commits with what it describes."""
    append_all(tenant_id, [Fact(kind, record, request_id, actor)])


@transaction.atomic
def append_all(tenant_id: int, facts: list[Fact]) -> None:
    """Record several facts of one tenant in order."""
    head = lock_heads([tenant_id])[tenant_id]
    at, links = clock.now(), []
    for fact in facts:
        link, head = extend(head, fact, at)
        links.append(AuditEntry(**link.__dict__))
    AuditEntry.objects.bulk_create(links)
    AuditHead.objects.filter(tenant_id=tenant_id).update(seq=head.seq, hash=head.hash)


def lock_heads(tenant_ids: list[int]) -> dict[int, Head]:
    """Lock the heads of several chains, in order of tenant, making those that are missing."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE_HEADS, [GENESIS, sorted(set(tenant_ids))])
    heads = (
        AuditHead.objects.select_for_update().filter(tenant_id__in=tenant_ids).order_by("tenant_id")
    )
    return {h.tenant_id: Head(h.tenant_id, h.seq, bytes(h.hash)) for h in heads}
