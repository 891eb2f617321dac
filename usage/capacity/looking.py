"""What the pages show of the breakers, and how a person resets one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from routerproject.shared.redis import run_script_now
from usage import audit
from usage.capacity import allowance_scripts, scripts
from usage.models import Deployment

CAUSE = re.compile(r"[A-Za-z0-9_-]{1,48}")
REDIS_CLOCK = ""
MOST_MS = 253_402_300_799_000  # the year 9999


@dataclass(frozen=True, slots=True)
class Failure:
    """One call that failed: when (UTC), and the code of what happened."""

    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A deployment as all workers together see it."""

    state: str  # closed | open | half-open
    seconds_left: int  # until the next probe may go
    failures: tuple[Failure, ...]  # the last ones, newest first
    in_flight: int


def look(slugs: Sequence[str]) -> dict[str, Sight]:
    """Return what is known of deployments, by slug. Raises RedisAway."""
    if not slugs:
        return {}
    names = (scripts.state_key, scripts.failures_key, scripts.flight_key)
    keys = [name(slug) for slug in slugs for name in names]
    found = run_script_now(scripts.LOOK, keys, [REDIS_CLOCK])
    return {slug: _sight(*row) for slug, row in zip(slugs, found, strict=True)}


def left_of(place: Deployment) -> list[str]:
    """Return what is left of each limit that a deployment has, in words. Raises RedisAway."""
    minute = (
        place.requests_per_minute,
        place.input_tokens_per_minute,
        place.output_tokens_per_minute,
    )
    keys = allowance_scripts.keys(place.slug)
    limits = ["" if limit is None else limit for limit in minute]
    busy, *left = run_script_now(allowance_scripts.LEFT, keys, [REDIS_CLOCK, *limits])
    names = ("requests", "input tokens", "output tokens")
    told = [
        f"{free:,} of {limit:,} {name} a minute"
        for free, limit, name in zip(left, minute, names, strict=True)
        if limit is not None
    ]
    if place.max_concurrency is not None:
        told.append(f"{place.max_concurrency - busy} of {place.max_concurrency} calls at once")
    return told


@transaction.atomic
def reset_breaker(deployment: Deployment, *, by: str) -> None:
    """Close a breaker and forget its failures, for all workers. Raises RedisAway."""
    slug = deployment.slug
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="breaker-reset",
        record={"deployment": slug},
        actor=by,
    )
    run_script_now(scripts.RESET, [scripts.state_key(slug), scripts.failures_key(slug)], [])


def _sight(state: list[int], failures: list[bytes], in_flight: int) -> Sight:
    is_open, open_ms, probe_ms, _ = state
    left = max(open_ms, probe_ms)
    name = "closed" if not is_open else "open" if open_ms else "half-open"
    return Sight(name, -(-left // 1000), tuple(filter(None, map(_failure, failures))), in_flight)


def _failure(line: bytes) -> Failure | None:
    """Return one failure; anything else that somebody put there is none."""
    at, _, cause = line.decode("ascii", "replace").partition(" ")
    if not at.isdigit() or int(at) > MOST_MS or not CAUSE.fullmatch(cause):
        return None
    return Failure(datetime.fromtimestamp(int(at) / 1000, UTC), cause)
