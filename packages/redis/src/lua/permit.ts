import { script } from './script.js';

/**
 * Takes a permit of a window that starts with its first permit.
 * KEYS[1] counter of the window. ARGV: limit, window ms.
 * Returns -1 when granted, else ms until the window ends.
 * Invariant: at most limit permits per window, over all who ask.
 */
export const PERMIT = script(
  'permit',
  1,
  `
local limit, windowMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken < limit then
  if redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], windowMs) end
  return -1
end
local leftMs = redis.call('PTTL', KEYS[1])
if leftMs < 0 or leftMs > windowMs then leftMs = windowMs end
return math.max(leftMs, 1)
`,
);
