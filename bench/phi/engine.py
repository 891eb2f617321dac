"""Runs the product on a case, through its public doors only, and says what was removed."""

import hashlib
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.phi.cases import Case, at, leaves_of
from bench.phi.marked import Marked
from phi import egress
from phi.errors import PhiBlocked
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.rehydrate import rehydrate
from phi.sanitize import sanitize
from phi.types import KnownIdentifier, PhiPolicy

POLICY = PhiPolicy(slug="evaluation", version=1)
HEADERS = {"content-type": "application/json", "x-request-id": "req_evaluation"}


@dataclass(frozen=True, slots=True)
class Removed:
    """A stretch of a text that was replaced."""

    start: int
    end: int
    kind: str = ""  # the type of the token that stands there


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    original: Marked
    removed: tuple[Removed, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    leaves: tuple[LeafOutcome, ...]
    is_refused: bool = False  # by sanitize
    is_broken: bool = False  # an exception other than a refusal, or engine-failure
    is_restored: bool = True  # rehydrate gives the request back, byte for byte
    is_denied: bool = False  # by the egress scan
    is_denied_in_doubt: bool = False  # the same, or something doubtful was tokenized
    reasons: tuple[str, ...] = ()
    sanitize_ns: int = 0  # CPU


def key_of(case: Case) -> bytes:
    """Return the key of the case's conversation."""
    return hashlib.sha256(case.text.encode("utf-8", "surrogatepass")).digest()


def judge(case: Case, patients: PatientIndex | None = None, *, with_record: bool) -> Outcome:
    """Return what the product makes of a case, in a clinic with these patients."""
    known = identifiers_of(case.records) if with_record else ()
    request = case.request()
    untouched = tuple(LeafOutcome(leaf, ()) for _, leaf in leaves_of(case.content))
    start = time.process_time_ns()
    try:
        safe = sanitize(request, known=known, policy=POLICY, key=key_of(case))
    except PhiBlocked as refusal:
        reasons = tuple(refusal.extra.get("reasons", ()))
        broken = "engine-failure" in reasons
        return Outcome(untouched, is_refused=True, is_broken=broken, reasons=reasons)
    except Exception:  # noqa: BLE001 - counted, whatever it was
        return Outcome(untouched, is_broken=True, reasons=("exception",))
    spent = time.process_time_ns() - start
    written = case.carried(safe.document)
    leaves = []
    for path, original in leaves_of(case.content):
        leaves.append(
            LeafOutcome(original, removed(original.text, at(written, path), safe.vault.values))
        )
    body = json.dumps(safe.document).encode()
    reasons = denials(body, known, POLICY, patients)
    return Outcome(
        tuple(leaves),
        is_restored=rehydrate(safe.document, safe.vault)[0] == request,
        is_denied=bool(reasons),
        is_denied_in_doubt=bool(reasons or safe.doubts),
        reasons=reasons,
        sanitize_ns=spent,
    )


def denials(
    body: bytes,
    known: Sequence[KnownIdentifier],
    policy: PhiPolicy,
    patients: PatientIndex | None,
) -> tuple[str, ...]:
    """Return why the egress scan stops a body; nothing when it lets it go."""
    try:
        egress.scan(body, HEADERS, known=known, policy=policy, patients=patients)
    except PhiBlocked as denial:
        return tuple(denial.extra.get("reasons", ("denied",)))
    return ()


def removed(original: str, written: Any, values: Any) -> tuple[Removed, ...]:
    """Return what tokens stand for, as places in the original.

    The sanitized text is read as literal text and issued tokens; the literals must stand in the
    original in the same order. Where they do not, nothing counts as removed.
    """
    text = str(written)
    if text == original or not values:
        return ()
    pattern = re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True))))
    found: list[Removed] = []
    in_text = in_original = 0
    for match in pattern.finditer(text):
        in_original += match.start() - in_text
        value = str(values[match[0]])
        if original[in_original : in_original + len(value)] != value:
            return ()
        found.append(Removed(in_original, in_original + len(value), match[0].split("_")[1]))
        in_original += len(value)
        in_text = match.end()
    return tuple(found)
