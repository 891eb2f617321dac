"""Does the audit trail still say what was written? Finds and locates every break of a chain."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Subquery

from usage import anchors, audit
from usage.anchors import Anchor
from usage.models import AuditEntry, AuditHead

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a tenant's chain is not whole."""

    tenant_id: int
    seq: int
    what: str


def verify(tenant_id: int | None = None) -> Iterator[Break]:
    """Yield every break in every chain, or in one, and every signed head that no chain matches."""
    sink = _anchors_by_chain()
    for each in chains() if tenant_id is None else [tenant_id]:
        signed, contradictions = _signed_heads(sink.get(each, []))
        yield from contradictions
        yield from _chain_breaks(each, signed)


def chains() -> list[int]:
    """Return the tenants of which there is an entry, a head or a signed head."""
    found = set(AuditHead.objects.values_list("tenant_id", flat=True)) | set(_anchors_by_chain())
    entries = AuditEntry.objects.order_by().values_list("tenant_id", flat=True).distinct()
    return sorted(found | set(entries))


def entries() -> int:
    """Return how many entries there are to verify."""
    return AuditEntry.objects.count()


def _anchors_by_chain() -> dict[int, list[Anchor]]:
    """Return what is in the sink by tenant, in its order, genuine or not."""
    found: dict[int, list[Anchor]] = defaultdict(list)
    for anchor in anchors.read():
        found[anchor.tenant_id].append(anchor)
    return found


def _signed_heads(sink: Iterable[Anchor]) -> tuple[dict[int, str], list[Break]]:
    """Return the hash that was signed first for each sequence number, and what contradicts it.

    Who owns the database can write a chain anew and have the application sign it again; the head
    that was signed before stays the one to be held against.
    """
    signed: dict[int, str] = {}
    contradictions: list[Break] = []
    for anchor in sink:
        what = _contradiction(anchor, signed)
        if what:
            contradictions.append(Break(anchor.tenant_id, anchor.seq, what))
        else:
            signed.setdefault(anchor.seq, anchor.hash)
    return signed, contradictions


def _contradiction(anchor: Anchor, signed: dict[int, str]) -> str:
    """Return what is wrong with an anchor after those before it, or nothing."""
    if not anchor.is_genuine():
        return "has a signed head that is not genuine"
    if anchor.seq in signed:
        return "" if signed[anchor.seq] == anchor.hash else "was signed again with another hash"
    if signed and anchor.seq < next(reversed(signed)):  # each one that counts is above the last
        return "was signed after a later entry"
    return ""


def _chain_breaks(tenant_id: int, signed: dict[int, str]) -> Iterator[Break]:
    expected, seq = audit.GENESIS, 0
    heads = AuditHead.objects.filter(tenant_id=tenant_id)
    head = heads.values_list("seq", "hash").first()
    # The head comes with the entries, as of one moment, since the chain may grow meanwhile.
    rows = AuditEntry.objects.filter(tenant_id=tenant_id).order_by("seq", "id")
    together = rows.annotate(
        head_seq=Subquery(heads.values("seq")), head_hash=Subquery(heads.values("hash"))
    )
    for row in together.iterator(chunk_size=CHUNK):
        head = (row.head_seq, row.head_hash) if row.head_seq is not None else None
        if row.seq != seq + 1:
            yield Break(tenant_id, seq + 1, "missing" if row.seq > seq + 1 else "doubled")
        seq = row.seq
        yield from _row_breaks(row, expected)
        expected = bytes(row.hash)
        if signed.pop(seq, expected.hex()) != expected.hex():
            yield Break(tenant_id, seq, "differs from the signed head")
    if head is None and not seq and not signed:
        return  # nothing but forged heads says that there ever was such a chain
    if head is None or (head[0], bytes(head[1])) != (seq, expected):
        yield Break(tenant_id, seq, "the head says otherwise: the tail was cut or added to")
    for lost in signed:
        yield Break(tenant_id, lost, "was signed and is gone")


def _row_breaks(row: AuditEntry, expected: bytes) -> Iterator[Break]:
    if bytes(row.prev_hash) != expected:
        yield Break(row.tenant_id, row.seq, "does not follow the entry before it")
    if audit.digest(bytes(row.prev_hash), row.record) != bytes(row.hash):
        yield Break(row.tenant_id, row.seq, "was edited")
    if _columns_of(row) != _columns_in(row.record):
        yield Break(row.tenant_id, row.seq, "has columns that differ from its record")


def _columns_of(row: AuditEntry) -> tuple[object, ...]:
    request = str(row.request_id) if row.request_id else None
    return (row.tenant_id, row.seq, row.at.isoformat(), row.kind, request, row.actor)


def _columns_in(record: str) -> tuple[object, ...]:
    try:
        said = json.loads(record)
        return tuple(said[k] for k in ("tenant", "seq", "at", "kind", "request", "actor"))
    except (ValueError, KeyError, TypeError):
        return ()
