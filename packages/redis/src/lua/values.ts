import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Writes a cluster value when its version is the expected one.
 * KEYS as in the prelude. ARGV: channel, name, expected version ('0': there is none), JSON.
 * Returns the new version as text, or false.
 * Invariant: versions of a name only grow, also over an emptied store, so that an old expectation never fits a new value.
 */
export const COMPARE_AND_SET = script(
  'compare-and-set',
  6,
  `${PRELUDE}
local entry = redis.call('HGET', VALUES, ARGV[2])
local last = entry and string.match(entry, '^(%d+) ') or nil
if (last or '0') ~= ARGV[3] then return false end
local version = grow(last)
redis.call('HSET', VALUES, ARGV[2], version .. ' ' .. ARGV[4])
changed()
return version
`,
);
