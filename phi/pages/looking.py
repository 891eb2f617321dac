"""What the sanitizer makes of a text, for people to look at. Nothing of it is kept."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from asgiref.sync import async_to_sync

from phi import egress, offload, patients
from phi.errors import EngineBusy, PhiBlocked
from phi.known import identifiers_of
from phi.types import Finding, KnownIdentifier, PhiPolicy
from usage import accounts, audit


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A finding with its number, from 1, and the words it covers."""

    number: int
    finding: Finding
    value: str


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A stretch of the text; with what was found there."""

    text: str
    shown: Shown | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Look:
    """All that one look at a text gave."""

    policy: PhiPolicy
    pieces: tuple[Piece, ...] = ()
    safe: str = ""
    is_refused: bool = False
    reasons: tuple[str, ...] = ()  # why no answer could be given
    at_the_door: tuple[str, ...] = ()  # what the last scan still finds

    @property
    def findings(self) -> list[Shown]:
        return [piece.shown for piece in self.pieces if piece.shown]

    @property
    def is_blocked(self) -> bool:
        """Tell whether a request with this text would be refused for its identifiers."""
        return self.policy.mode == "block" and bool(self.findings)


def look_at(text: str, patient: dict[str, str], policy: PhiPolicy, tenant: str) -> Look:
    """Return what is found in a text and what would leave instead of it, under a key for once.

    The last scan looks for the other patients of the tenant too, where this process knows them.
    """
    known = identifiers_of([patient] if patient else [])
    try:
        safe, findings, _ = async_to_sync(offload.sanitize_text)(
            text, known=known, policy=policy, key=secrets.token_bytes(32)
        )
    except (PhiBlocked, EngineBusy) as refusal:
        reasons = refusal.extra.get("reasons", [refusal.problem])
        return Look(policy, is_refused=True, reasons=tuple(reasons))
    return Look(
        policy,
        pieces=tuple(_pieces(text, findings)),
        safe=safe,
        at_the_door=_left(safe, known, policy, tenant),
    )


def _pieces(text: str, findings: tuple[Finding, ...]) -> Iterator[Piece]:
    at = 0
    for number, finding in enumerate(findings, 1):
        start = max(at, finding.start)  # two findings may share one escape sequence
        if start > at:
            yield Piece(text[at:start])
        value = text[start : finding.end]
        yield Piece(value, Shown(number, finding, value))
        at = max(at, finding.end)
    if at < len(text):
        yield Piece(text[at:])


def _left(
    safe: str, known: tuple[KnownIdentifier, ...], policy: PhiPolicy, tenant: str
) -> tuple[str, ...]:
    """Return the codes with which the last scan would stop the sanitized text."""
    body = json.dumps({"messages": [{"role": "user", "content": safe}]}).encode()
    try:
        index = patients.index_of(tenant) if tenant else None
        egress.scan(body, {}, known=known, policy=policy, patients=index)
    except PhiBlocked as denied:
        return tuple(denied.extra["reasons"])
    return ()


def note(tenant: str, by: str) -> None:
    """Write down that somebody looked, never at what: the page tells whether words are a patient's
    of the tenant (45 CFR 164.312(b))."""
    tenant_id = accounts.tenant_id_of(tenant) if tenant else None
    audit.append_now(
        tenant_id=tenant_id or audit.INSTALLATION, kind="sanitizer-tried", record={}, actor=by
    )
