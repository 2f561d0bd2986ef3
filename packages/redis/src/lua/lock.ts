import { script } from './script.js';

/**
 * Takes a lock that nobody has.
 * KEYS[1] lock, KEYS[2] its last fencing token. ARGV: value, expiry ms.
 * Returns the fencing token as text, or false when somebody has the lock.
 * Invariant: tokens of a lock only grow, also over an emptied store; the stored text is "<token> <value>", so that a late holder
 * with an equal value is told apart.
 */
export const LOCK = script(
  'lock',
  2,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = redis.call('TIME')
local token = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if last >= token then token = last + 1 end
local text = string.format('%.0f', token)
redis.call('SET', KEYS[1], text .. ' ' .. ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], text)
return text
`,
);

/**
 * Extends a lock. KEYS[1] lock. ARGV: "<token> <value>", expiry ms. Returns 1, or 0 when it is not ours (any more).
 * Invariant: only the holder extends.
 */
export const RENEW_LOCK = script(
  'renew-lock',
  1,
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
);

/**
 * Gives a lock up. KEYS[1] lock. ARGV: the text it was set to. Returns 1, or 0 when it is not ours (any more).
 * Invariant: only the holder deletes.
 */
export const RELEASE_LOCK = script(
  'release-lock',
  1,
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
);
