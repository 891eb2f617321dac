"""Looking an answer up, and asking a model once for all who want the same one."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Literal, Self

import structlog
from django.conf import settings

from routerproject.shared.redis import Redis, RedisAway
from routing.cache import locks, scripts
from routing.cache.entry import StoredReply, Unusable, seal, unseal
from routing.cache.locks import Locks
from routing.cache.place import Place
from routing.types import ProviderReply

MOST_ANSWER_BYTES: Final = 1_000_000  # of one sealed answer
LOOK_AGAIN_SECONDS: Final = 0.1  # while another process asks the model
SOMEBODY_ASKS: Final = 0  # what FIND returns then; 1 when nobody does
Kept = asyncio.Future[StoredReply | None]

log = structlog.get_logger(__name__)


class Flight:
    """A call that others with the same request wait for; leaving its block lets them go on.

    One without an `end` is nobody's: its answer is not kept.
    """

    def __init__(
        self,
        end: Callable[[StoredReply | None], None] | None = None,
        forget: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._end = end
        self._forget = forget
        self._is_followed = self._is_kept = False

    def land(self, reply: ProviderReply | None) -> None:
        """Keep an answer and give it to all who wait, or let them ask for themselves."""
        end, self._end = self._end, None
        if end is not None:
            self._is_kept = reply is not None
            end(StoredReply(reply, time.time()) if reply else None)

    async def take_back(self) -> None:
        """Have nobody given the answer any more that was kept: it was found to be poor."""
        if self._is_kept and self._forget is not None:
            await self._forget()

    def follow(self) -> None:
        """Let the flight outlive its block: `land` will be called when a stream has ended."""
        self._is_followed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None or not self._is_followed:
            self.land(None)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking an answer up."""

    status: Literal["hit", "miss", "off"]
    flight: Flight
    found: ProviderReply | None = None
    age_seconds: int | None = None


OFF: Final = Looked("off", Flight())


class AnswerCache:
    """The kept answers of all tenants, as one process sees them. `counts` is since its start."""

    def __init__(self, redis: Redis) -> None:
        self.counts: Counter[str] = Counter()  # hit | miss | refused
        self._redis = redis
        self._locks = Locks(redis)
        self._flights: dict[Place, Kept] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def look_up(self, place: Place, *, patience_seconds: float) -> Looked:
        """Return the answer kept at a place, or the flight of a call that may be made.

        While somebody else asks the same, this waits for up to `patience_seconds`, then asks too.
        """
        if not settings.ANSWER_CACHE_BYTES:
            return OFF
        under_way = self._flights.get(place)
        if under_way is not None:
            return self._looked(await _result(under_way, patience_seconds), Flight())
        kept: Kept = asyncio.get_running_loop().create_future()
        self._flights[place] = kept
        owner = secrets.token_hex(8)
        try:
            stored, has_waited = await self._first_look(place, owner, patience_seconds)
        except RedisAway:
            self._land(place, kept, None)
            return self._looked(None, Flight())
        except BaseException:
            self._land(place, kept, None)
            raise
        if stored is not None or has_waited:
            self._land(place, kept, stored)
        else:
            self._locks.hold(_keys(place).lock, owner)
        if stored is not None:
            return self._looked(stored, Flight())
        end, forget = partial(self._end, place, kept, owner), partial(self.forget, place)
        return self._looked(None, Flight(end, forget))

    async def forget(self, place: Place) -> None:
        """Keep no answer at a place, not even one that is being written there now."""
        if self._writing:
            await asyncio.wait(self._writing)
        keys = _keys(place)
        try:
            await self._redis.run_script(
                scripts.FORGET, [keys.answer, keys.index, keys.sizes], [place.digest]
            )
        except RedisAway:
            log.warning("answer_cache.not_forgotten", tenant_id=place.tenant_id)

    async def close(self) -> None:
        """Give up what is still being written: a miss costs less than a slow stop."""
        await self._locks.close()
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _first_look(
        self, place: Place, owner: str, patience_seconds: float
    ) -> tuple[StoredReply | None, bool]:
        """Return what is kept once no other process asks for it any more, and whether one did.

        Whoever finds nothing at first takes the lock; who waited in vain does not, and nobody
        waits for it in turn: answers that cannot be kept are not asked for one after another.
        Raises RedisAway.
        """
        until = time.monotonic() + patience_seconds
        found = await self._find(place, owner, locks.LIFE_MS)
        has_waited = found == SOMEBODY_ASKS
        while found == SOMEBODY_ASKS and time.monotonic() + LOOK_AGAIN_SECONDS < until:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            found = await self._find(place, owner, 0)
        stored = self._opened(found, place) if isinstance(found, bytes) else None
        return stored, has_waited

    async def _find(self, place: Place, owner: str, lock_ms: int) -> bytes | int:
        keys = _keys(place)
        found: bytes | int = await self._redis.run_script(
            scripts.FIND, [keys.answer, keys.lock], [owner, lock_ms]
        )
        return found

    def _opened(self, sealed: bytes, place: Place) -> StoredReply | None:
        """Return the answer, or None for one that is too old or was never kept there by us."""
        try:
            return unseal(sealed, place, now=time.time())
        except Unusable:
            self.counts["refused"] += 1
            log.warning("answer_cache.entry_refused", tenant_id=place.tenant_id)
            return None

    def _end(self, place: Place, kept: Kept, owner: str, stored: StoredReply | None) -> None:
        """Tell all who wait in this process, then, without holding anybody up, the others."""
        self._locks.let_go(_keys(place).lock, owner)
        self._land(place, kept, stored)
        self._write(self._tell_others(place, owner, stored))

    def _land(self, place: Place, kept: Kept, stored: StoredReply | None) -> None:
        if self._flights.get(place) is kept:
            del self._flights[place]
        if not kept.done():
            kept.set_result(stored)

    def _write(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="answer cache")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _tell_others(self, place: Place, owner: str, stored: StoredReply | None) -> None:
        keys = _keys(place)
        sealed = seal(stored, place) if stored else b""
        most = settings.ANSWER_CACHE_BYTES
        try:
            if stored and len(sealed) <= min(MOST_ANSWER_BYTES, most):
                arguments = [sealed, place.ttl_seconds, int(stored.kept_at), most]
                await self._redis.run_script(
                    scripts.KEEP,
                    [keys.answer, keys.lock, keys.index, keys.sizes],
                    [*arguments, keys.prefix, place.digest, owner],
                )
            else:
                await self._redis.run_script(scripts.RELEASE, [keys.lock], [owner])
        except RedisAway:
            return  # it expires by itself

    def _looked(self, stored: StoredReply | None, flight: Flight) -> Looked:
        self.counts["hit" if stored else "miss"] += 1
        if stored is None:
            return Looked("miss", flight)
        return Looked("hit", flight, stored.reply, stored.age_seconds(time.time()))


@dataclass(frozen=True, slots=True)
class _Keys:
    """Where Redis keeps what belongs to a place; the braces keep a tenant's keys in one slot."""

    prefix: str
    answer: str
    lock: str
    index: str
    sizes: str


def _keys(place: Place) -> _Keys:
    prefix = f"answers:{{{place.tenant_id}}}:"
    answer = f"{prefix}{place.digest}"
    return _Keys(prefix, answer, f"{answer}:asked", f"{prefix}index", f"{prefix}sizes")


async def _result(under_way: Kept, patience_seconds: float) -> StoredReply | None:
    """Return what another caller of this process was answered, if that is soon."""
    done, _ = await asyncio.wait({under_way}, timeout=patience_seconds)
    return under_way.result() if done else None
