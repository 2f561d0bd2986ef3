import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Adds a member with its lease.
 * KEYS as in the prelude. ARGV: channel, member id, inc, lease ms, info JSON, app id, ms for which an empty store's unknown resources
 * are not free (the store has just started, and members that hold leases may be about to refill it).
 * Returns {'ok', epoch, nextMs}, {'in-use'}, {'other-app', its app id} or {'layout', its number}. The same inc again is the same join.
 * Invariant: one member per id; one app per cluster; nobody joins a cluster whose keys are laid out as it does not know.
 */
export const JOIN = script(
  'join',
  6,
  `${PRELUDE}
local id, inc, leaseMs, info, app, graceMs = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
expire()
local layout = redis.call('HGET', CLUSTER, 'layout')
if layout and layout ~= '1' then return {'layout', layout} end
local owner = redis.call('HGET', CLUSTER, 'app')
if owner and owner ~= app then return {'other-app', owner} end
local known = incOf(id)
if known ~= '' and known ~= inc then return {'in-use'} end
if not owner then
  redis.call('HSET', CLUSTER, 'app', app)
  if graceMs > 0 then redis.call('HSET', CLUSTER, 'refillUntil', text(NOW + graceMs)) end
end
-- The lease first: should the user be forbidden the other command, what is left ends by itself.
redis.call('ZADD', LEASES, NOW + leaseMs, id)
redis.call('HSET', MEMBERS, id, cjson.encode({inc = inc, leaseMs = leaseMs, info = info}))
changed()
local epoch, nextMs = outlook(id)
return {'ok', epoch, nextMs}
`,
);
