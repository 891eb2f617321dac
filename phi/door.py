"""What is done about an identifier that the last scan still sees, as the policy says.

`deny` leaves it to the scan at the door itself. `resanitize` takes what was seen for known
identifiers and sanitizes once more; what is seen then is refused. `on_premise` lets only an
on-premise model answer. Neither weakens the scan: it looks again at the bytes that leave.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from phi import egress
from phi.egress import Sighting
from phi.errors import EgressDenied
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.sanitize import Sanitized
from phi.types import KnownIdentifier, PhiPolicy

FIRST_FOUND_PERSON = 1_000  # so that nobody found counts as a patient of the request

Known = tuple[KnownIdentifier, ...]
Sanitize = Callable[[Known], Awaitable[Sanitized]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sanitized request as it may go to the door, and why it is not the first attempt at it."""

    safe: Sanitized
    known: Known
    policy: PhiPolicy
    outcome: str = ""  # resanitized | on_premise
    reasons: tuple[str, ...] = ()


async def prepared(
    sanitize: Sanitize,
    *,
    known: Known,
    policy: PhiPolicy,
    patients: PatientIndex | None,
    sent: Sequence[str],
) -> Prepared:
    """Return what `sanitize` makes of a request after what the last scan sees was seen to.

    `sent` names the members of the document that leave. Raises PhiBlocked.
    """
    safe = await sanitize(known)
    if policy.on_finding == "deny":
        return Prepared(safe, known, policy)
    seen = await _look(safe, known, policy, patients, sent)
    if not seen:
        return Prepared(safe, known, policy)
    reasons = tuple(egress.reasons_of(seen))
    if policy.on_finding == "on_premise":
        return Prepared(safe, known, replace(policy, mode="local_only"), "on_premise", reasons)
    known = (*known, *as_known(seen))
    safe = await sanitize(known)
    left = await _look(safe, known, policy, patients, sent)
    if left:
        raise EgressDenied(reasons=egress.reasons_of(left))
    return Prepared(safe, known, policy, "resanitized", reasons)


def as_known(seen: Iterable[Sighting]) -> Known:
    """Return what was seen as identifiers that the next attempt knows, each of a person apart."""
    found: list[KnownIdentifier] = []
    for person, one in enumerate(sorted(seen), start=FIRST_FOUND_PERSON):
        if one.category == "name":
            parts = identifiers_of([{"name": one.value.title()}])
            found += [replace(part, person=person) for part in parts]
        else:
            found.append(KnownIdentifier(one.category, one.value, person))
    return tuple(found)


async def _look(
    safe: Sanitized,
    known: Known,
    policy: PhiPolicy,
    patients: PatientIndex | None,
    sent: Sequence[str],
) -> frozenset[Sighting]:
    document: dict[str, Any] = {name: safe.document[name] for name in sent}
    body = orjson.dumps(document, default=dict)
    if egress.is_quick(body, known, patients):
        return egress.look(body, {}, known=known, policy=policy, patients=patients)
    return await asyncio.to_thread(
        egress.look, body, {}, known=known, policy=policy, patients=patients
    )
