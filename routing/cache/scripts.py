"""What Redis does for the answer cache, each in one round trip. All keys of a tenant share a slot.

Values of another kind than ours, a full or read-only Redis: whatever stands in the way is taken for
nothing found, since an error would count as Redis being away.
"""

from typing import Final

# KEYS: answer, lock. ARGV: owner, milliseconds that the lock lasts (0: only look).
# Returns the answer; else 1 to whoever may ask the model, 0 while somebody else does.
FIND: Final = """
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'string' then return found end
if type(found) == 'table' and found.err then redis.pcall('DEL', KEYS[1]) end
if ARGV[2] == '0' then return redis.pcall('EXISTS', KEYS[2]) == 1 and 0 or 1 end
local taken = redis.pcall('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
return taken and 1 or 0
"""

# KEYS: answer, lock, index by expiry, sizes. ARGV: sealed answer, its seconds to live, now,
# the most bytes a tenant may keep (no less than the answer), prefix of its answers, digest, owner.
# Returns how many bytes the tenant keeps now.
KEEP: Final = """
local ttl, now, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for number, kind in ipairs({'zset', 'hash'}) do
  local is = redis.call('TYPE', KEYS[2 + number]).ok
  if is ~= kind and is ~= 'none' then redis.call('DEL', KEYS[3], KEYS[4]) end
end
local total = tonumber(redis.call('HGET', KEYS[4], 'total') or '0') or 0
local function forget(digest)
  total = total - (tonumber(redis.call('HGET', KEYS[4], digest) or '0') or 0)
  redis.call('HDEL', KEYS[4], digest)
  redis.call('ZREM', KEYS[3], digest)
end
for _, digest in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 500)) do
  forget(digest)
end
forget(ARGV[6])
local size = #ARGV[1]
while total + size > most do
  local soonest = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  if not soonest then total = 0 break end
  redis.call('DEL', ARGV[5] .. soonest)
  forget(soonest)
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)
redis.call('ZADD', KEYS[3], now + ttl, ARGV[6])
redis.call('HSET', KEYS[4], ARGV[6], size, 'total', total + size)
for number = 3, 4 do
  local left = redis.call('TTL', KEYS[number])
  redis.call('EXPIRE', KEYS[number], math.max(left, ttl + 86400))
end
if redis.pcall('GET', KEYS[2]) == ARGV[7] then redis.call('DEL', KEYS[2]) end
return total + size
"""

# KEYS: answer, index by expiry, sizes. ARGV: digest.
FORGET: Final = """
redis.pcall('DEL', KEYS[1])
local size = redis.pcall('HGET', KEYS[3], ARGV[1])
if type(size) == 'string' then
  redis.pcall('HINCRBY', KEYS[3], 'total', -(tonumber(size) or 0))
  redis.pcall('HDEL', KEYS[3], ARGV[1])
end
redis.pcall('ZREM', KEYS[2], ARGV[1])
return 1
"""

# KEYS: lock. ARGV: owner, milliseconds. A lock that was lost is taken again, unless by another.
RENEW: Final = """
local found = redis.pcall('GET', KEYS[1])
if found == ARGV[1] or not found then redis.pcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
"""

# KEYS: lock. ARGV: owner.
RELEASE: Final = """
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
