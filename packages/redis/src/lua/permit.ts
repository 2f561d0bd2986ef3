import { script } from './script.js';

/**
 * Takes permits.
 * KEYS[1] list: when each was taken, in store µs, the oldest first; those of a window and no older. ARGV: limit, window ms, how many
 * are wanted.
 * Returns {how many are granted, ms until the next is free (0 when all were granted)}.
 * Invariant: no span of a window's length, wherever it begins, sees more than limit of them.
 */
export const PERMIT = script(
  'permit',
  1,
  `
local limit, windowUs, count = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(number) return string.format('%.0f', number) end

local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) + windowUs <= now do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local taken = redis.call('LLEN', KEYS[1])
-- Taken in the future: the server's clock was set back. They hold for a window from now, and not until the clock is there again.
for i = taken - 1, 0, -1 do
  if tonumber(redis.call('LINDEX', KEYS[1], i)) <= now then break end
  redis.call('LSET', KEYS[1], i, text(now))
end
local granted = math.max(0, math.min(count, limit - taken))
for i = 1, granted do redis.call('RPUSH', KEYS[1], text(now)) end
-- A second more than a window, since a key ends by whole milliseconds.
if granted > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2] + 1000) end
if granted == count then return {granted, 0} end
-- Where more are taken than the limit now is, as many more must become free first.
local nextAt = limit > 0 and redis.call('LINDEX', KEYS[1], taken + granted - limit)
return {granted, math.ceil(((nextAt or now) + windowUs - now) / 1000)}
`,
);
