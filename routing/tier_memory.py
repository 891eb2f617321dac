"""Which tier a conversation has had, so that its next turn does not get a lower one.

In Redis for all workers, written before the turn's answer leaves, and in this process while Redis
is away. Nothing that must not be lost: without it, the next turn is decided by itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routerproject.shared import crypto
from routerproject.shared.redis import Redis, RedisAway

KEPT_SECONDS: Final = 86_400
MOST_KEPT: Final = 10_000  # conversations, in this process
# A tier goes up only, whoever writes last: each key comes with a rank and a tier.
RAISE: Final = """
for i, key in ipairs(KEYS) do
  local rank = tonumber(ARGV[2 * i])
  local known = string.match(redis.call('GET', key) or '', '^(%d+) ')
  if not known or tonumber(known) <= rank then
    redis.call('SET', key, ARGV[2 * i] .. ' ' .. ARGV[2 * i + 1], 'EX', ARGV[1])
  end
end
return 1
"""
FIND: Final = "return redis.call('GET', KEYS[1])"


def key_of(*parts: str) -> str:
    """Return where a conversation's tier is kept; what names it may be a record number."""
    hashed = crypto.keyed_hash("\0".join(parts).encode(errors="replace"), purpose="tier memory")
    return f"tier:{hashed[:16].hex()}"


class TierMemory:
    """The tiers of conversations, as one process knows them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._own: OrderedDict[str, tuple[int, str]] = OrderedDict()  # rank and tier by key
        self._untold: OrderedDict[str, None] = OrderedDict()  # that Redis was away for
        self._waiting: dict[str, tuple[int, str]] = {}
        self._waited_for: asyncio.Event | None = None  # is set once what waits is written
        self._telling: dict[str, asyncio.Event] = {}  # by key, while its tier is not written yet
        self._writing: asyncio.Task[None] | None = None

    async def tier_of(self, key: str, tiers: Sequence[str]) -> str | None:
        """Return the highest tier that a conversation has had, of those that there are.

        What Redis holds may have been written by anybody; it can name a tier, and nothing else.
        """
        known = [self._own.get(key, (0, ""))[1], await self._shared(key)]
        return max((t for t in known if t in tiers), key=tiers.index, default=None)

    async def remember(self, key: str, tier: str, tiers: Sequence[str]) -> None:
        """Keep the tier that a turn got, unless the conversation has had it or a higher one.

        On return every worker knows it, unless Redis is away. Others' writes go together with it
        while one is under way, so it waits for Redis twice at most.
        """
        rank = tiers.index(tier) if tier in tiers else 0
        known, _ = self._own.get(key, (0, ""))
        if rank < known:
            return
        if rank > known or key in self._untold:  # the lowest tier is no floor
            self._tell(key, (rank, tier))
        if (written := self._telling.get(key)) is not None:
            await written.wait()

    async def close(self) -> None:
        """Write what is waiting."""
        if self._writing is not None:
            await self._writing

    def _tell(self, key: str, own: tuple[int, str]) -> None:
        """Let a tier be written with the next group."""
        self._own[key] = self._waiting[key] = own
        while len(self._own) > MOST_KEPT:
            self._own.popitem(last=False)
        if self._waited_for is None:
            self._waited_for = asyncio.Event()
        self._telling[key] = self._waited_for
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="tier memory")

    async def _shared(self, key: str) -> str:
        try:
            found: Any = await self._redis.run_script(FIND, [key], [])
        except RedisAway:
            return ""
        text = found.decode(errors="replace") if isinstance(found, bytes) else ""
        return text.partition(" ")[2]

    async def _write(self) -> None:
        """Write what is waiting, and what came meanwhile, until nothing waits."""
        try:
            while self._waited_for is not None:
                news, self._waiting = self._waiting, {}
                written, self._waited_for = self._waited_for, None
                try:
                    await self._put(news)
                finally:
                    self._told(news, written)
        finally:
            self._writing = None
            if self._waited_for is not None:  # cut short: nobody waits for what is not written
                self._told(self._waiting, self._waited_for)
                self._waiting, self._waited_for = {}, None

    def _told(self, news: Mapping[str, Any], written: asyncio.Event) -> None:
        written.set()
        for key in news:
            if self._telling.get(key) is written:
                del self._telling[key]

    async def _put(self, news: Mapping[str, tuple[int, str]]) -> None:
        values = [part for rank, tier in news.values() for part in (rank, tier)]
        try:
            await self._redis.run_script(RAISE, list(news), [KEPT_SECONDS, *values])
        except RedisAway:
            self._untold.update(dict.fromkeys(news))
            while len(self._untold) > MOST_KEPT:
                self._untold.popitem(last=False)
        else:
            for key in news:
                self._untold.pop(key, None)
