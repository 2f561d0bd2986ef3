import { script } from './script.js';

/**
 * Takes one use of each budget, or of none.
 * KEYS[1..n] the budgets' counters, hashes of u (uses), s (uses ever, given back or not) and c (nothing more is granted); then the
 * counters that budgets look at. ARGV: n, then for each budget: max ('-1' for any number), ms that its counter lives, and which of KEYS
 * must be unused for the budget to count ('0' for always).
 * Returns {1, s of the first budget, places of the budgets that were counted, from 0 …} or {0, place of the full one, ms until it ends}.
 * Invariant: a counter never has more than max uses at a time, over all who ask.
 */
export const CLAIM_SENDS = script(
  'claim-sends',
  0,
  `
local n = tonumber(ARGV[1])
local counted = {}
for i = 1, n do
  local max, only = tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3 + 1])
  counted[i] = only == 0 or tonumber(redis.call('HGET', KEYS[only], 'u') or '0') == 0
  if counted[i] then
    local counter = redis.call('HMGET', KEYS[i], 'u', 'c')
    if counter[2] or (max >= 0 and tonumber(counter[1] or '0') >= max) then
      return {0, i - 1, math.max(redis.call('PTTL', KEYS[i]), 1)}
    end
  end
end
local reply = {1, 0}
for i = 1, n do
  if counted[i] then
    redis.call('HINCRBY', KEYS[i], 'u', 1)
    local serial = redis.call('HINCRBY', KEYS[i], 's', 1)
    if redis.call('PTTL', KEYS[i]) < 0 then redis.call('PEXPIRE', KEYS[i], ARGV[i * 3]) end
    if i == 1 then reply[2] = serial end
    reply[#reply + 1] = i - 1
  end
end
return reply
`,
);

/**
 * Gives a use of each counter back.
 * KEYS the counters. Returns 1.
 * Invariant: a counter has never less than no use; one that has ended stays ended.
 */
export const RELEASE_SENDS = script(
  'release-sends',
  0,
  `
for i = 1, #KEYS do
  if tonumber(redis.call('HGET', KEYS[i], 'u') or '0') > 0 then redis.call('HINCRBY', KEYS[i], 'u', -1) end
end
return 1
`,
);

/**
 * Grants nothing more from a counter until it ends.
 * KEYS[1] the counter. ARGV: ms that it lives when it is new.
 */
export const EXHAUST_SENDS = script(
  'exhaust-sends',
  1,
  `
redis.call('HSET', KEYS[1], 'c', 1)
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
`,
);

/**
 * Takes the next start that is free by every pace.
 * KEYS[1..n] the last starts of each pace, lists with the newest first; KEYS[n+1..2n] exist while nobody may start. ARGV: n, the longest
 * wait in ms, then for each pace: max, ms of its window with the margin.
 * Returns {1, ms until the start} or {0, ms until it would have been}.
 * Invariant: at most max starts of a pace in any window, over all who ask, by this server's clock; starts are given in order.
 */
export const PACE_SENDS = script(
  'pace-sends',
  0,
  `
local n, maxDelay = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local start = now
for i = 1, n do
  local max, window = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  local oldest = redis.call('LINDEX', KEYS[i], max - 1)
  if oldest then start = math.max(start, tonumber(oldest) + window) end
  local newest = redis.call('LINDEX', KEYS[i], 0)
  if newest then start = math.max(start, tonumber(newest)) end
  start = math.max(start, now + math.max(redis.call('PTTL', KEYS[n + i]), 0))
end
if start - now > maxDelay then return {0, start - now} end
for i = 1, n do
  local max, window = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  redis.call('LPUSH', KEYS[i], string.format('%.0f', start))
  redis.call('LTRIM', KEYS[i], 0, max - 1)
  redis.call('PEXPIRE', KEYS[i], start - now + window)
end
return {1, start - now}
`,
);

/**
 * Lets nobody start for a while.
 * KEYS exist while nobody may. ARGV: ms. Returns 1.
 * Invariant: a longer hold is never shortened.
 */
export const HOLD_SENDS = script(
  'hold-sends',
  0,
  `
for i = 1, #KEYS do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[i], '1', 'PX', ARGV[1]) end
end
return 1
`,
);
