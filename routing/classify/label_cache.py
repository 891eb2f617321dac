"""Labels that were given before: in Redis, by keyed hash, with a lifetime and a bounded number."""

from typing import Any, Final

import orjson

from routerproject.shared import crypto
from routerproject.shared.redis import Redis, RedisAway
from routing.classify.llm import Label, read_label
from routing.types import ClassifierPolicy

INDEX: Final = "labels:index"
# The index remembers when each label was last used, so that the oldest make room.
FIND: Final = """
local found = redis.call('GET', KEYS[1])
if found then
  local now = redis.call('TIME')
  redis.call('ZADD', KEYS[2], 'XX', now[1] + now[2] / 1000000, KEYS[1])
else
  redis.call('ZREM', KEYS[2], KEYS[1])
end
return found
"""
KEEP: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local now = redis.call('TIME')
redis.call('ZADD', KEYS[2], now[1] + now[2] / 1000000, KEYS[1])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], over)
  for i = 1, #oldest, 2 do redis.call('DEL', oldest[i]) end
end
return 1
"""


def key_of(digest: bytes, *, tenant: str) -> str:
    """Return where a question's label is kept; a tenant does not see what others asked."""
    hashed = crypto.keyed_hash(tenant.encode() + b"\0" + digest, purpose="classifier label")
    return f"label:{hashed.hex()}"


async def find(redis: Redis, key: str) -> Label | None:
    """Return the label of an equal question; None when there is none, or Redis is away.

    What is found is read as strictly as an answer, since anybody may have written it.
    """
    try:
        found: Any = await redis.run_script(FIND, [key, INDEX], [])
    except RedisAway:
        return None
    return read_label(found.decode(errors="replace")) if isinstance(found, bytes) else None


async def keep(redis: Redis, key: str, label: Label, policy: ClassifierPolicy) -> None:
    """Keep a label as long as the policy says; the least used ones beyond its bound make room."""
    if not policy.label_ttl_seconds:
        return
    value = orjson.dumps(label.document)
    try:
        await redis.run_script(
            KEEP, [key, INDEX], [value, policy.label_ttl_seconds, policy.most_labels]
        )
    except RedisAway:
        return
