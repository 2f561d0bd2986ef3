import { PRELUDE } from './prelude.js';
import { script } from './script.js';

/**
 * Gives up everything a member owns and ends its lease.
 * KEYS as in the prelude. ARGV: channel, member id, inc.
 * Returns {'ok'}, also when the lease had ended before.
 * Invariant: only what this stay owns is released; what another stay under the same id owns is left as it is.
 */
export const LEAVE = script(
  'leave',
  6,
  `${PRELUDE}
local id, inc = ARGV[2], ARGV[3]
expire()
if incOf(id) ~= inc then return {'ok'} end
local all = redis.call('HGETALL', RESOURCES)
for i = 1, #all, 2 do
  local resource = cjson.decode(all[i + 1])
  if resource[OWNER] == id and resource[INC] == inc then save(all[i], {resource[TOKEN], '', '', '', '', ''}) end
end
redis.call('ZREM', LEASES, id)
redis.call('HDEL', MEMBERS, id)
changed()
return {'ok'}
`,
);
