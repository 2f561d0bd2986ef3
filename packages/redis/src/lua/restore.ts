import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Puts back a member whose lease has not ended by its own clocks, but which the store does not know: it was emptied, or a replica
 * that lagged behind took over.
 * KEYS as in the prelude. ARGV: channel, member id, inc, lease ms, ms left of it, info JSON, app id, number of values, then for each value: name,
 * "<version> <JSON>"; then for each resource: name, token, claim, '1' or '0' whether there is a state, state JSON.
 * Returns {'ok'} or {'taken'}: another stay has the id, or another app (or a release with another layout) the cluster.
 * Invariant: a resource comes back under its old token, and only when nobody has had a later one. Since the others may be about to do
 * the same, resources that the store does not know are not free for the length of a lease.
 */
export const RESTORE = script(
  'restore',
  6,
  `${PRELUDE}
local id, inc, leaseMs, leftMs, info, app = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local resourcesAt = 9 + tonumber(ARGV[8]) * 2
expire()
local known, owner = incOf(id), redis.call('HGET', CLUSTER, 'app')
if (known ~= '' and known ~= inc) or (owner and owner ~= app) then return {'taken'} end
if (redis.call('HGET', CLUSTER, 'layout') or '1') ~= '1' then return {'taken'} end
local isEmptied = not owner
redis.call('HSET', CLUSTER, 'app', app)
redis.call('ZADD', LEASES, NOW + leftMs, id)
redis.call('HSET', MEMBERS, id, cjson.encode({inc = inc, leaseMs = leaseMs, info = info}))
incs[id] = inc
for i = 9, resourcesAt - 1, 2 do
  redis.call('HSETNX', VALUES, ARGV[i], ARGV[i + 1])
end
for i = resourcesAt, #ARGV, 5 do
  local name, token, claim, hasState, state = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local resource = read(name)
  if not resource then isEmptied = true end
  if not resource or (tonumber(resource[TOKEN]) <= tonumber(token) and not isOwned(resource)) then
    save(name, {token, id, inc, claim, '', ''})
    if hasState == '1' then redis.call('HSET', STATES, name, state) end
  end
end
if isEmptied then redis.call('HSET', CLUSTER, 'refillUntil', text(NOW + leaseMs)) end
changed()
return {'ok'}
`,
);
