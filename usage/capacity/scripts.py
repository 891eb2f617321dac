"""The breaker's rules in Lua, so that all workers share one; see `breaker.py` for what they mean.

Every value is read with care, since anybody may have written it: what is no sane number counts as
nothing, a key of another type is removed, and no breaker stays open beyond the longest pause. Time
is Redis's own, one clock for all workers; tests pass theirs.
"""

from typing import Final

from usage.capacity import breaker

KEPT_SECONDS: Final = 3_600
FAILURES_KEPT: Final = 10
FAILURES_KEPT_SECONDS: Final = 7 * 86_400
FRESH_MS: Final = 5_000  # a worker that has not said for longer how much it has in flight is gone


def state_key(slug: str) -> str:
    """Return the key of a deployment's breaker."""
    return f"breaker:{slug}"


def failures_key(slug: str) -> str:
    """Return the key of the list of a deployment's last failures."""
    return f"failures:{slug}"


def flight_key(slug: str) -> str:
    """Return the key of how much each worker has in flight at a deployment."""
    return f"flight:{slug}"


_RULES: Final = f"""
local clock = redis.call('TIME')
local now = tonumber(ARGV[1]) or (clock[1] * 1000 + math.floor(clock[2] / 1000))
local second = math.floor(now / 1000)

local function number(text)
  local found = tonumber(text or '')
  if found and found >= 0 and found < 1e15 then return math.floor(found) end
  return 0
end

local function of_kind(key, kind)
  local found = redis.call('TYPE', key)['ok']
  if found ~= kind and found ~= 'none' then redis.call('DEL', key) end
  return key
end

local function load(key)
  local row = redis.call('HMGET', of_kind(key, 'hash'), 'in_a_row', 'bins', 'open', 'probe')
  local found = {{key = key, in_a_row = number(row[1]), bins = row[2] or '',
    open = number(row[3]), probe = number(row[4])}}
  if found.open > now + {breaker.LONGEST_OPEN_MS} then found.open = now end
  if found.probe > now + {breaker.PROBE_MS} then found.probe = now end
  return found
end

local function save(b)
  redis.call('HSET', b.key, 'in_a_row', string.format('%.0f', b.in_a_row), 'bins', b.bins,
    'open', string.format('%.0f', b.open), 'probe', string.format('%.0f', b.probe))
  redis.call('EXPIRE', b.key, {KEPT_SECONDS})
end

local function trip(b, for_ms)
  b.open = math.max(b.open, now + math.min(for_ms, {breaker.LONGEST_OPEN_MS}))
  b.probe = 0
end

local function report(b, well, badly)
  if b.open > 0 or well + badly == 0 then return end
  b.in_a_row = well > 0 and badly or b.in_a_row + badly
  local kept = {{string.format('%.0f:%.0f:%.0f', second, well, badly)}}
  local all_well, all_badly = well, badly
  for at, good, bad in string.gmatch(b.bins, '(%d+):(%d+):(%d+)') do
    if number(at) > second - {breaker.WINDOW_SECONDS} and number(at) <= second then
      all_well, all_badly = all_well + number(good), all_badly + number(bad)
      table.insert(kept, string.format('%s:%s:%s', at, good, bad))
    end
  end
  b.bins = table.concat(kept, ',')
  local is_half = all_well + all_badly >= {breaker.FEWEST_IN_WINDOW} and all_badly >= all_well
  if badly > 0 and (b.in_a_row >= {breaker.FAILURES_IN_A_ROW} or is_half) then
    trip(b, {breaker.OPEN_MS})
  end
end

local function enter(b)
  if b.open == 0 then return 1 end
  if b.open > now or b.probe > now then return 0 end
  b.probe = now + {breaker.PROBE_MS}
  return 2
end

local function probed(b, went)
  b.probe = 0
  if b.open == 0 or went == 'nowhere' then return end
  if went == 'badly' then return trip(b, {breaker.OPEN_MS}) end
  b.in_a_row, b.bins, b.open = 0, '', 0
end

local function told(b, passing)
  return {{b.open > 0 and 1 or 0, math.max(0, b.open - now), math.max(0, b.probe - now), passing}}
end
"""

# KEYS: breaker, failures. ARGV: clock, what happened, then what it needs.
ACT: Final = (
    _RULES
    + f"""
local b, passing = load(KEYS[1]), 0
local what = ARGV[2]
if what == 'enter' then passing = enter(b)
elseif what == 'report' then report(b, number(ARGV[3]), number(ARGV[4]))
elseif what == 'trip' then trip(b, number(ARGV[3]))
elseif what == 'probed' then probed(b, ARGV[3]) end
local cause = ARGV[5] or ''
if cause ~= '' then
  redis.call('LPUSH', of_kind(KEYS[2], 'list'), string.format('%.0f', now) .. ' ' .. cause)
  redis.call('LTRIM', KEYS[2], 0, {FAILURES_KEPT - 1})
  redis.call('EXPIRE', KEYS[2], {FAILURES_KEPT_SECONDS})
end
save(b)
return told(b, passing)
"""
)

# KEYS: breaker and flight of each deployment. ARGV: clock, worker, then for each what went well
# since the last time and what is in flight.
EXCHANGE: Final = (
    _RULES
    + """
local all = {}
for i = 1, #KEYS / 2 do
  local b, flight = load(KEYS[2 * i - 1]), of_kind(KEYS[2 * i], 'hash')
  local well, flying = number(ARGV[1 + 2 * i]), number(ARGV[2 + 2 * i])
  if well > 0 then
    report(b, well, 0)
    save(b)
  end
  if flying > 0 then
    redis.call('HSET', flight, ARGV[2], string.format('%.0f %.0f', now, flying))
    redis.call('EXPIRE', flight, 60)
  else
    redis.call('HDEL', flight, ARGV[2])
  end
  all[i] = told(b, 0)
end
return all
"""
)

# KEYS: breaker, failures and flight of each deployment. ARGV: clock.
LOOK: Final = (
    _RULES
    + f"""
local all = {{}}
for i = 1, #KEYS / 3 do
  local b, flying = load(KEYS[3 * i - 2]), 0
  local said = redis.call('HGETALL', of_kind(KEYS[3 * i], 'hash'))
  for j = 2, #said, 2 do
    local at, count = string.match(said[j], '^(%d+) (%d+)$')
    if number(at) > now - {FRESH_MS} then flying = flying + number(count) end
  end
  all[i] = {{told(b, 0), redis.call('LRANGE', of_kind(KEYS[3 * i - 1], 'list'), 0, -1), flying}}
end
return all
"""
)

# KEYS: breaker and failures of one deployment.
RESET: Final = "return redis.call('DEL', unpack(KEYS))"
