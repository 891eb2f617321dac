"""What is done about an identifier that the last scan still sees, as the policy says.

`deny` leaves it to the scan at the door itself. `resanitize` takes what was seen for known
identifiers and sanitizes once more; what is seen then is refused. `on_premise` lets only an
on-premise model answer, and so it does where the policy says it of doubt. Neither weakens the scan:
it looks again at the bytes that leave.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
    ready = Prepared(await sanitize(known), known, policy)
    if policy.on_finding == "deny" and policy.on_doubt != "on_premise":
        return ready
    seen = await _look(ready, patients, sent)
    found = [one for one in seen if not one.is_doubt]
    if policy.on_finding == "resanitize" and found:
        known = (*known, *as_known(found))
        reasons = tuple(egress.reasons_of(found))
        ready = Prepared(await sanitize(known), known, policy, "resanitized", reasons)
        seen = await _look(ready, patients, sent)
        if left := [one for one in seen if not one.is_doubt]:
            raise EgressDenied(reasons=egress.reasons_of(left))
    return _kept_inside(ready, seen)


def _kept_inside(ready: Prepared, seen: Iterable[Sighting]) -> Prepared:
    """Return the request for on-premise models only, where that is what the policy asks for."""
    seen = frozenset(seen)
    if not seen or egress.stopping(seen, ready.policy, stays_inside=True):
        return ready  # the scan at the door denies it
    reasons = (*ready.reasons, *egress.reasons_of(seen))
    policy = replace(ready.policy, mode="local_only")
    return replace(ready, policy=policy, outcome="on_premise", reasons=reasons)


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
    ready: Prepared, patients: PatientIndex | None, sent: Sequence[str]
) -> frozenset[Sighting]:
    document: dict[str, Any] = {name: ready.safe.document[name] for name in sent}
    body = orjson.dumps(document, default=dict)
    look = partial(egress.look, body, {}, known=ready.known, policy=ready.policy, patients=patients)
    is_quick = egress.is_quick(body, ready.known, patients, policy=ready.policy)
    return look() if is_quick else await asyncio.to_thread(look)
