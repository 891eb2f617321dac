"""The rules of `allowance.py` in Lua, for all workers together.

Whatever is found there that makes no sense counts as a full allowance: the provider still has the
last word.
"""

from typing import Final

from usage.capacity.allowance import MINUTE_MS, ROUNDING

KEPT_SECONDS: Final = 120


def levels_key(slug: str) -> str:
    """Return the key of what is left of a deployment's minute."""
    return f"levels:{slug}"


def leases_key(slug: str) -> str:
    """Return the key of a deployment's calls at once."""
    return f"leases:{slug}"


def keys(slug: str) -> list[str]:
    """Return the keys of all that is known of a deployment's limits."""
    return [levels_key(slug), leases_key(slug)]


_RULES: Final = f"""
local clock = redis.call('TIME')
local now = tonumber(ARGV[1]) or (clock[1] * 1000 + math.floor(clock[2] / 1000))
local kinds = {{'requests', 'input_tokens', 'output_tokens'}}

local function of_kind(key, kind)
  local found = redis.call('TYPE', key)['ok']
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
end

local function filled(limits, first)
  local levels_key, leases_key = KEYS[first or 1], KEYS[(first or 1) + 1]
  of_kind(levels_key, 'hash')
  of_kind(leases_key, 'zset')
  local row = redis.call('HMGET', levels_key, 'at', unpack(kinds))
  local at = tonumber(row[1] or '') or now
  local passed, levels = math.max(0, now - at), {{}}
  for i, kind in ipairs(kinds) do
    local limit = limits[i]
    if limit >= 0 then
      local before = tonumber(row[i + 1] or '') or limit
      if before ~= before or before < -1e15 then before = limit end
      levels[i] = math.min(limit, before + passed * limit / {MINUTE_MS})
    end
  end
  redis.call('ZREMRANGEBYSCORE', leases_key, '-inf', now)
  return levels
end

local function free(levels, limits, most, busy)
  local share = 1
  for i, level in pairs(levels) do
    share = math.min(share, limits[i] > 0 and math.max(0, level / limits[i]) or 0)
  end
  if most < 0 then return share end
  return math.min(share, most > 0 and math.max(0, 1 - busy / most) or 0)
end

local function tokens(levels)
  return levels[2] and math.floor(levels[2]), levels[3] and math.floor(levels[3])
end

local function save(levels)
  redis.call('HSET', KEYS[1], 'at', string.format('%.0f', now))
  for i, kind in ipairs(kinds) do
    if levels[i] then redis.call('HSET', KEYS[1], kind, string.format('%.17g', levels[i])) end
  end
  redis.call('EXPIRE', KEYS[1], {KEPT_SECONDS})
end
"""

# KEYS: levels, leases. ARGV: clock, three limits a minute, calls at once (-1: no limit), share
# kept, calls kept, input tokens, output tokens, lease, its ms.
TAKE: Final = (
    _RULES
    + f"""
local limits = {{tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])}}
local most, reserve, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local needs = {{1, tonumber(ARGV[8]), tonumber(ARGV[9])}}
local levels, wait, full, busy = filled(limits), 0, false, 0
for i, level in pairs(levels) do
  local limit = limits[i]
  local floor = limit * reserve
  local lacking = floor + math.min(needs[i], limit - floor) - level
  if limit == 0 then
    wait = math.max(wait, {MINUTE_MS})
  elseif lacking > {ROUNDING} then
    wait = math.max(wait, math.ceil(lacking * {MINUTE_MS} / limit))
  end
end
if most >= 0 then
  busy = redis.call('ZCARD', KEYS[2])
  full = busy >= most - kept
end
local told = string.format('%.17g', free(levels, limits, most, busy))
local input, output = tokens(levels)
if wait > 0 or full then return {{0, wait, told, input or false, output or false}} end
for i, level in pairs(levels) do levels[i] = level - needs[i] end
save(levels)
if most >= 0 then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[11]), ARGV[10])
  redis.call('PEXPIRE', KEYS[2], math.max(tonumber(ARGV[11]), redis.call('PTTL', KEYS[2])))
end
input, output = tokens(levels)
return {{1, 0, told, input or false, output or false}}
"""
)

# KEYS: levels, leases. ARGV: clock, three limits, lease, spare input and output tokens.
GIVE: Final = (
    _RULES
    + """
local limits = {tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])}
local levels = filled(limits)
local spare = {0, tonumber(ARGV[6]), tonumber(ARGV[7])}
for i, level in pairs(levels) do
  if i > 1 then levels[i] = math.min(limits[i], math.max(-limits[i], level + spare[i])) end
end
save(levels)
redis.call('ZREM', KEYS[2], ARGV[5])
local input, output = tokens(levels)
return {input or false, output or false}
"""
)

# KEYS: levels and leases of each deployment. ARGV: clock, then three limits and calls at once of
# each.
SEE: Final = (
    _RULES
    + """
local all = {}
for i = 1, #KEYS / 2 do
  local given = 4 * i - 2
  local limits = {tonumber(ARGV[given]), tonumber(ARGV[given + 1]), tonumber(ARGV[given + 2])}
  local levels = filled(limits, 2 * i - 1)
  local busy = redis.call('ZCARD', KEYS[2 * i])
  all[i] = string.format('%.17g', free(levels, limits, tonumber(ARGV[given + 3]), busy))
end
return all
"""
)

# KEYS: leases. ARGV: leases of calls that have ended, at most 1,000.
RETURN: Final = "return redis.pcall('ZREM', KEYS[1], unpack(ARGV)) and 1"

# KEYS: leases. ARGV: clock, ms, leases of calls that go on, at most 1,000.
RENEW: Final = """
local clock = redis.call('TIME')
local now = tonumber(ARGV[1]) or (clock[1] * 1000 + math.floor(clock[2] / 1000))
if redis.call('TYPE', KEYS[1])['ok'] ~= 'zset' then redis.call('DEL', KEYS[1]) end
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[1])))
return 1
"""

# KEYS: levels, leases. ARGV: clock, three limits.
LEFT: Final = (
    _RULES
    + """
local function limit(text) return tonumber(text) or -1 end
local levels = filled({limit(ARGV[2]), limit(ARGV[3]), limit(ARGV[4])})
local told = {redis.call('ZCARD', KEYS[2])}
for i = 1, 3 do told[i + 1] = levels[i] and math.floor(math.max(0, levels[i])) or -1 end
return told
"""
)
