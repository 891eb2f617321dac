"""The limits of every deployment, as this worker sees them: taken, waited for, given back."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

from django.conf import settings

from routerproject.shared.redis import Redis, RedisAway
from usage.capacity import allowance_scripts as scripts
from usage.capacity.allowance import Allowance, Limited, Limits, Need, Taken
from usage.capacity.headroom import Headroom
from usage.capacity.leases import LIFE_MS, Leases
from usage.capacity.tokens_left import KINDS, TokensLeft
from usage.capacity.waiting import TurnedAway, WaitingRoom
from usage.catalog import Deployment
from usage.throttling import Quota

REDIS_CLOCK: Final = ""
OWN_LIFE_MS: Final = 86_400_000  # in this worker's own view, where each is given back for sure
LONGEST_PAUSE_SECONDS: Final = 0.05  # another worker's release is only seen by asking again
SHORTEST_PAUSE_SECONDS: Final = 0.005
NEW_SHARE: Final = 0.1  # of the last call in what calls usually take
LONGEST_RETRY_MS: Final = 60_000  # what anybody is told to wait


class Full(Exception):
    """The deployment has no room, and none was found in time."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Lease:
    """What one call holds of a deployment's limits."""

    place: Limited
    need: Need
    id: str = ""  # empty: nothing is limited there
    granted_at: float = 0.0  # in seconds of the limiter's clock


@dataclass(slots=True)
class _Place:
    """What this worker knows of one deployment."""

    room: WaitingRoom
    own: Allowance = field(default_factory=Allowance)  # while Redis is away
    tokens: TokensLeft = field(default_factory=TokensLeft)
    call_seconds: float = 0.0  # how long calls usually take

    def took(self, seconds: float, limits: Limits) -> None:
        """Note how long a call took: it tells how fast a line moves that will stand here."""
        share = NEW_SHARE if self.call_seconds else 1.0
        self.call_seconds += (seconds - self.call_seconds) * share
        if limits.at_once:
            own = max(1.0, (limits.at_once - limits.reserved_at_once) / settings.WEB_WORKERS)
            self.room.usual_pace_seconds = self.call_seconds / own


class Limiter:
    """Lets calls go as fast as each deployment's limits allow, the urgent ones first."""

    def __init__(self, redis: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._places: dict[str, _Place] = {}
        self._leases = Leases(redis, freed=self._freed, monotonic=monotonic)
        self.headroom = Headroom(redis, monotonic=monotonic)

    def start(self) -> None:
        self.headroom.start()

    async def close(self) -> None:
        await self.headroom.close()
        await self._leases.close()

    @property
    def has_lines(self) -> bool:
        """Say whether anybody waits for anything."""
        return any(map(len, (known.room for known in self._places.values())))

    def seconds_before(self, slug: str, urgency: str) -> float:
        """Return how long a call of this urgency would stand in line for a deployment, as far as
        this worker sees; infinite where it would be turned away."""
        known = self._places.get(slug)
        return known.room.seconds_before(urgency) if known else 0.0

    def seconds_at_pace(self, slug: str, urgency: str) -> float:
        """Return the same of a line whether or not there is a place in it."""
        return self._place(slug).room.seconds_at_pace(urgency)

    def quotas(self, places: Iterable[Limited]) -> tuple[Quota, ...]:
        """Return what is left of tokens a minute where they are limited, as this worker saw it."""
        now = self._monotonic()
        return tuple(
            quota for place in places for quota in self._place(place.slug).tokens.quotas(place, now)
        )

    async def take(
        self,
        place: Limited,
        need: Need,
        *,
        urgency: str,
        patience_seconds: float,
    ) -> Lease:
        """Return the lease of a call, after waiting in line if need be.

        Raises Full when there is no room in time, or at once when the line is full.
        """
        limits = Limits.of(place)
        if not limits.is_limited:
            return Lease(place, need)
        known = self._place(place.slug)
        lease = Lease(place, need, uuid4().hex)
        if known.room.is_line_before(urgency):
            wait_ms = 1000 * known.room.seconds_before(urgency)
        else:
            taken = await self._try(known, limits, lease)
            if taken.is_granted:
                return replace(lease, granted_at=self._monotonic())
            wait_ms = taken.wait_ms
        if patience_seconds * 1000 < wait_ms:
            is_known = math.isfinite(wait_ms)
            raise Full(_seconds(wait_ms if is_known else _line_ms(known.room, urgency)))
        await self._wait(known, limits, lease, urgency, patience_seconds)
        return replace(lease, granted_at=self._monotonic())

    async def give_back(self, lease: Lease, *, input_tokens: int, output_tokens: int) -> None:
        """End a call, with the tokens that it really took."""
        if not lease.id:
            return
        spare = Need(
            lease.need.input_tokens - input_tokens, lease.need.output_tokens - output_tokens
        )
        limits, known = Limits.of(lease.place), self._place(lease.place.slug)
        known.took(self._monotonic() - lease.granted_at, limits)
        known.own.give(self._now(), limits.share(settings.WEB_WORKERS), lease.id, spare)
        self._leases.let_go(lease.place.slug, lease.id)
        arguments = [*limits.numbers[:3], lease.id, spare.input_tokens, spare.output_tokens]
        try:
            levels = await self._redis.run_script(
                scripts.GIVE, scripts.keys(lease.place.slug), [REDIS_CLOCK, *arguments]
            )
            self._saw_tokens(known, levels)
        except RedisAway:
            self._leases.owe(lease.place.slug, lease.id)
            self._saw_own_tokens(known)
        known.room.call()

    async def _wait(
        self,
        known: _Place,
        limits: Limits,
        lease: Lease,
        urgency: str,
        patience_seconds: float,
    ) -> None:
        """Stand in line until the lease is granted. Raises Full."""
        try:
            waiter = known.room.join(urgency)
        except TurnedAway:
            raise Full(_seconds(_line_ms(known.room, urgency))) from None
        has_gone = False
        until = self._monotonic() + patience_seconds
        try:
            while not has_gone:
                left = until - self._monotonic()
                if left <= 0 or waiter.is_turned_away:
                    raise Full(_seconds(_line_ms(known.room, urgency)))
                pause = left
                if known.room.is_turn_of(waiter):
                    taken = await self._try(known, limits, lease)
                    has_gone = taken.is_granted
                    if taken.wait_ms > left * 1000:  # nobody need stand behind it for nothing
                        raise Full(_seconds(taken.wait_ms))
                    pause = min(left, _pause(taken.wait_ms))
                if not has_gone:
                    await _until_called(waiter.called, pause)
        finally:
            known.room.leave(waiter, has_gone=has_gone)

    async def _try(self, known: _Place, limits: Limits, lease: Lease) -> Taken:
        need = lease.need
        kept = (0, 0) if need.is_urgent else (limits.reserve, limits.reserved_at_once)
        tokens = (need.input_tokens, need.output_tokens)
        arguments = [*limits.numbers, *kept, *tokens, lease.id, LIFE_MS]
        try:
            granted, wait_ms, headroom, *levels = await self._redis.run_script(
                scripts.TAKE, scripts.keys(lease.place.slug), [REDIS_CLOCK, *arguments]
            )
            taken = Taken(bool(granted), int(wait_ms), float(headroom))
            self._saw_tokens(known, levels)
        except RedisAway:
            share = limits.share(settings.WEB_WORKERS)
            taken = known.own.take(self._now(), share, need, lease.id, OWN_LIFE_MS)
            self._saw_own_tokens(known)
            if not taken.is_granted:  # an answer that came too late may have granted it
                self._leases.owe(lease.place.slug, lease.id)
        if taken.is_granted and limits.at_once is not None:
            known.own.leases[lease.id] = self._now() + OWN_LIFE_MS  # counts should Redis go away
            self._leases.hold(lease.place.slug, lease.id)
        if isinstance(lease.place, Deployment):  # who asks has no other place to go to
            self.headroom.saw(lease.place, taken.headroom)
        return taken

    def _saw_tokens(self, known: _Place, levels: Sequence[int | None]) -> None:
        found = zip(KINDS, levels, strict=True)
        known.tokens.saw({k: level for k, level in found if level is not None}, self._monotonic())

    def _saw_own_tokens(self, known: _Place) -> None:
        known.tokens.saw(dict(known.own.levels), self._monotonic())

    def _freed(self, slug: str) -> None:
        self._place(slug).room.call()

    def _place(self, slug: str) -> _Place:
        if slug not in self._places:
            room = WaitingRoom(settings.WAITING_ROOM_SIZE, monotonic=self._monotonic)
            self._places[slug] = _Place(room)
        return self._places[slug]

    def _now(self) -> int:
        return int(self._monotonic() * 1000)


async def _until_called(called: asyncio.Event, seconds: float) -> None:
    """Return when it may be somebody's turn, or after so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await called.wait()
    called.clear()


def _pause(wait_ms: int) -> float:
    return min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, wait_ms / 1000))


def _seconds(milliseconds: float) -> int:
    return max(1, math.ceil(min(milliseconds, LONGEST_RETRY_MS) / 1000))


def _line_ms(room: WaitingRoom, urgency: str) -> float:
    return 1000 * room.seconds_at_pace(urgency)
