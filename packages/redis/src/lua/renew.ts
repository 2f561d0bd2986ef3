import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Extends a lease and writes states.
 * KEYS as in the prelude. ARGV: channel, member id, inc, lease ms, info JSON or '', then for each write: name, token, '1' or '0' whether
 * there is a state, state JSON.
 * Returns {'ok', epoch, nextMs, names that the member does not own under the token…} or {'unknown'}: the lease has ended, or the
 * store has lost it.
 * Invariant: a state is written by the owner under its last token only.
 */
export const RENEW = script(
  'renew',
  6,
  `${PRELUDE}
local id, inc, leaseMs, info = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
expire()
if incOf(id) ~= inc then return {'unknown'} end
redis.call('ZADD', LEASES, NOW + leaseMs, id)
if info ~= '' then
  local json = cjson.encode({inc = inc, leaseMs = leaseMs, info = info})
  if redis.call('HGET', MEMBERS, id) ~= json then
    redis.call('HSET', MEMBERS, id, json)
    changed()
  end
end
local epoch, nextMs = outlook(id)
local reply = {'ok', epoch, nextMs}
for i = 6, #ARGV, 4 do
  if not holds(read(ARGV[i]), id, inc, ARGV[i + 1]) then
    reply[#reply + 1] = ARGV[i]
  elseif ARGV[i + 2] == '1' then
    redis.call('HSET', STATES, ARGV[i], ARGV[i + 3])
  end
end
return reply
`,
);
